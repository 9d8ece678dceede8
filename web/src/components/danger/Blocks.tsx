import { Checkbox, Table, type TableColumnType, Tag } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BlockView, ShelterView, StayView, TripView } from '../../api/danger';
import { useAreaNames } from '../../lib/areas';
import { useNarrow } from '../../lib/narrow';
import { useSpan } from '../../lib/text';
import { betterInside, leftByWhy, leftOf } from '../../map/danger';
import { loadOf, stayWords, tripsInOrder } from './stay';

/** Rows at once. */
const ROWS = 10;
/** Vehicles that stand in the row itself; the others are there when it is opened. */
const TRIPS_IN_ROW = 2;
/** Below this a row would be higher than wide, pixels: the table scrolls sideways instead. */
const NARROWEST = 600;

interface Props {
  blocks: BlockView[];
  shelters: ShelterView[];
  chosen: string | null;
  onChosen(key: string | null): void;
}

const BY = {
  left: leftOf,
  people: ({ people }: BlockView) => people,
  cleared: ({ cleared_min }: BlockView) => cleared_min,
};
type SortBy = keyof typeof BY;
interface Sort {
  by: SortBy;
  order: 'ascend' | 'descend';
}

/** Blocks in the order of the table: which of them stand on a page is known before it is drawn. */
function inOrder(blocks: readonly BlockView[], sort: Sort | null): BlockView[] {
  if (!sort) return [...blocks];
  const by = BY[sort.by];
  const sign = sort.order === 'ascend' ? 1 : -1;
  return [...blocks].sort((a, b) => sign * (by(a) - by(b)));
}

interface OfBlock {
  block: BlockView;
  nameOfShelter(key: string): string;
}

