import { Alert, Form, Input, Modal, Select, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, post } from '../../api/client';
import { useRoster } from '../../api/duty';
import type { Incident } from '../../api/types';
import { useAct } from '../../lib/actions';
import { serverNow } from '../../lib/clock';

interface Task {
  posts: string[];
  text: string;
  on_site: boolean;
}

const DAY_MS = 86_400_000;

/** Gives posts a task. One that leads into the danger area waits until everybody is out: the refusal stands in the form. */
export function TaskModal({ incident, onClose }: { incident: Incident; onClose(): void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Task>();
  const [now] = useState(serverNow);
  const posts = useRoster(now, now + DAY_MS).data ?? [];
  const { act, busy } = useAct();
  const [refused, setRefused] = useState(false);
  const submit = async (task: Task) => {
    setRefused(false);
    const send = async () => {
      try {
        await post(`/incidents/${incident.id}/tasks`, task);
      } catch (error) {
        if (error instanceof ApiError && error.code === 'people-first') setRefused(true);
        throw error;
      }
    };
    if (await act(send, t('ways.taskSent'))) onClose();
  };
  const needed = [{ required: true, message: t('base.required') }];
  return (
    <Modal
      open
      title={t('ways.task')}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      okButtonProps={{ htmlType: 'submit' }}
      onOk={form.submit}
      onCancel={onClose}
    >
      {refused && (
        <Alert
          type="error"
          showIcon
          role="alert"
          className="page-hint"
          data-testid="people-first"
          title={t('error.people-first')}
          description={t('ways.peopleFirst')}
        />
      )}
      <Form
        form={form}
        layout="vertical"
        initialValues={{ posts: [], text: '', on_site: false }}
        onFinish={submit}
      >
        <Form.Item name="posts" label={t('ways.posts')} rules={needed}>
          <Select
            mode="tags"
            tokenSeparators={[',', ' ']}
            showSearch={{ optionFilterProp: 'label' }}
            options={posts.map((one) => ({ value: one.post, label: `${one.name} ${one.post}` }))}
            data-testid="task-posts"
          />
        </Form.Item>
        <Form.Item name="text" label={t('ways.taskText')} rules={needed}>
          <Input.TextArea rows={2} maxLength={200} data-testid="task-text" />
        </Form.Item>
        <Form.Item
          name="on_site"
          label={t('ways.onSite')}
          extra={t('ways.onSiteHint')}
          valuePropName="checked"
        >
          <Switch data-testid="task-on-site" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
