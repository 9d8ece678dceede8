import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, post, seg } from '../../api/client';
import { keys } from '../../api/keys';
import type { DeviceDetail } from '../../api/types';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { serverNow } from '../../lib/clock';
import { ReasonModal } from '../ReasonModal';

/** Hours a device can be under maintenance; it ends by itself. */
const HOURS = [1, 4, 8, 24];

export function Maintenance({ device }: { device: DeviceDetail }) {
  const { t } = useTranslation();
  const allowed = useMay('maintain', device.drill);
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const { act, busy } = useAct();
  if (!allowed) return null;
  const path = `/devices/${seg(device.key)}/maintenance`;
  const refresh = () => client.invalidateQueries({ queryKey: keys.device(device.key) });
  const start = async ({ hours, reason }: { hours: number; reason: string }) => {
    const until = Math.round(serverNow() + hours * 3_600_000);
    if (await act(() => post(path, { until, reason }))) {
      setAsking(false);
      void refresh();
    }
  };
  const end = async () => {
    if (await act(() => del(path))) void refresh();
  };
  return (
    <>
      <h3>{t('state.maintenance')}</h3>
      {device.maintenance_until !== null ? (
        <Button loading={busy} onClick={end}>
          {t('maintenance.end')}
        </Button>
      ) : (
        <Button onClick={() => setAsking(true)}>{t('maintenance.start')}</Button>
      )}
      <ReasonModal
        open={asking}
        title={t('maintenance.start')}
        hint={t('maintenance.hint')}
        initial={{ hours: HOURS[0] }}
        busy={busy}
        onCancel={() => setAsking(false)}
        onSubmit={start}
      >
        <Form.Item name="hours" label={t('shelve.for')}>
          <Radio.Group
            optionType="button"
            options={HOURS.map((n) => ({ value: n, label: t('shelve.hours', { n }) }))}
          />
        </Form.Item>
      </ReasonModal>
    </>
  );
}
