import { Button, Segmented } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../api/client';
import { useOpenAlarms } from '../api/queries';
import type { Alarm } from '../api/types';
import { useCan } from '../app/session';
import { useAct } from '../lib/actions';
import { sortAlarms } from '../lib/order';
import { selection, useSelection } from '../lib/selection';
import { useShowDevice } from '../map/useShowDevice';
import { AlarmRow } from './AlarmRow';
import { Problem } from './Problem';
import { ShelveModal } from './ShelveModal';

/** Rows drawn at once: nobody reads more, and a flood must not stop the screen. */
const ROWS_MAX = 150;
const ASIDE = new Set(['shelved', 'suppressed', 'out-of-service']);

export function AlarmQueue() {
  const { t } = useTranslation();
  const query = useOpenAlarms();
  const alarms = query.data;
  const [aside, setAside] = useState(false);
  const [shelving, setShelving] = useState<Alarm | null>(null);
  const selected = useSelection((s) => s.alarm);
  const canAct = useCan('handle');
  const { act } = useAct();
  const show = useShowDevice();

  const [pending, put] = useMemo(() => {
    const sorted = sortAlarms(alarms ?? []);
    return [
      sorted.filter((a) => !ASIDE.has(a.state)),
      sorted.filter((a) => ASIDE.has(a.state)),
    ] as const;
  }, [alarms]);
  const rows = aside ? put : pending;

  const acknowledge = (alarm: Alarm) =>
    act(() => post(`/alarms/${alarm.id}/acknowledge`), t('alarms.acknowledged'));
  useAcknowledgeKey(
    pending.find((a) => a.id === selected && isWaiting(a) && canAct(a.drill)),
    acknowledge,
  );

  const select = (alarm: Alarm) => {
    selection.set({ alarm: alarm.id, incident: alarm.incident ?? selection.get().incident });
    show(alarm.device);
  };

  return (
    <section className="queue" aria-label={t('alarms.title')} data-testid="alarm-queue">
      <header className="panel-head">
        <h2>{t('alarms.title')}</h2>
        <Segmented
          size="small"
          value={aside ? 'aside' : 'pending'}
          onChange={(value) => setAside(value === 'aside')}
          options={[
            { value: 'pending', label: `${t('alarms.pending')} ${pending.length}` },
            { value: 'aside', label: `${t('alarms.aside')} ${put.length}` },
          ]}
        />
      </header>
      {!aside && pending.some((a) => canAct(a.drill)) && <p className="hint">{t('alarms.hint')}</p>}
      <Problem query={query} />
      <ul className="alarm-list" hidden={rows.length === 0}>
        {rows.slice(0, ROWS_MAX).map((alarm) => (
          <AlarmRow
            key={alarm.id}
            alarm={alarm}
            selected={alarm.id === selected}
            onSelect={() => select(alarm)}
            actions={
              canAct(alarm.drill) && (
                <>
                  {isWaiting(alarm) && (
                    <Button
                      type="primary"
                      size="small"
                      data-testid="alarm-ack"
                      onClick={() => acknowledge(alarm)}
                    >
                      {t('alarms.acknowledge')}
                    </Button>
                  )}
                  {alarm.state === 'latched' && (
                    <Button
                      size="small"
                      onClick={() => act(() => post(`/alarms/${alarm.id}/reset`))}
                    >
                      {t('alarms.reset')}
                    </Button>
                  )}
                  {alarm.state === 'shelved' && (
                    <Button
                      size="small"
                      onClick={() => act(() => post(`/alarms/${alarm.id}/unshelve`))}
                    >
                      {t('alarms.unshelve')}
                    </Button>
                  )}
                  {!ASIDE.has(alarm.state) && (
                    <Button size="small" onClick={() => setShelving(alarm)}>
                      {t('alarms.shelve')}
                    </Button>
                  )}
                </>
              )
            }
          />
        ))}
      </ul>
      {alarms && rows.length === 0 && (
        <p className="empty">{t(aside ? 'alarms.emptyAside' : 'alarms.empty')}</p>
      )}
      {rows.length > ROWS_MAX && (
        <p className="empty">{t('alarms.more', { n: rows.length - ROWS_MAX })}</p>
      )}
      <ShelveModal alarm={shelving} onClose={() => setShelving(null)} />
    </section>
  );
}

const isWaiting = (alarm: Alarm) =>
  alarm.state === 'unacknowledged' || alarm.state === 'returned-unacknowledged';

/** Key A takes note of the selected alarm, unless the person is typing. */
function useAcknowledgeKey(alarm: Alarm | undefined, acknowledge: (alarm: Alarm) => void) {
  useEffect(() => {
    if (!alarm) return;
    const key = (event: KeyboardEvent) => {
      const typing =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, select');
      if (event.key.toLowerCase() !== 'a' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!typing) acknowledge(alarm);
    };
    window.addEventListener('keydown', key);
    return () => window.removeEventListener('keydown', key);
  });
}
