import { Form, Input, Modal } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface Props {
  open: boolean;
  title: string;
  hint?: ReactNode;
  /** What the reason is called here. */
  label?: string;
  /** Fields before the reason; their values come with it. */
  children?: ReactNode;
  initial?: Record<string, unknown>;
  danger?: boolean;
  busy?: boolean;
  onCancel(): void;
  // biome-ignore lint/suspicious/noExplicitAny: the fields are those of the children
  onSubmit(values: any): void;
}

/** Asks for the reason that goes into the record, with whatever else is needed. */
export function ReasonModal(props: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm();
  return (
    <Modal
      open={props.open}
      title={props.title}
      okText={t('ok')}
      cancelText={t('cancel')}
      okButtonProps={{ danger: props.danger, loading: props.busy, htmlType: 'submit' }}
      destroyOnHidden
      onCancel={props.onCancel}
      modalRender={(dom) => (
        <Form
          form={form}
          layout="vertical"
          clearOnDestroy
          initialValues={props.initial}
          onFinish={props.onSubmit}
        >
          {dom}
        </Form>
      )}
    >
      {props.hint && <p>{props.hint}</p>}
      {props.children}
      <Form.Item
        name="reason"
        label={props.label ?? t('reason')}
        rules={[{ required: true, whitespace: true, message: t('reason.required') }]}
      >
        <Input.TextArea rows={2} maxLength={200} showCount autoFocus data-testid="reason" />
      </Form.Item>
    </Modal>
  );
}
