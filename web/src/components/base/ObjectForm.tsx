import { useQueryClient } from '@tanstack/react-query';
import { Form, Input, InputNumber, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import {
  type BaseField,
  type BaseKind,
  type BaseObject,
  baseKeys,
  objectPath,
} from '../../api/base';
import { put } from '../../api/client';
import type { Order, Answer as Reply } from '../../field/kit';
import { useAct } from '../../lib/actions';
import { parsePosition } from '../../lib/position';
import { useText } from '../../lib/text';
import { AreaPicker } from './AreaPicker';
import { useUnit } from './words';

interface Fields {
  key: string;
  name: string;
  area?: number;
  address?: string;
  post?: string;
  position?: string;
  values: Record<string, string | number | boolean | null | undefined>;
}

/** Creates or changes an object; its questions are those of its kind. `store` takes the answers; the server when it is not given. */
export function ObjectForm({
  kind,
  object,
  onClose,
  store = (key, order) => put<Reply>(objectPath(kind.key, key), order),
}: {
  kind: BaseKind;
  object?: BaseObject;
  onClose(): void;
  store?(key: string, order: Order): Promise<Reply>;
}) {
  const { t } = useTranslation();
  const text = useText();
  const unitOf = useUnit();
  const [form] = Form.useForm<Fields>();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const isPoint = !object?.geometry || object.geometry.type === 'Point';
  const place = object?.geometry?.type === 'Point' ? (object.geometry.coordinates as number[]) : [];

  const submit = ({ key, position, area, values, ...rest }: Fields) =>
    act(async () => {
      const at = position ? parsePosition(position) : null;
      const answer = await store(key, {
        ...rest,
        area: area ? String(area) : '',
        geometry: isPoint
          ? at && { type: 'Point', coordinates: [at.lon, at.lat] }
          : object?.geometry,
        values: Object.fromEntries(Object.entries(values ?? {}).map(([k, v]) => [k, v ?? null])),
        seen: object?.changed_at ?? 0,
      });
      if (answer.stored) {
        void client.invalidateQueries({ queryKey: baseKeys.all });
        onClose();
        return;
      }
      const own = ['key', 'name', 'area', 'address', 'post'];
      form.setFields(
        answer.faults.map((fault) => {
          const errors = [text(fault.words)];
          if (own.includes(fault.column)) return { name: fault.column as 'key', errors };
          if (['lon', 'lat', 'geom'].includes(fault.column))
            return { name: 'position' as const, errors };
          return { name: ['values', fault.column], errors };
        }),
      );
    }, undefined);

  return (
    <Modal
      open
      width={640}
      title={`${t(object ? 'base.change' : 'base.create')} · ${text(kind.name)}`}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        className="base-form"
        onFinish={submit}
        initialValues={{
          key: object?.key,
          name: object?.name,
          area: object?.area,
          address: object?.address,
          post: object?.post,
          position: place.length ? `${place[1]}, ${place[0]}` : undefined,
          values: object?.values,
        }}
      >
        <Form.Item name="key" label={t('base.key')} rules={[{ required: true }]}>
          <Input disabled={object !== undefined} maxLength={64} />
        </Form.Item>
        <Form.Item name="name" label={t('base.name')} rules={[{ required: true }]}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="area" label={t('incident.area')} extra={t('base.areaHint')}>
          <AreaPicker />
        </Form.Item>
        {isPoint && (
          <Form.Item name="position" label={t('base.position')}>
            <Input placeholder="38.4666, 106.2789" />
          </Form.Item>
        )}
        <Form.Item name="address" label={t('base.address')}>
          <Input maxLength={200} />
        </Form.Item>
        <Form.Item name="post" label={t('base.post')}>
          <Input maxLength={64} />
        </Form.Item>
        {kind.fields.map((field) => (
          <Form.Item
            key={field.key}
            name={['values', field.key]}
            label={[text(field.name), unitOf(field.unit).trim()].filter(Boolean).join(' · ')}
            rules={[{ required: field.required }]}
            extra={field.standard || undefined}
          >
            <Answer field={field} />
          </Form.Item>
        ))}
      </Form>
    </Modal>
  );
}

/** The way to answer that fits a field; value and onChange come from the form. */
function Answer({ field, ...rest }: { field: BaseField }) {
  const { t } = useTranslation();
  const text = useText();
  switch (field.type) {
    case 'number':
    case 'whole':
      return (
        <InputNumber
          {...rest}
          min={field.min ?? undefined}
          max={field.max ?? undefined}
          precision={field.type === 'whole' ? 0 : undefined}
          className="wide"
        />
      );
    case 'flag':
      return (
        <Select
          {...rest}
          allowClear
          options={[
            { value: true, label: t('base.yes') },
            { value: false, label: t('base.no') },
          ]}
        />
      );
    case 'choice':
      return (
        <Select
          {...rest}
          allowClear
          showSearch={{ optionFilterProp: 'label' }}
          options={field.choices.map((c) => ({ value: c.key, label: text(c.name) }))}
        />
      );
    case 'date':
      return <Input {...rest} type="date" />;
    default:
      return <Input {...rest} maxLength={field.max ?? 40} />;
  }
}
