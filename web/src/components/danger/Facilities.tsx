import { Table } from 'antd';
import { useTranslation } from 'react-i18next';
import type { InsideFacility, InsideReport, InsideVehicle } from '../../api/danger';
import { eighth, formatMetres } from '../../lib/ground';
import { selection } from '../../lib/selection';
import { useText } from '../../lib/text';
import { Age } from '../Age';
import { useLevelName } from './LevelTag';
import { Count } from './People';

/** Rows at once: more would push everything else off the screen. */
const ROWS = 8;
const size = (row: InsideFacility) => row.people?.expected ?? row.registered ?? -1;

/** Facilities inside, and what would make it worse. */
export function Facilities({ inside }: { inside: InsideReport }) {
  const { t } = useTranslation();
  const worse = inside.facilities.filter((one) => one.class === 'hazard');
  const others = inside.facilities.filter((one) => one.class !== 'hazard');
  return (
    <>
      <section aria-label={t('danger.facilities')}>
        <h3>
          {t('danger.facilities')} <span className="muted">{others.length}</span>
        </h3>
        <List rows={others} levels={inside.levels.map((level) => level.key)} />
      </section>
      <section aria-label={t('danger.secondary')}>
        <h3>
          {t('danger.secondary')} <span className="muted">{worse.length}</span>
        </h3>
        <List rows={worse} levels={inside.levels.map((level) => level.key)} hazards />
      </section>
      {inside.vehicles.length > 0 && <Vehicles rows={inside.vehicles} />}
    </>
  );
}

/** Forces and vehicles that said they are inside: who is on the way there is in danger, too. */
function Vehicles({ rows }: { rows: InsideVehicle[] }) {
  const { t } = useTranslation();
  const nameOf = useLevelName();
  return (
    <section aria-label={t('danger.vehicles')} data-testid="vehicles-inside">
      <h3>
        {t('danger.vehicles')} <span className="muted">{rows.length}</span>
      </h3>
      <Table<InsideVehicle>
        rowKey="key"
        size="small"
        dataSource={rows}
        pagination={rows.length > ROWS && { pageSize: ROWS, size: 'small', showSizeChanger: false }}
        scroll={{ x: 'max-content' }}
        columns={[
          { title: t('danger.name'), render: (_, row) => row.name || row.key },
          { title: t('danger.level'), render: (_, row) => nameOf(row.level) },
          {
            title: t('danger.seen'),
            render: (_, row) => <Age at={row.at} stale={row.stale ? 0 : undefined} />,
          },
          {
            title: t('danger.peopleIn'),
            align: 'right',
            render: (_, row) => (row.stale ? '–' : (row.people ?? '–')),
          },
        ]}
      />
    </section>
  );
}

function List({
  rows,
  levels,
  hazards = false,
}: {
  rows: InsideFacility[];
  levels: string[];
  hazards?: boolean;
}) {
  const { t } = useTranslation();
  const text = useText();
  const nameOf = useLevelName();
  if (rows.length === 0) return <p className="muted">{t('danger.noneInside')}</p>;
  return (
    <Table<InsideFacility>
      rowKey={(row) => row.object.id}
      size="small"
      dataSource={rows}
      pagination={rows.length > ROWS && { pageSize: ROWS, size: 'small', showSizeChanger: false }}
      scroll={{ x: 'max-content' }}
      showSorterTooltip={false}
      columns={[
        {
          title: t('danger.name'),
          sorter: (a, b) => a.object.name.localeCompare(b.object.name, 'zh'),
          render: (_, { object }) => (
            <button
              type="button"
              className="link"
              onClick={() => selection.set({ object: { kind: object.kind, key: object.key } })}
            >
              {object.name || object.key}
            </button>
          ),
        },
        { title: t('danger.class'), render: (_, row) => t(`danger.class.${row.class}`) },
        {
          title: t('danger.level'),
          sorter: (a, b) => levels.indexOf(a.level) - levels.indexOf(b.level),
          render: (_, row) => nameOf(row.level),
        },
        {
          title: t('danger.distance'),
          align: 'right',
          defaultSortOrder: 'ascend',
          sorter: (a, b) => (a.metres ?? Infinity) - (b.metres ?? Infinity),
          render: (_, row) => (row.metres === null ? '–' : formatMetres(row.metres)),
        },
        {
          title: t('danger.bearing'),
          render: (_, row) =>
            row.bearing === null
              ? '–'
              : `${t(`compass.short.${eighth(row.bearing)}`)} ${Math.round(row.bearing)}°`,
        },
        hazards
          ? {
              title: t('danger.holds'),
              render: (_, row) =>
                row.fields
                  .map(({ name, value, unit }) => `${text(name)} ${String(value)} ${unit}`.trim())
                  .join(' · '),
            }
          : {
              title: t('danger.peopleIn'),
              align: 'right',
              sorter: (a, b) => size(a) - size(b),
              render: (_, row) => (
                <>
                  <Count people={row.people} />
                  {row.live && (
                    <span className="muted small">
                      {' '}
                      {t(row.live.stale ? 'danger.liveStale' : 'danger.live')}
                    </span>
                  )}
                </>
              ),
            },
      ]}
    />
  );
}
