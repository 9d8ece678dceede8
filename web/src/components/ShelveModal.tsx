import { Form, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { post } from '../api/client';
import type { Alarm } from '../api/types';
import { useAct } from '../lib/actions';
import { serverNow } from '../lib/clock';
import { ReasonModal } from './ReasonModal';

/** Minutes an alarm can be put aside; a shelf always ends. */
const SPANS = [15, 60, 240, 480];

export function ShelveModal({ alarm, onClose }: { alarm: Alarm | null; onClose(): void }) {
  const { t } = useTranslation();
  const { act, busy } = useAct();
  const submit = async ({ minutes, reason }: { minutes: number; reason: string }) => {
    if (!alarm) return;
    const until = Math.round(serverNow() + minutes * 60_000);
    if (await act(() => post(`/alarms/${alarm.id}/shelve`, { until, reason }))) onClose();
  };
  return (
    <ReasonModal
      open={alarm !== null}
      title={t('shelve.title')}
      initial={{ minutes: SPANS[1] }}
      busy={busy}
      onCancel={onClose}
      onSubmit={submit}
    >
      <Form.Item name="minutes" label={t('shelve.for')}>
        <Radio.Group
          optionType="button"
          options={SPANS.map((n) => ({
            value: n,
            label: n < 60 ? t('shelve.minutes', { n }) : t('shelve.hours', { n: n / 60 }),
          }))}
        />
      </Form.Item>
    </ReasonModal>
  );
}
