import { useQueryClient } from '@tanstack/react-query';
import { Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { put, seg } from '../../api/client';
import { keys } from '../../api/keys';
import type { Program } from '../../api/types';
import { useAct } from '../../lib/actions';

interface Fields {
  key: string;
  draft: string;
}

/** What a new program starts from when there is no version before it. */
const EMPTY = { name: { zh: '', en: '' }, from_level: 0, steps: [] };

function isJson(words: string): boolean {
  try {
    return typeof JSON.parse(words) === 'object';
  } catch {
    return false;
  }
}

/** Writes a new draft version of a program, as JSON; the version before it is the model. */
export function DraftModal({ program, onClose }: { program: Program | null; onClose(): void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const { name, from_level, steps } = program ?? EMPTY;
  const submit = async ({ key, draft }: Fields) => {
    const done = await act(
      () => put(`/programs/${seg(key)}`, JSON.parse(draft)),
      t('program.drafted'),
    );
    if (!done) return;
    void client.invalidateQueries({ queryKey: keys.programs });
    onClose();
  };
  return (
    <Modal
      open
      width={760}
      title={t('program.draftNew')}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        initialValues={{
          key: program?.key ?? '',
          draft: JSON.stringify({ name, from_level, steps }, null, 2),
        }}
        onFinish={submit}
      >
        <Form.Item name="key" label={t('device.key')} rules={[{ required: true }]}>
          <Input disabled={program !== null} maxLength={100} />
        </Form.Item>
        <Form.Item
          name="draft"
          label={t('program.json')}
          rules={[
            {
              validator: (_, value: string) =>
                isJson(value)
                  ? Promise.resolve()
                  : Promise.reject(new Error(t('program.jsonWrong'))),
            },
          ]}
        >
          <Input.TextArea rows={18} spellCheck={false} className="code" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
