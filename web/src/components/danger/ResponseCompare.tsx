import { Button, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import type { PlanLevel, ResponseView } from '../../api/danger';
import { useSpan, useText } from '../../lib/text';
import { Age } from '../Age';
import { GradeTag } from '../Tags';
import { PlanChanges } from './PlanChanges';
import { type Figures, figuresOf } from './whatIf';

const GRADES: PlanLevel[] = ['I', 'II', 'III', 'IV'];

interface Row {
  key: keyof Figures;
  /** How it is said. */
  say(figures: Figures): React.ReactNode;
  /** What can be counted. */
  of?(figures: Figures): number | null;
  /** Whether more of it is neither better nor worse. */
  neutral?: boolean;
}

interface Props {
  now: ResponseView;
  other: ResponseView;
  busy: boolean;
  /** Whether the danger has become another one since. */
  old: boolean;
  onAgain(): void;
}

/** What the decision comes down to: now, and with what is supposed; then what the draft of the plan would say otherwise. */
export function ResponseCompare({ now, other, busy, old, onAgain }: Props) {
  const { t } = useTranslation();
  const rows = useRows();
  if (!other.supposed) {
    return (
      <p className="muted" role="status" data-testid="compare-same">
        {t('whatIf.same')}
      </p>
    );
  }
  const [a, b] = [figuresOf(now), figuresOf(other)];
  const column = (title: string, figures: Figures, at: number) => ({
    title: (
      <>
        {title}{' '}
        <span className="muted small">
          <Age at={at} />
        </span>
      </>
    ),
    align: 'right' as const,
    render: (_: unknown, row: Row) => row.say(figures),
  });
  return (
    <section aria-label={t('whatIf.decision')} aria-busy={busy}>
      <h3>
        {t('whatIf.decision')}{' '}
        <Button size="small" loading={busy} data-testid="what-if-again" onClick={onAgain}>
          {t('whatIf.again')}
        </Button>{' '}
        {old && (
          <span className="badge not-now" role="status" data-testid="what-if-old">
            ⚠ {t('whatIf.old')}
          </span>
        )}
      </h3>
      <Table<Row>
        rowKey="key"
        size="small"
        bordered
        dataSource={rows}
        pagination={false}
        loading={busy}
        data-testid="compare-response"
        columns={[
          { title: '', render: (_, { key }) => t(`whatIf.figure.${key}`) },
          column(t('whatIf.now'), a, now.at),
          column(t('whatIf.other'), b, other.at),
          {
            title: t('whatIf.change'),
            align: 'right',
            render: (_, row) => <Change row={row} now={a} other={b} />,
          },
        ]}
      />
      <PlanChanges changes={other.supposed.changes} busy={busy} supposed />
    </section>
  );
}

/** How much more or less; of what cannot be counted, that it is other. Signs say it beside colours. */
function Change({ row, now, other }: { row: Row; now: Figures; other: Figures }) {
  const { t } = useTranslation();
  const span = useSpan();
  const [a, b] = [row.of?.(now) ?? null, row.of?.(other) ?? null];
  if (a !== null && b !== null) {
    const more = Math.round(b - a);
    if (more === 0) return <span className="muted">=</span>;
    const size = Math.abs(more);
    const timed = row.key === 'cleared' || row.key === 'first';
    const words = timed ? span(size) : size.toLocaleString('en');
    const sort = more > 0 ? 'bad' : 'done';
    return (
      <b className={row.neutral ? '' : sort} data-testid={`more-${row.key}`}>
        {more > 0 ? '▲ +' : '▼ −'}
        {words}
      </b>
    );
  }
  const same = JSON.stringify(now[row.key]) === JSON.stringify(other[row.key]);
  return same ? <span className="muted">=</span> : <b>≠ {t('whatIf.differs')}</b>;
}

function useRows(): Row[] {
  const { t } = useTranslation();
  const text = useText();
  const span = useSpan();
  const minutes = (value: number | null) => (value === null ? '–' : span(value));
  const people = (value: number | null) => (value === null ? '–' : value.toLocaleString('en'));
  return [
    { key: 'leave', say: ({ leave }) => people(leave), of: ({ leave }) => leave },
    { key: 'shelter', say: ({ shelter }) => people(shelter), of: ({ shelter }) => shelter },
    { key: 'cleared', say: ({ cleared }) => minutes(cleared), of: ({ cleared }) => cleared },
    {
      key: 'left',
      say: ({ left }) => <span className={left ? 'bad' : ''}>{people(left)}</span>,
      of: ({ left }) => left,
    },
    {
      key: 'places',
      say: ({ places: { gets, free, full } }) => (
        <>
          {people(gets)} / {people(free)}
          {full > 0 && <span className="bad"> · {t('whatIf.full', { n: full })}</span>}
        </>
      ),
      of: ({ places }) => places.gets,
      neutral: true,
    },
    {
      key: 'first',
      say: ({ first }) => (first ? `${first.name} ${minutes(first.minutes)}` : '–'),
      of: ({ first }) => first?.minutes ?? null,
    },
    {
      key: 'level',
      say: ({ level }) =>
        level ? <GradeTag grade={GRADES.indexOf(level) + 1} /> : t('level.none'),
    },
    { key: 'option', say: ({ option }) => text(option) || '–' },
  ];
}
