import { Button, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ResponseView } from '../../api/danger';
import { useSpan, useText } from '../../lib/text';
import { Age } from '../Age';
import { Scroller } from '../Scroller';
import { GradeTag } from '../Tags';
import { PlanChanges } from './PlanChanges';
import { gradeOf } from './plan';
import { defectsOf, type Figures, figuresOf, isWhole, type SidedDefect } from './whatIf';

interface Row {
  key: keyof Figures;
  /** How it is said. */
  say(figures: Figures): React.ReactNode;
  /** What can be counted. */
  of?(figures: Figures): number | null;
  /** Whether more of it is neither better nor worse. */
  neutral?: boolean;
  /** Whether it is known at all: unknown beside unknown is not the same. */
  isKnown?(figures: Figures): boolean;
}

interface Props {
  now: ResponseView;
  other: ResponseView;
  busy: boolean;
  /** Whether the danger or the roads have become other ones since. */
  old: boolean;
  onAgain(): void;
}

/** Says that an answer is no longer one to what is so. */
export function Old() {
  const { t } = useTranslation();
  return (
    <span className="badge not-now" role="status" data-testid="what-if-old">
      ⚠ {t('whatIf.old')}
    </span>
  );
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
        {old && <Old />}
      </h3>
      <Scroller label={t('whatIf.decision')}>
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
              render: (_, row) => (
                <Change
                  row={row}
                  now={a}
                  other={b}
                  whole={isWhole(now, row.key) && isWhole(other, row.key)}
                />
              ),
            },
          ]}
        />
      </Scroller>
      <Defects defects={defectsOf(now, other)} />
      <PlanChanges changes={other.supposed.changes} busy={busy} supposed />
    </section>
  );
}

interface ChangeProps {
  row: Row;
  now: Figures;
  other: Figures;
  /** Whether the figures of both sides count all that they speak of. */
  whole: boolean;
}

/** How much more or less; of what cannot be counted, that it is other. Signs say it beside colours. */
function Change(props: ChangeProps) {
  const { t } = useTranslation();
  const { row, now, other, whole } = props;
  return (
    <>
      <HowMuch {...props} />
      {row.key === 'places' && <Full more={other.places.full - now.places.full} />}
      {!whole && (
        <span className="muted small" data-testid={`part-${row.key}`}>
          {' '}
          {t('whatIf.incomplete')}
        </span>
      )}
    </>
  );
}

function HowMuch({ row, now, other, whole }: ChangeProps) {
  const { t } = useTranslation();
  const span = useSpan();
  const [a, b] = [row.of?.(now) ?? null, row.of?.(other) ?? null];
  if (a !== null && b !== null) {
    const more = Math.round(b - a);
    if (more === 0) {
      const fills = row.key === 'places' && now.places.full !== other.places.full;
      return fills ? null : <span className="muted">=</span>;
    }
    const size = Math.abs(more);
    const timed = row.key === 'cleared' || row.key === 'first';
    const words = timed ? span(size) : size.toLocaleString('en');
    // Fewer of what is not counted whole is no good news.
    const sort = more > 0 ? 'bad' : whole ? 'done' : '';
    return (
      <b className={row.neutral ? '' : sort} data-testid={`more-${row.key}`}>
        {more > 0 ? '▲ +' : '▼ −'}
        {words}
      </b>
    );
  }
  if (row.isKnown && !row.isKnown(now) && !row.isKnown(other)) {
    return <span className="muted">–</span>;
  }
  const same = JSON.stringify(now[row.key]) === JSON.stringify(other[row.key]);
  return same ? <span className="muted">=</span> : <b>≠ {t('whatIf.differs')}</b>;
}

/** Shelters that get full, though they may get no more people in all. */
function Full({ more }: { more: number }) {
  const { t } = useTranslation();
  if (more === 0) return null;
  const n = `${more > 0 ? '+' : '−'}${Math.abs(more)}`;
  return (
    <b className={more > 0 ? 'bad' : ''} data-testid="more-full">
      {' '}
      {more > 0 ? '▲' : '▼'} {t('whatIf.fullMore', { n })}
    </b>
  );
}

/** What the figures do not say: without it fewer people could be taken for a better end. */
function Defects({ defects }: { defects: readonly SidedDefect[] }) {
  const { t } = useTranslation();
  if (defects.length === 0) return null;
  return (
    <section aria-label={t('whatIf.defects')} data-testid="compare-defects">
      <ul className="bullets">
        {defects.map(({ side, defect: { what, detail } }) => (
          <li key={`${what} ${detail}`}>
            <b>{t(`whatIf.defectSide.${side}`)}</b> {t(`ways.defect.${what}`, { detail })}
          </li>
        ))}
      </ul>
    </section>
  );
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
    {
      key: 'cleared',
      say: ({ cleared }) => minutes(cleared),
      of: ({ cleared }) => cleared,
      isKnown: ({ cleared }) => cleared !== null,
    },
    {
      key: 'left',
      say: ({ left }) => <span className={left ? 'bad' : ''}>{people(left)}</span>,
      of: ({ left }) => left,
      isKnown: ({ left }) => left !== null,
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
      isKnown: ({ first }) => first !== null,
    },
    {
      key: 'level',
      say: ({ level }) => (level ? <GradeTag grade={gradeOf(level)} /> : t('level.none')),
    },
    {
      key: 'option',
      say: ({ option }) => text(option) || '–',
      isKnown: ({ option }) => option !== null,
    },
  ];
}
