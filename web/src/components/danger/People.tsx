import { Table } from 'antd';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { InsideItem, InsideReport, PeopleCount } from '../../api/danger';
import { useText } from '../../lib/text';

const HourChart = lazy(() => import('./HourChart'));

/** Who needs more than a word. */
const VULNERABLE = ['children', 'elderly', 'patients', 'help'] as const;

/** `320`, with from and to when they differ. */
export function Count({ people }: { people: PeopleCount | null | undefined }) {
  const { t } = useTranslation();
  if (!people) return <span className="muted">–</span>;
  const { low, expected, high } = people;
  return (
    <span className="people-count">
      <b>{expected.toLocaleString('en')}</b>
      {low !== high && (
        <span className="muted small">
          {' '}
          {t('danger.between', { low: low.toLocaleString('en'), high: high.toLocaleString('en') })}
        </span>
      )}
    </span>
  );
}

/** People by level, now and by hour; who of them needs help; where the figures come from. */
export function People({
  inside,
  severityOf,
}: {
  inside: InsideReport;
  severityOf(level: string): number;
}) {
  const { t } = useTranslation();
  const rows = [...inside.levels, inside.total];
  const name = (item: InsideItem) => (item.key ? item.key.toUpperCase() : t('danger.total'));
  return (
    <section aria-label={t('danger.people')}>
      <h3>{t('danger.people')}</h3>
      <Table<InsideItem>
        rowKey={(row) => row.key || 'total'}
        size="small"
        dataSource={rows}
        pagination={false}
        scroll={{ x: 'max-content' }}
        data-testid="people"
        columns={[
          { title: t('danger.level'), render: (_, row) => <b>{name(row)}</b> },
          {
            title: t('danger.peopleNow', { hour: inside.hour }),
            align: 'right',
            render: (_, row) => <Count people={row.people} />,
          },
          ...VULNERABLE.map((who) => ({
            title: t(`danger.vulnerable.${who}`),
            align: 'right' as const,
            render: (_: unknown, row: InsideItem) => row.vulnerable[who]?.expected ?? 0,
          })),
        ]}
      />
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
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="by-hour" aria-label={t('danger.byHour')} tabIndex={0}>
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
    </section>
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
