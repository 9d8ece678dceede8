import { useQueryClient } from '@tanstack/react-query';
import { Button, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, post, seg } from '../../api/client';
import { keys } from '../../api/keys';
import type { DeviceDetail } from '../../api/types';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { selection } from '../../lib/selection';
import { Token } from './DeviceForm';

/** A new token for the device, or its end. */
export function DeviceAdmin({ device }: { device: DeviceDetail }) {
  const { t } = useTranslation();
  const allowed = useMay('devices', device.drill);
  const client = useQueryClient();
  const [token, setToken] = useState<string | null>(null);
  const { act, busy } = useAct();
  if (!allowed) return null;
  const renew = () =>
    act(async () => {
      const answer = await post<{ token: string }>(`/devices/${seg(device.key)}/token`);
      setToken(answer.token);
    });
  const remove = async () => {
    const done = await act(() => del(`/devices/${seg(device.key)}`), t('device.removed'));
    if (!done) return;
    selection.set({ device: null });
    void client.invalidateQueries({ queryKey: ['devices'] });
    void client.invalidateQueries({ queryKey: keys.mapDevices });
  };
  return (
    <>
      <h3>{t('device.admin')}</h3>
      <div className="command-buttons">
        <Popconfirm title={t('device.renewAsk')} okText={t('ok')} onConfirm={renew}>
          <Button loading={busy}>{t('device.renew')}</Button>
        </Popconfirm>
        <Popconfirm title={t('device.removeAsk')} okText={t('ok')} onConfirm={remove}>
          <Button danger loading={busy}>
            {t('device.remove')}
          </Button>
        </Popconfirm>
      </div>
      {token && <Token device={device.key} token={token} />}
    </>
  );
}
