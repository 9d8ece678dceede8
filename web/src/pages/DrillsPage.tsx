import { useQueryClient } from '@tanstack/react-query';
import { Button, Card, Progress, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, post, seg } from '../api/client';
import { keys } from '../api/keys';
import { useDrills } from '../api/queries';
import type { Drills, RunningDrill } from '../api/types';
import { useMay } from '../app/session';
import { Moment } from '../components/Age';
import { useAct } from '../lib/actions';
import { useNow } from '../lib/clock';
import { goTo } from '../lib/route';
import { useText } from '../lib/text';

const SPEEDS = [1, 5, 20];

/** Scenarios that can be played against the platform; nothing of a drill reaches the public. */
export default function DrillsPage() {
  const { t } = useTranslation();
  const { data } = useDrills();
  return (
    <section className="page">
      <h2>{t('page.drills')}</h2>
      <p className="muted">{t('drills.hint')}</p>
      {data?.scenarios.length === 0 && <p className="empty">{t('empty')}</p>}
      <div className="cards">
        {data?.scenarios.map((scenario) => (
          <Scenario
            key={scenario.key}
            scenario={scenario}
            running={data.running.find((r) => r.key === scenario.key)}
          />
        ))}
      </div>
    </section>
  );
}

interface Props {
  scenario: Drills['scenarios'][number];
  running: RunningDrill | undefined;
}
function Scenario({ scenario, running }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const client = useQueryClient();
  const allowed = useMay('drills');
  const [speed, setSpeed] = useState(1);
  const { act, busy } = useAct();
  const refresh = () => client.invalidateQueries({ queryKey: keys.drills });
  const start = async () => {
    if (await act(() => post('/drills', { scenario: scenario.key, speed }), t('drills.started'))) {
      void refresh();
    }
  };
  const stop = async () => {
    if (await act(() => del(`/drills/${seg(scenario.key)}`))) void refresh();
  };
  return (
    <Card
      title={text(scenario.name)}
      extra={<span className="muted">{t('shelve.minutes', { n: scenario.minutes })}</span>}
      data-testid={`drill-${scenario.key}`}
    >
      <p>{text(scenario.description)}</p>
      {running ? (
        <>
          <Running running={running} minutes={scenario.minutes} />
          <div className="filters">
            <Button type="primary" onClick={() => goTo('map')}>
              {t('drills.watch')}
            </Button>
            {allowed && (
              <Button
                danger
                loading={busy}
                data-testid={`drill-stop-${scenario.key}`}
                onClick={stop}
              >
                {t('drills.stop')}
              </Button>
            )}
          </div>
        </>
      ) : (
        allowed && (
          <div className="filters">
            <Button
              type="primary"
              loading={busy}
              data-testid={`drill-start-${scenario.key}`}
              onClick={start}
            >
              {t('drills.start')}
            </Button>
            <Segmented
              value={speed}
              onChange={setSpeed}
              options={SPEEDS.map((n) => ({ value: n, label: t('drills.speed', { n }) }))}
            />
          </div>
        )
      )}
    </Card>
  );
}

function Running({ running, minutes }: { running: RunningDrill; minutes: number }) {
  const { t } = useTranslation();
  const now = useNow();
  const span = (minutes * 60_000) / (running.speed ?? 1);
  const percent = Math.max(0, Math.min(100, Math.floor(((now - running.started) / span) * 100)));
  const by = typeof running.by === 'string' ? running.by : running.by.name;
  return (
    <div data-testid={`drill-running-${running.key}`}>
      <p>
        <b>{t('drills.running')}</b> · {by} · <Moment at={running.started} />
      </p>
      <Progress percent={percent} aria-label={t('drills.running')} />
    </div>
  );
}
