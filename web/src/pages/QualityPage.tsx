import { useQueryClient } from '@tanstack/react-query';
import { Button, Select, Tabs, Tag } from 'antd';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DOMAINS, useKinds } from '../api/base';
import { post } from '../api/client';
import { ASPECTS, type By, qualityKeys, type Scope, useScores, useTrend } from '../api/quality';
import { useMay } from '../app/session';
import { Problem } from '../components/Problem';
import { FlawList } from '../components/quality/FlawList';
import { ForecastScores } from '../components/quality/ForecastScores';
import { League, ScoreText } from '../components/quality/League';
import { Spots } from '../components/quality/Spots';
import { useAct } from '../lib/actions';
import { useAreaNames } from '../lib/areas';
import { formatTime } from '../lib/time';

const DayChart = lazy(() => import('../components/DayChart'));

/** How good the base database is: score and formula, who has the best, what to put right, random checks. */
export default function QualityPage() {
  const { t } = useTranslation();
  const [scope, setScope] = useState<Scope>({});
  const [tab, setTab] = useState('league');
  const [kind, setKind] = useState<string>();
  const choose = (by: By, key: string) => {
    if (by === 'domain') setScope({ ...scope, domain: key });
    else if (by === 'kind') {
      setKind(key);
      setTab('flaws');
    } else setScope({ ...scope, area: Number(key) });
  };
  const { all } = useAreaNames();
  const kinds = useKinds();
  const list = kinds.data ?? [];
  return (
    <section className="page">
      <h2>{t('page.quality')}</h2>
      <div className="filters">
        <Select
          allowClear
          placeholder={t('quality.domain')}
          aria-label={t('quality.domain')}
          value={scope.domain}
          onChange={(domain) => setScope({ ...scope, domain })}
          options={DOMAINS.map((value) => ({ value, label: t(`base.domain.${value}`) }))}
        />
        <Select
          allowClear
          placeholder={t('incident.area')}
          aria-label={t('incident.area')}
          value={scope.area}
          onChange={(area) => setScope({ ...scope, area })}
          showSearch={{ optionFilterProp: 'label' }}
          options={all.filter((area) => area.value !== 0)}
        />
      </div>
      <Problem query={kinds} />
      <Total scope={scope} />
      <Tabs
        activeKey={tab}
        onChange={setTab}
        items={[
          {
            key: 'league',
            label: t('quality.league'),
            children: <League scope={scope} kinds={list} onChoose={choose} />,
          },
          { key: 'trend', label: t('quality.trend'), children: <Trend scope={scope} /> },
          {
            key: 'flaws',
            label: t('quality.flaws'),
            children: (
              <FlawList
                key={kind}
                kinds={list}
                initial={kind}
                domain={scope.domain}
                area={scope.area}
              />
            ),
          },
          {
            key: 'spots',
            label: t('quality.spots'),
            children: <Spots kinds={list} area={scope.area} />,
          },
          { key: 'forecasts', label: t('quality.forecasts'), children: <ForecastScores /> },
        ]}
      />
    </section>
  );
}

/** The score of all that is chosen, and how it is made. */
function Total({ scope }: { scope: Scope }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const allowed = useMay('records');
  const { act, busy } = useAct();
  const query = useScores('domain', scope);
  const { data } = query;
  const at = data?.at;
  // What was computed anew is in the other lists, too.
  useEffect(() => {
    if (at) void client.invalidateQueries({ queryKey: qualityKeys.all });
  }, [at, client]);
  const run = () =>
    act(async () => {
      await post('/quality/run');
      await client.invalidateQueries({ queryKey: qualityKeys.all });
    }, t('quality.started'));
  if (!data) return <Problem query={query} />;
  const formula = ASPECTS.map(
    (aspect) => `${t(`quality.aspect.${aspect}`)} ${data.weights[aspect]}%`,
  ).join(' + ');
  return (
    <div className="quality-total">
      <span className="quality-score" data-testid="quality-score">
        <ScoreText value={data.total.score} />
      </span>
      <div>
        <p>
          {t('quality.ofRecords', { count: data.total.records })}{' '}
          {data.running && <Tag color="blue">{t('quality.running')}</Tag>}
          {data.outdated && !data.running && <Tag color="orange">{t('quality.outdated')}</Tag>}
          {allowed && (
            <Button size="small" loading={busy} data-testid="quality-run" onClick={run}>
              {t('quality.run')}
            </Button>
          )}
        </p>
        <p className="muted small">{t('quality.formula', { formula })}</p>
        {data.at !== null && (
          <p className="muted small">{t('quality.computed', { time: formatTime(data.at) })}</p>
        )}
      </div>
    </div>
  );
}

function Trend({ scope }: { scope: Scope }) {
  const { t } = useTranslation();
  const query = useTrend(scope);
  const days = query.data;
  const series = useMemo(() => {
    const of = (name: string, value: (day: NonNullable<typeof days>[number]) => number | null) => ({
      name,
      data: (days ?? []).map((day): [number, number | null] => [day.at, value(day)]),
    });
    const one = (n: number | null | undefined) =>
      n === null || n === undefined ? null : Math.round(n * 10) / 10;
    return [
      { ...of(t('quality.score'), (day) => one(day.score)), bold: true },
      ...ASPECTS.map((a) => of(t(`quality.aspect.${a}`), (day) => one(day.aspects[a]))),
    ];
  }, [days, t]);
  return (
    <>
      <Problem query={query} />
      <Suspense fallback={<div className="chart-box" />}>
        <div className="quality-trend">
          <DayChart type="line" label={t('quality.trend')} series={series} max={100} />
        </div>
      </Suspense>
      {days?.length === 0 && <p className="muted">{t('quality.none')}</p>}
    </>
  );
}
