import { useQueryClient } from '@tanstack/react-query';
import { Alert, AutoComplete, Form, Input, InputNumber, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { put, seg } from '../../api/client';
import { keys } from '../../api/keys';
import { useMapDevices } from '../../api/queries';
import { useAct } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { parsePosition } from '../../lib/position';

interface Fields {
  key: string;
  profile: string;
  name?: string;
  area: number;
  position: string;
  facility?: string;
  room?: string;
  stair?: string;
  floor?: number;
  post?: string;
  camera?: string;
  gateway?: string;
}

/** Same limit as the server's: what can stand in a topic. */
const KEY = /^[A-Za-z0-9._-]{1,64}$/;

/** Registers a device; the token that it signs in with is shown this once. */
export function DeviceForm({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const client = useQueryClient();
  const { counties } = useAreaNames();
  const profiles = useMapDevices().data?.profiles ?? [];
  const [made, setMade] = useState<{ key: string; token: string | null } | null>(null);
  const { act, busy } = useAct();
  const required = [{ required: true, message: t('call.required') }];

  const submit = ({ key, position, floor, ...rest }: Fields) =>
    act(async () => {
      const body = { ...rest, position: parsePosition(position), floor: floor ?? 0 };
      const { token } = await put<{ token: string | null }>(`/devices/${seg(key)}`, body);
      setMade({ key, token });
      void client.invalidateQueries({ queryKey: ['devices'] });
      void client.invalidateQueries({ queryKey: keys.mapDevices });
    });

  return (
    <Modal
      open
      title={t('device.register')}
      okText={made ? t('close') : t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={made ? onClose : form.submit}
      onCancel={onClose}
    >
      {made ? (
        <Token device={made.key} token={made.token} />
      ) : (
        <Form<Fields> form={form} layout="vertical" className="call-form" onFinish={submit}>
          <Form.Item
            name="key"
            label={t('device.key')}
            rules={[...required, { pattern: KEY, message: t('device.keyRule') }]}
          >
            <Input autoComplete="off" />
          </Form.Item>
          <Form.Item name="profile" label={t('devices.profile')} rules={required}>
            <AutoComplete options={profiles.map((value) => ({ value }))} />
          </Form.Item>
          <Form.Item name="name" label={t('devices.name')}>
            <Input maxLength={100} />
          </Form.Item>
          <Form.Item name="area" label={t('incident.area')} rules={required}>
            <Select showSearch={{ optionFilterProp: 'label' }} options={counties} />
          </Form.Item>
          <Form.Item
            name="position"
            label={t('device.position')}
            className="wide"
            rules={[
              ...required,
              {
                validator: (_, value?: string) =>
                  !value || parsePosition(value)
                    ? Promise.resolve()
                    : Promise.reject(new Error(t('call.positionWrong'))),
              },
            ]}
          >
            <Input placeholder="106.285, 38.455" />
          </Form.Item>
          {(['facility', 'room', 'stair'] as const).map((name) => (
            <Form.Item key={name} name={name} label={t(`device.${name}`)}>
              <Input maxLength={64} />
            </Form.Item>
          ))}
          <Form.Item name="floor" label={t('device.floorLabel')}>
            <InputNumber min={-20} max={200} precision={0} />
          </Form.Item>
          {(['post', 'camera', 'gateway'] as const).map((name) => (
            <Form.Item key={name} name={name} label={t(`device.${name}`)}>
              <Input maxLength={200} />
            </Form.Item>
          ))}
        </Form>
      )}
    </Modal>
  );
}

/** What a device signs in with; nobody can look it up later. */
export function Token({ device, token }: { device: string; token: string | null }) {
  const { t } = useTranslation();
  return (
    <Alert
      type={token ? 'warning' : 'success'}
      showIcon
      title={t(token ? 'device.token' : 'device.saved', { device })}
      description={
        token && (
          <code className="sample" data-testid="device-token">
            {token}
          </code>
        )
      }
    />
  );
}
