import { Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { post } from '../api/client';
import { useAct } from '../lib/actions';

interface Fields {
  old: string;
  new: string;
  repeat: string;
}

/** Changes one's own password. */
export function PasswordForm({ onDone }: { onDone(): void }) {
  const { t } = useTranslation();
  const { act, busy } = useAct();
  const submit = async (fields: Fields) => {
    const body = { old: fields.old, new: fields.new };
    if (await act(() => post('/session/password', body), t('password.changed'))) onDone();
  };
  return (
    <Form<Fields> layout="vertical" onFinish={submit} requiredMark={false}>
      <Form.Item name="old" label={t('password.old')} rules={[{ required: true }]}>
        <Input.Password autoComplete="current-password" data-testid="password-old" />
      </Form.Item>
      <Form.Item
        name="new"
        label={t('password.new')}
        extra={t('password.rule')}
        rules={[{ required: true }]}
      >
        <Input.Password autoComplete="new-password" data-testid="password-new" />
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
        <Input.Password autoComplete="new-password" data-testid="password-repeat" />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy} data-testid="password-submit">
        {t('password.change')}
      </Button>
    </Form>
  );
}
