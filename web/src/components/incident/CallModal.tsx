import { Checkbox, Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import { useAct } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { parsePosition } from '../../lib/position';
import { selection } from '../../lib/selection';

interface Fields {
  kind: string;
  area: number;
  place: string;
  caller: string;
  contact: string;
  text: string;
  position: string;
  drill: boolean;
  separate: boolean;
}

/** Kinds of incident that callers report; the same keys as rules use. */
export const CALL_KINDS = [
  'gas-leak',
  'fire',
  'explosion',
  'hazmat-leak',
  'flood',
  'geological',
  'earthquake',
  'wildfire',
  'traffic',
  'mine',
  'structure',
  'medical',
  'other',
];

/** A person reports something 接报: opens an incident, or joins one. */
export function CallModal({ open, onClose }: { open: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const { act, busy } = useAct();
  const { counties } = useAreaNames();
  const submit = async (fields: Fields) => {
    const body = {
      kind: fields.kind,
      area: fields.area,
      position: parsePosition(fields.position),
      place: fields.place,
      caller: fields.caller ?? '',
      contact: fields.contact ?? '',
      text: fields.text,
      drill: fields.drill ?? false,
      separate: fields.separate ?? false,
    };
    const done = await act(async () => {
      const { id } = await post<{ id: number | null }>('/calls', body);
      if (id !== null) selection.set({ incident: id });
    }, t('call.done'));
    if (done) onClose();
  };
  const required = [{ required: true, message: t('call.required') }];
  return (
    <Modal
      open={open}
      title={t('incidents.call')}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      destroyOnHidden
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form<Fields>
        form={form}
        layout="vertical"
        clearOnDestroy
        initialValues={{ kind: 'gas-leak' }}
        onFinish={submit}
        className="call-form"
      >
        <Form.Item name="kind" label={t('call.kind')} rules={required}>
          <Select options={CALL_KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))} />
        </Form.Item>
        <Form.Item name="area" label={t('incident.area')} rules={required}>
          <Select showSearch={{ optionFilterProp: 'label' }} options={counties} />
        </Form.Item>
        <Form.Item name="place" label={t('item.place')} rules={required} className="wide">
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item
          name="position"
          label={t('call.position')}
          className="wide"
          rules={[
            {
              validator: (_, value?: string) =>
                !value || parsePosition(value)
                  ? Promise.resolve()
                  : Promise.reject(new Error(t('call.positionWrong'))),
            },
          ]}
        >
          <Input placeholder="106.285, 38.455" inputMode="decimal" />
        </Form.Item>
        <Form.Item name="caller" label={t('call.caller')}>
          <Input maxLength={50} />
        </Form.Item>
        <Form.Item name="contact" label={t('call.contact')}>
          <Input maxLength={30} inputMode="tel" />
        </Form.Item>
        <Form.Item name="text" label={t('call.text')} rules={required} className="wide">
          <Input.TextArea rows={3} maxLength={500} showCount />
        </Form.Item>
        <Form.Item
          name="separate"
          valuePropName="checked"
          className="wide"
          extra={t('call.separateHint')}
        >
          <Checkbox>{t('call.separate')}</Checkbox>
        </Form.Item>
        <Form.Item name="drill" valuePropName="checked" className="wide">
          <Checkbox>{t('alarms.drill')}</Checkbox>
        </Form.Item>
      </Form>
    </Modal>
  );
}
