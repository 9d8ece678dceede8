import { Table } from 'antd';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { DangerLevel, InsideItem, InsideReport, PeopleCount } from '../../api/danger';
import { formatMetres, formatSurface } from '../../lib/ground';
import { formatQuantity } from '../../lib/number';
import { useText } from '../../lib/text';
import { Age } from '../Age';
import { Scroller } from '../Scroller';
import { LevelTag, useLevelName } from './LevelTag';

const HourChart = lazy(() => import('./HourChart'));

/** Who needs more than a word. */
const VULNERABLE = ['children', 'elderly', 'patients', 'help'] as const;

const NOBODY: PeopleCount = { low: 0, expected: 0, high: 0 };

/** `320`, with from and to when they differ; where there is no room these are told to whoever points at it. */
export function Count({
  people,
  brief = false,
}: {
  people: PeopleCount | null | undefined;
  brief?: boolean;
}) {
  const { t } = useTranslation();
  if (!people) return <span className="muted">–</span>;
  const { low, expected, high } = people;
  const range = t('danger.between', {
    low: low.toLocaleString('en'),
    high: high.toLocaleString('en'),
  });
  return (
    <span className="people-count" title={brief ? range : undefined}>
      <b>{expected.toLocaleString('en')}</b>
      {low !== high && !brief && <span className="muted small"> {range}</span>}
    </span>
  );
}

/** One line: a level with its people, or all together. */
interface Row {
  level: DangerLevel | null;
  item: InsideItem | undefined;
}

interface Props {
  levels: readonly DangerLevel[];
  inside: InsideReport | undefined;
}

/** How far each level reaches and who is inside now. */
export function Levels({ levels, inside }: Props) {
  const { t } = useTranslation();
  const rows: Row[] = levels.map((level) => ({
    level,
    item: inside?.levels.find((one) => one.key === level.level),
  }));
  if (inside && levels.length > 1) rows.push({ level: null, item: inside.total });
  return (
    <Scroller label={t('danger.levels')}>
      <Table<Row>
        rowKey={(row) => row.level?.level ?? 'total'}
        className="levels"
        size="small"
        dataSource={rows}
        pagination={false}
        data-testid="levels"
        locale={{ emptyText: <span className="muted">{t('danger.noLevels')}</span> }}
        columns={[
          {
            title: t('danger.level'),
            render: (_, { level }) =>
              level ? (
                <>
                  <LevelTag level={level.level} severity={level.severity} />{' '}
                  {level.threshold > 0 && (
                    <span className="muted small">
                      {formatQuantity(level.threshold, level.unit)}
                    </span>
                  )}
                </>
              ) : (
                <b>{t('danger.total')}</b>
              ),
          },
          {
            title: t('danger.reach'),
            align: 'right',
            render: (_, { level }) =>
              level && level.surface_m2 > 0 ? formatMetres(level.reach_m) : '',
          },
          {
            title: t('danger.surface'),
            align: 'right',
            render: (_, { level }) =>
              level && level.surface_m2 > 0 ? formatSurface(level.surface_m2) : '',
          },
          {
            title: inside ? t('danger.peopleNow', { hour: inside.hour }) : t('danger.peopleIn'),
            align: 'right',
            render: (_, { item }) => <Count people={item?.people} />,
          },
          {
            title: t('danger.vulnerable'),
            align: 'right',
            render: (_, { item }) => <Count people={item?.vulnerable_total} />,
          },
        ]}
      />
    </Scroller>
  );
}

/** People by hour of the day, and where the figures come from. */
export function Hours({
  inside,
  severityOf,
}: {
  inside: InsideReport;
  severityOf(level: string): number;
}) {
  const { t } = useTranslation();
  const levelName = useLevelName();
  const rows = [...inside.levels, inside.total];
  const name = (item: InsideItem) => (item.key ? levelName(item.key) : t('danger.total'));
  return (
    <section aria-label={t('danger.people')}>
      <h3>
        {t('danger.people')}{' '}
        <span className="muted small">
          {t('asOf')} <Age at={inside.at} />
        </span>
      </h3>
      <dl className="vulnerable" data-testid="vulnerable">
        {VULNERABLE.map((who) => (
          <div key={who}>
            <dt>{t(`danger.vulnerable.${who}`)}</dt>
            <dd>
              <Count people={inside.total.vulnerable[who] ?? NOBODY} />
            </dd>
          </div>
        ))}
      </dl>
      <Suspense fallback={<div className="chart-box hour-chart" />}>
        <HourChart inside={inside} severityOf={severityOf} />
      </Suspense>
      <details>
        <summary>{t('danger.byHour')}</summary>
        <ByHour rows={rows} name={name} now={inside.hour} />
      </details>
      <details>
        <summary>{t('danger.shares')}</summary>
        <Shares inside={inside} />
      </details>
    </section>
  );
}

function ByHour({
  rows,
  name,
  now,
}: {
  rows: InsideItem[];
  name(item: InsideItem): string;
  now: number;
}) {
  const { t } = useTranslation();
  const hours = inside24(rows);
  return (
    <Scroller className="by-hour" label={t('danger.byHour')}>
      <table className="points">
        <thead>
          <tr>
            <th scope="col">{t('danger.hour')}</th>
            {rows.map((row) => (
              <th key={row.key} scope="col">
                {name(row)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {hours.map((hour) => (
            <tr key={hour} className={hour === now ? 'chosen' : ''}>
              <th scope="row">{`${hour}:00`}</th>
              {rows.map((row) => (
                <td key={row.key}>
                  <Count people={row.by_hour[hour]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

const inside24 = (rows: InsideItem[]) => (rows[0]?.by_hour ?? []).map((_, hour) => hour);

/** Where the figures come from, and what is not known. */
function Shares({ inside }: { inside: InsideReport }) {
  const { t } = useTranslation();
  const text = useText();
  return (
    <ul className="shares">
      {inside.total.shares.map((share) => (
        <li key={`${share.source} ${share.kind} ${share.area}`}>
          <b>{t(`danger.share.${share.source}`)}</b> {text(share.name) || share.kind}{' '}
          <Count people={share.people} />
          <span className="muted">
            {share.objects > 0 && ` · ${t('danger.objects', { n: share.objects })}`}
            {share.unknown > 0 && ` · ${t('danger.unknown', { n: share.unknown })}`}
            {!share.sure && ` · ${t('danger.unsure')}`}
          </span>
        </li>
      ))}
      {inside.stale > 0 && <li>⚠ {t('danger.staleCounters', { n: inside.stale })}</li>}
      {inside.unplaced > 0 && <li>⚠ {t('danger.unplaced', { n: inside.unplaced })}</li>}
      {inside.no_census && <li>⚠ {t('danger.noCensus')}</li>}
    </ul>
  );
}
