import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Card, Progress, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, post, seg } from '../api/client';
import { keys } from '../api/keys';
import { useDrills } from '../api/queries';
import type { Drills, EndedDrill, RunningDrill } from '../api/types';
import { useMay, useMe } from '../app/session';
import { Moment } from '../components/Age';
import { Problem } from '../components/Problem';
import { useAct } from '../lib/actions';
import { useNow } from '../lib/clock';
import { formatQuantity } from '../lib/number';
import { goTo } from '../lib/route';
import { useText } from '../lib/text';

const SPEEDS = [1, 5, 20];

/** Scenarios that can be played against the platform; nothing of a drill reaches the public. */
export default function DrillsPage() {
  const { t } = useTranslation();
  const text = useText();
  const query = useDrills();
  const { data } = query;
  return (
    <section className="page">
      <h2>{t('page.drills')}</h2>
      <p className="muted">{t('drills.hint')}</p>
      <Problem query={query} />
      {data?.available === false && (
        <Alert type="warning" showIcon className="page-hint" title={t('drills.unavailable')} />
      )}
      {data?.scenarios.length === 0 && <p className="empty">{t('empty')}</p>}
      <div className="cards">
        {data?.scenarios.map((scenario) => (
          <Scenario
            key={scenario.key}
            scenario={scenario}
            available={data.available !== false}
            running={data.running.find((r) => r.key === scenario.key)}
          />
        ))}
      </div>
      {data?.ended && data.ended.length > 0 && (
        <>
          <h3 className="section">{t('drills.ended')}</h3>
          {data.ended.map((drill) => (
            <Ended
              key={`${drill.key} ${drill.started}`}
              drill={drill}
              name={text(data.scenarios.find((s) => s.key === drill.key)?.name) || drill.key}
            />
          ))}
        </>
      )}
    </section>
  );
}

/** What came of a drill: every measure with its value, its target and whether it holds. */
function Ended({ drill, name }: { drill: EndedDrill; name: string }) {
  const { t } = useTranslation();
  const text = useText();
  const { report } = drill;
  const verdict = report ? (report.ok ? 'passed' : 'missed') : drill.outcome;
  return (
    <details className="drill-ended" data-testid="drill-ended">
      <summary>
        <Moment at={drill.ended} /> {name} · {drill.by} · <b>{t(`drills.outcome.${verdict}`)}</b>
      </summary>
      {report && (
        <table className="points">
          <thead>
            <tr>
              <th scope="col">{t('drills.measure')}</th>
              <th scope="col">{t('drills.value')}</th>
              <th scope="col">{t('drills.target')}</th>
              <th scope="col">{t('drills.verdict')}</th>
            </tr>
          </thead>
          <tbody>
            {report.measures.map((m) => (
              <tr key={`${m.what} ${m.of ?? ''} ${m.name.zh}`}>
                <td>{text(m.name)}</td>
                <td>{formatQuantity(m.value, m.unit)}</td>
                <td>{m.target}</td>
                <td className={m.holds ? 'holds' : 'misses'}>
                  {m.holds ? '✓' : '✕'} {t(m.holds ? 'drills.holds' : 'drills.misses')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Output lines={drill.output} />
    </details>
  );
}

function Output({ lines }: { lines: string[] | undefined }) {
  const { t } = useTranslation();
  if (!lines || lines.length === 0) return null;
  return (
    <details>
      <summary>{t('drills.output')}</summary>
      <pre className="sample">{lines.join('\n')}</pre>
    </details>
  );
}

interface Props {
  scenario: Drills['scenarios'][number];
  running: RunningDrill | undefined;
  available: boolean;
}
function Scenario({ scenario, running, available }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const client = useQueryClient();
  // The places of a scenario are its own: whoever answers for a part of the region only watches.
  const everywhere = useMe().area === 0;
  const allowed = useMay('drills') && everywhere;
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
              disabled={!available}
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
  // Full only when it has ended: until then the time is an estimate.
  const percent = Math.max(0, Math.min(99, Math.floor(((now - running.started) / span) * 100)));
  return (
    <div data-testid={`drill-running-${running.key}`}>
      <p>
        <b>{t('drills.running')}</b> · {running.by} · <Moment at={running.started} />
      </p>
      <Progress percent={percent} aria-label={t('drills.running')} />
      <Output lines={running.output} />
    </div>
  );
}