/** Blocks of homes: who goes where, who is fetched, who is left, who had better stay inside. */
export function Blocks({ blocks, shelters, chosen, onChosen }: Props) {
  const { t } = useTranslation();
  const { nameOf } = useAreaNames();
  const narrow = useNarrow();
  const [onlyInside, setOnlyInside] = useState(false);
  const [opened, setOpened] = useState<readonly string[]>([]);
  const [sort, setSort] = useState<Sort | null>({ by: 'left', order: 'descend' });
  const [page, setPage] = useState(1);
  const section = useRef<HTMLElement>(null);
  const inside = blocks.filter(betterInside);
  const only = onlyInside && inside.length > 0;
  const shown = inOrder(only ? inside : blocks, sort);
  // What is chosen, on the map or here, is seen: the filter that hides it goes, its page is turned to.
  const place = shown.findIndex(({ key }) => key === chosen);
  const hidden = only && place < 0 && blocks.some(({ key }) => key === chosen);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a choice turns the page, not new figures
  useEffect(() => {
    if (chosen === null) return;
    if (hidden) setOnlyInside(false);
    else if (place >= 0) setPage(Math.floor(place / ROWS) + 1);
  }, [chosen, hidden]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once the page with it is there
  useEffect(() => {
    section.current?.querySelector('.chosen-row')?.scrollIntoView({ block: 'nearest' });
  }, [chosen, page, only]);
  const sorted = (by: SortBy) => ({
    key: by,
    sorter: true,
    sortOrder: sort?.by === by ? sort.order : null,
  });
  const open = new Set(opened);
  if (chosen) open.add(chosen);
  const nameOfShelter = (key: string) =>
    shelters.find((shelter) => shelter.key === key)?.name ?? key;
  const more = (row: BlockView) => <More block={row} nameOfShelter={nameOfShelter} />;
  const wide: TableColumnType<BlockView>[] = [
    {
      title: t('ways.to'),
      render: (_, row) => (
        <>
          <Where block={row} nameOfShelter={nameOfShelter} />
          <TripLines trips={row.trips} most={TRIPS_IN_ROW} />
        </>
      ),
    },
    {
      title: t('ways.clearance'),
      align: 'right',
      width: 104,
      ...sorted('cleared'),
      render: (_, row) => (
        <>
          <Clearance block={row} />
          <Bottleneck block={row} />
        </>
      ),
    },
  ];
  return (
    <section aria-label={t('ways.blocks')} ref={section}>
      <div className="blocks-head">
        <h3>
          {t('ways.blocks')} <span className="muted">{shown.length}</span>
        </h3>
        {inside.length > 0 && (
          <Checkbox
            checked={only}
            data-testid="only-inside"
            onChange={({ target }) => {
              setOnlyInside(target.checked);
              setPage(1);
              // Whoever filters has done with a block that the filter hides.
              if (target.checked && !inside.some(({ key }) => key === chosen)) onChosen(null);
              setOpened(target.checked ? inside.map(({ key }) => key) : []);
            }}
          >
            {t('stay.only', { n: inside.length })}
          </Checkbox>
        )}
      </div>
      <Table<BlockView>
        rowKey="key"
        size="small"
        dataSource={shown}
        pagination={
          shown.length > ROWS && {
            current: page,
            pageSize: ROWS,
            size: 'small',
            showSizeChanger: false,
          }
        }
        onChange={({ current = 1 }, _, sorter) => {
          const { columnKey, order } = [sorter].flat()[0] ?? {};
          const next = order ? { by: columnKey as SortBy, order } : null;
          const same = next?.by === sort?.by && next?.order === sort?.order;
          setSort(next);
          setPage(same ? current : 1);
        }}
        className="blocks-table"
        tableLayout="fixed"
        scroll={narrow ? undefined : { x: NARROWEST }}
        showSorterTooltip={false}
        rowClassName={(row) => (row.key === chosen ? 'chosen-row' : '')}
        locale={{ emptyText: <span className="muted">{t('ways.noBlocks')}</span> }}
        expandable={
          narrow
            ? {
                // A phone has no room beside: where a block goes stands under it.
                showExpandColumn: false,
                expandedRowKeys: shown.map(({ key }) => key),
                expandedRowRender: (row) => (
                  <div className="block-more">
                    <div>
                      <Where block={row} nameOfShelter={nameOfShelter} />
                      {row.cleared_min > 0 && (
                        <div>
                          {t('ways.clearance')} <Clearance block={row} />
                        </div>
                      )}
                      <Bottleneck block={row} />
                    </div>
                    {open.has(row.key) ? (
                      more(row)
                    ) : (
                      <TripLines trips={row.trips} most={TRIPS_IN_ROW} />
                    )}
                  </div>
                ),
              }
            : {
                columnWidth: 28,
                expandedRowKeys: [...open],
                rowExpandable: ({ stay, trips }) => stay !== null || trips.length > 0,
                onExpand: (on, { key }) => {
                  setOpened(on ? [...opened, key] : opened.filter((one) => one !== key));
                  if (!on && key === chosen) onChosen(null);
                },
                expandedRowRender: more,
              }
        }
        columns={[
          {
            title: t('ways.block'),
            width: 116,
            render: (_, row) => (
              <button
                type="button"
                className="link"
                aria-pressed={row.key === chosen}
                onClick={() => onChosen(row.key === chosen ? null : row.key)}
              >
                {nameOf(row.area)}{' '}
                <span className="coordinates">
                  {row.at.lon.toFixed(3)}, {row.at.lat.toFixed(3)}
                </span>
              </button>
            ),
          },
          {
            title: t('ways.people'),
            align: 'right',
            width: 88,
            ...sorted('people'),
            render: (_, row) => (
              <>
                <b>{row.people}</b>
                {row.cannot_walk > 0 && (
                  <div className="muted small">{t('ways.cannotWalk', { n: row.cannot_walk })}</div>
                )}
              </>
            ),
          },
          {
            title: t('ways.left'),
            width: 108,
            ...sorted('left'),
            render: (_, row) =>
              leftByWhy(row).map(({ people, why }) => (
                <Tag key={why} className="left-tag">
                  ✕ {people} {t(`ways.why.${why}`)}
                </Tag>
              )),
          },
          ...(narrow ? [] : wide),
        ]}
      />
    </section>
  );
}

/** When the first leave and the last have arrived, minutes from now. */
function Clearance({ block: { leave_min, cleared_min } }: { block: BlockView }) {
  const span = useSpan();
  return cleared_min > 0 ? `${span(leave_min)}–${span(cleared_min)}` : '–';
}

function Bottleneck({ block }: { block: BlockView }) {
  const { t } = useTranslation();
  if (!block.bottleneck) return null;
  return <div className="muted small">{t('ways.bottleneckOn', { road: block.bottleneck })}</div>;
}

/** Where most of a block go. */
function Where({ block, nameOfShelter }: OfBlock) {
  const { t } = useTranslation();
  return (
    <>
      {block.action === 'leave' && block.shelter ? (
        <>
          {nameOfShelter(block.shelter)} <span className="muted">{t(`ways.by.${block.by}`)}</span>
        </>
      ) : (
        t(`protective.${block.action}`)
      )}{' '}
      {betterInside(block) && (
        <Tag className="inside-tag" data-testid="better-inside">
          ⌂ {t('stay.better')}
        </Tag>
      )}
    </>
  );
}

/** What has no room in the row: stay or leave as a sentence, every vehicle. */
function More({ block: { stay, trips }, nameOfShelter }: OfBlock) {
  return (
    <div className="block-more" data-testid="block-more">
      {stay && <StayWords stay={stay} />}
      {trips.length > 0 && <TripLines trips={trips} nameOfShelter={nameOfShelter} />}
    </div>
  );
}

/** Which of the two lets in less, how high it gets, when it is over. */
function StayWords({ stay }: { stay: StayView }) {
  const { t } = useTranslation();
  const span = useSpan();
  const { verdict, peaks, over } = stayWords(stay);
  return (
    <div data-testid="stay-words" data-better={stay.better}>
      <p>
        <b>{t(verdict.id, { times: verdict.times })}</b>
        {t('stay.because', { ...peaks, over: t(over.id, { span: span(over.minutes) }) })}
      </p>
      <p className="muted small">
        {t('stay.loads', { inside: loadOf(stay.stay_load), leaving: loadOf(stay.leave_load) })}
      </p>
    </div>
  );
}

/** Who fetches those who cannot go by themselves, and when. */
function TripLines({
  trips,
  most = trips.length,
  nameOfShelter,
}: {
  trips: readonly TripView[];
  most?: number;
  nameOfShelter?: (key: string) => string;
}) {
  const { t } = useTranslation();
  const span = useSpan();
  if (trips.length === 0) return null;
  const more = trips.length - most;
  return (
    <ul className="trips" data-testid="trips">
      {tripsInOrder(trips)
        .slice(0, most)
        .map((trip) => (
          <li key={`${trip.kind}/${trip.key} ${trip.there_min} ${trip.arrive_min}`}>
            {trip.name || trip.key}{' '}
            {t(trip.lifted ? 'trip.lifts' : 'trip.fetches', { n: trip.people })}
            <span className="muted">
              {' · '}
              {t('trip.when', { there: span(trip.there_min), arrive: span(trip.arrive_min) })}
              {nameOfShelter && ` · ${nameOfShelter(trip.shelter)}`}
            </span>
          </li>
        ))}
      {more > 0 && <li className="muted">{t('trip.more', { n: more })}</li>}
    </ul>
  );
}
