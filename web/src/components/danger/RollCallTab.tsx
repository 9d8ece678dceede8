import { Button, Segmented, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type IncidentDetail, type Notice, noticesWhole } from '../../api/types';
import { Age } from '../Age';
import { NoticeRow } from '../incident/Receipts';
import {
  type Counts,
  countStands,
  type Household,
  households,
  needsHands,
  percent,
  rollOf,
  STANDS,
  type Stand,
  standOf,
  toldPeople,
} from './rollCall';

/** Households at once. */
const ROWS = 40;

/** Who of the people that were told to leave or to stay in is safe, house by house. */
export function RollCallTab({ detail }: { detail: IncidentDetail }) {
  const { t } = useTranslation();
  const { incident, notices } = detail;
  const [only, setOnly] = useState<Stand | 'all'>('all');
  const [rows, setRows] = useState(ROWS);
  const told = toldPeople(notices);
  const roll = rollOf(detail);
  const { counts } = roll;
  const all = households(told);
  const shown = all.filter((house) => only === 'all' || house.counts[only] > 0);
  const label = (stand: Stand) => `${STAND_SIGN[stand]} ${t(`roll.${stand}`)}`;
  return (
    <div className="danger-tab" data-testid="roll-call-tab">
      <p className={incident.evacuated ? 'done' : 'muted'}>
        {incident.evacuated
          ? `✓ ${t('roll.confirmed', { name: incident.evacuated.name })}`
          : t('roll.notConfirmed')}
      </p>
      {roll.told === 0 ? (
        <p className="muted">{t('ways.nobodyTold')}</p>
      ) : (
        <>
          <Bar counts={counts} total={roll.told} />
          <Figures
            rows={
              noticesWhole(detail) ? figuresOf(told, t) : [{ name: t('danger.total'), ...roll }]
            }
          />
          <NotWhole detail={detail} />
        </>
      )}
      {told.length > 0 && (
        <section aria-label={t('roll.houses')}>
          <h3>
            {t('roll.houses')} <span className="muted">{all.length}</span>
          </h3>
          <Segmented
            size="small"
            className="roll-filter"
            value={only}
            onChange={setOnly}
            options={[
              { value: 'all' as const, label: `${t('notice.all')} ${all.length}` },
              ...STANDS.filter((stand) => counts[stand] > 0).map((stand) => ({
                value: stand,
                label: `${label(stand)} ${all.filter((h) => h.counts[stand] > 0).length}`,
              })),
            ]}
          />
          <ul className="houses">
            {shown.slice(0, rows).map((house) => (
              <House key={house.key} house={house} />
            ))}
          </ul>
          {shown.length > rows && (
            <Button size="small" onClick={() => setRows(rows + ROWS)}>
              {t('roll.more', { n: shown.length - rows })}
            </Button>
          )}
        </section>
      )}
    </div>
  );
}

const STAND_SIGN: Record<Stand, string> = { help: '!', missing: '✕', waiting: '…', safe: '✓' };

/** How much of all stands where; the words are in the table below it. */
function Bar({ counts, total }: { counts: Counts; total: number }) {
  return (
    <div className="roll-bar" aria-hidden="true">
      {STANDS.map((stand) => (
        <span
          key={stand}
          className={stand}
          style={{ width: `${(counts[stand] / total) * 100}%` }}
        />
      ))}
    </div>
  );
}

interface Figure {
  name: string;
  told: number;
  counts: Counts;
}

/** A line for each kind of order, and one for all where there are several. */
function figuresOf(told: Notice[], t: (key: string) => string): Figure[] {
  const figure = (name: string, people: Notice[]) => ({
    name,
    told: people.length,
    counts: countStands(people),
  });
  const rows = (['leave', 'shelter'] as const)
    .map((action) =>
      figure(
        t(`protective.${action}`),
        told.filter((notice) => notice.action === action),
      ),
    )
    .filter((row) => row.told > 0);
  return rows.length > 1 ? [...rows, figure(t('danger.total'), told)] : rows;
}

/** Says that the list is not all there is; the figures are. */
function NotWhole({ detail }: { detail: IncidentDetail }) {
  const { t } = useTranslation();
  if (noticesWhole(detail)) return null;
  return (
    <p className="muted small" data-testid="not-whole">
      {t(detail.notices_hidden ? 'roll.hidden' : 'roll.truncated')}
    </p>
  );
}

function Figures({ rows }: { rows: Figure[] }) {
  const { t } = useTranslation();
  return (
    <table className="roll-table" data-testid="roll-figures">
      <thead>
        <tr>
          <th scope="col">{t('roll.told')}</th>
          <th scope="col">{t('ways.people')}</th>
          {STANDS.map((stand) => (
            <th key={stand} scope="col">
              <span aria-hidden="true">{STAND_SIGN[stand]}</span> {t(`roll.${stand}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ name, told, counts }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{told}</td>
            {STANDS.map((stand) => (
              <td key={stand} className={counts[stand] > 0 ? `stand ${stand}` : 'muted'}>
                <b>{counts[stand]}</b> <span>{percent(counts[stand], told)}%</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function House({ house }: { house: Household }) {
  const { t } = useTranslation();
  const { notices, counts, stand, place, changed } = house;
  const needs = new Set(
    notices.filter((n) => standOf(n) !== 'safe').flatMap((notice) => notice.needs),
  );
  const [first] = notices;
  const alone = notices.length === 1;
  return (
    <li data-testid="house" data-stand={stand}>
      <details>
        <summary>
          <span className={`stand-mark ${stand}`} aria-hidden="true">
            {STAND_SIGN[stand]}
          </span>
          <b>{place || (alone && first?.name) || t('roll.noPlace')}</b>{' '}
          {place && alone && <span>{first?.name}</span>}
          {!place && <span className="muted small">{t('roll.noPlace')}</span>}{' '}
          {STANDS.filter((one) => counts[one] > 0).map((one) => (
            <span key={one} className={`stand ${one}`}>
              {t(`roll.${one}`)} {counts[one]}
            </span>
          ))}
          {needsHands(house) &&
            [...needs].map((need) => (
              <Tag key={need} color="magenta">
                {t([`need.${need}`, 'need.other'], { need })}
              </Tag>
            ))}
          <span className="muted small house-age">
            <Age at={changed} />
          </span>
        </summary>
        <ul className="notices">
          {notices.map((notice) => (
            <NoticeRow key={notice.id} notice={notice} />
          ))}
        </ul>
      </details>
    </li>
  );
}
