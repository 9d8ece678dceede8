import { Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { post } from '../api/client';
import { useAct } from '../lib/actions';

interface Fields {
  old: string;
  new: string;
  repeat: string;
}

export function PasswordModal({ open, onClose }: { open: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const { act, busy } = useAct();
  const submit = async (fields: Fields) => {
    const body = { old: fields.old, new: fields.new };
    if (await act(() => post('/session/password', body), t('password.changed'))) onClose();
  };
  return (
    <Modal
      open={open}
      title={t('password.change')}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      destroyOnHidden
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form<Fields> form={form} layout="vertical" clearOnDestroy onFinish={submit}>
        <Form.Item name="old" label={t('password.old')} rules={[{ required: true }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Form.Item name="new" label={t('password.new')} rules={[{ required: true }]}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item
          name="repeat"
          label={t('password.repeat')}
          dependencies={['new']}
          rules={[
            { required: true },
            ({ getFieldValue }) => ({
              validator: (_, value) =>
                value === getFieldValue('new')
                  ? Promise.resolve()
                  : Promise.reject(new Error(t('password.differ'))),
            }),
          ]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
