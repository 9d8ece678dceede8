import { Checkbox } from 'antd';
import { useTranslation } from 'react-i18next';
import type { DispatchLine, DispatchNeed } from '../../api/dispatch';
import type { ForceOrder } from '../../api/forces';
import { useAreaNames } from '../../lib/areas';
import { SORT_COLOUR, SORT_SIGN } from '../../lib/colours';
import { useSpan, useText } from '../../lib/text';
import { Age } from '../Age';
import { amount } from '../supplies/words';
import { isOpen, type NeedView, nameOfLine } from './view';

export interface Picking {
  picked: ReadonlySet<number>;
  chosen: number | null;
  orders: ReadonlyMap<number, ForceOrder>;
  onPick(lines: number[], on: boolean): void;
  onChosen(line: number | null): void;
}

interface Props {
  view: NeedView;
  mayAccept: boolean;
  picking: Picking;
}

/** One thing that an incident needs: how much, how much comes, what is missing and why; below it who comes. */
export function NeedRows({ view: { need, lines }, mayAccept, picking }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const span = useSpan();
  const short = need.missing > 0;
  return (
    <>
      <tr className={short ? 'need-row short' : 'need-row'} data-testid="need">
        <th scope="row">
          <Sign sort={need.sort} /> {text(need.name)}
          {need.unit && <span className="muted small"> {need.unit}</span>}
          <span className="need-meta">
            {t('dispatch.priority', { n: need.priority })}
            {need.latest_min !== null &&
              ` · ${t('dispatch.within', { span: span(need.latest_min) })}`}
            {!need.sure && (
              <span className="unsure" title={need.source}>
                {' '}
                · {t('dispatch.example')}
              </span>
            )}
          </span>
        </th>
        <td>{amount(need.amount)}</td>
        <td>{amount(need.under_way)}</td>
        <td>{amount(need.sent)}</td>
        <td>{short ? <b className="need-short">✕ {amount(need.missing)}</b> : '0'}</td>
      </tr>
      {short && (
        <tr className="why-row">
          <td colSpan={5} data-testid="need-why">
            {t('dispatch.short', { n: amount(need.missing) })}
            {need.why && t(`dispatch.why.${need.why}`)}
          </td>
        </tr>
      )}
      {lines.map((line) => (
        <tr key={line.line} className="line-row">
          <td colSpan={5}>
            <LineRow line={line} need={need} mayAccept={mayAccept} picking={picking} />
          </td>
        </tr>
      ))}
    </>
  );
}

export function Sign({ sort }: { sort: DispatchNeed['sort'] }) {
  const { t } = useTranslation();
  return (
    <span
      role="img"
      aria-label={t(`dispatch.sort.${sort}`)}
      className="sort-sign"
      style={{ color: SORT_COLOUR[sort] }}
    >
      {SORT_SIGN[sort]}
    </span>
  );
}

function LineRow({
  line,
  need,
  mayAccept,
  picking: { picked, chosen, onPick, onChosen },
}: {
  line: DispatchLine;
  need: DispatchNeed;
  mayAccept: boolean;
  picking: Picking;
}) {
  const { t } = useTranslation();
  const text = useText();
  const span = useSpan();
  const { nameOf } = useAreaNames();
  const { what } = line;
  const name = nameOfLine(line);
  return (
    <div
      className={line.line === chosen ? 'dispatch-line chosen' : 'dispatch-line'}
      data-testid="dispatch-line"
      data-line={line.line}
      data-accepted={line.accepted_by !== null}
    >
      {mayAccept && isOpen(line) ? (
        <Checkbox
          checked={picked.has(line.line)}
          data-testid={`pick-${line.line}`}
          aria-label={t('dispatch.pick', { name, need: text(need.name) })}
          onChange={({ target }) => onPick([line.line], target.checked)}
        />
      ) : (
        <span className="no-pick" aria-hidden="true">
          {line.accepted_by !== null ? '✓' : ''}
        </span>
      )}
      <span className="line-what">
        <button
          type="button"
          className="link"
          aria-pressed={line.line === chosen}
          onClick={() => onChosen(line.line === chosen ? null : line.line)}
        >
          {name}
        </button>{' '}
        <Amount line={line} />{' '}
        {'area' in what && <span className="muted small">{nameOf(what.area)}</span>}
        {what.sort === 'beds' && (
          <span className="muted small">
            {t('dispatch.said')} <Age at={what.said} />
          </span>
        )}
      </span>
      <span className="line-when">
        <b>{span(line.minutes)}</b>
        <span className="muted small">
          {what.sort === 'force' &&
            `${t('dispatch.parts', {
              turnout: span(what.turnout_min),
              travel: span(line.travel_min),
            })} · `}
          <span className={line.by_road ? '' : 'straight'}>
            {t(line.by_road ? 'dispatch.byRoad' : 'dispatch.straight')}
          </span>
        </span>
      </span>
      <Came line={line} />
    </div>
  );
}

function Amount({ line: { what } }: { line: DispatchLine }) {
  const { t } = useTranslation();
  if (what.sort === 'force') return null;
  if (what.sort === 'beds') {
    const ward = t([`dispatch.ward.${what.ward}`, 'dispatch.ward.other'], { ward: what.ward });
    return <b>{t('dispatch.beds', { n: what.beds, ward })}</b>;
  }
  return (
    <>
      <b>
        {amount(what.amount)} {what.unit}
      </b>{' '}
      <span className="muted small">
        {t('dispatch.lot', { n: what.lot })}
        {what.expiry && ` · ${t('stock.expiry')} ${what.expiry}`}
      </span>
    </>
  );
}

/** What became of a line. */
function Came({ line }: { line: DispatchLine }) {
  const { t } = useTranslation();
  if (line.accepted_by === null) return null;
  const { what, stage } = line;
  const by = t('dispatch.by', { by: line.accepted_by });
  return (
    <span className="line-came done" data-testid="line-came">
      {what.sort === 'beds' ? (
        t('dispatch.spoken', { n: what.beds })
      ) : line.order !== null ? (
        <>
          {t('dispatch.ordered', { n: line.order })}
          {stage && ` · ${t(`force.stage.${stage}`)}`}
        </>
      ) : (
        t('dispatch.promised', { n: line.allocations.join(', ') })
      )}{' '}
      <span className="muted small">{by}</span>
    </span>
  );
}
