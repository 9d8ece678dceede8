import { Segmented, Select, Table } from 'antd';
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKinds } from '../api/base';
import {
  COLOURS,
  type Colour,
  type ObjectRef,
  useCoverage,
  useDangers,
  useGaps,
  useRiskAreas,
  useRisks,
  useSites,
  useZoning,
} from '../api/risk';
import { ObjectDrawer } from '../components/base/ObjectDrawer';
import { RiskTag } from '../components/base/RiskTag';
import { MoreButton } from '../components/MoreButton';
import { Problem } from '../components/Problem';
import { useAreaNames } from '../lib/areas';
import { clickableRow } from '../lib/rows';
import { useText } from '../lib/text';
import type { RiskPoint } from '../map/RiskMap';

const RiskMap = lazy(() => import('../map/RiskMap'));

const VIEWS = ['risks', 'zoning', 'sites', 'gaps', 'coverage'] as const;
type View = (typeof VIEWS)[number];

interface Opened {
  kind: string;
  key: string;
}

interface ViewProps {
  area: number | undefined;
  onArea(area: number): void;
  onOpen(object: Opened): void;
}

/** Risk of objects and areas: the four-colour map, who lives too near, what is missing, what is not reached and not seen. */
export default function RiskPage() {
  const { t } = useTranslation();
  const [view, setView] = useState<View>('risks');
  const [area, setArea] = useState<number>();
  const [opened, setOpened] = useState<Opened>();
  const kinds = useKinds().data ?? [];
  const kind = kinds.find((k) => k.key === opened?.kind);
  const { all } = useAreaNames();
  const props: ViewProps = { area, onArea: setArea, onOpen: setOpened };
  return (
    <section className="page">
      <h2>{t('page.risk')}</h2>
      <div className="filters">
        <Segmented<View>
          value={view}
          onChange={setView}
          aria-label={t('risk.views')}
          options={VIEWS.map((value) => ({
            value,
            label: <span data-testid={`risk-${value}`}>{t(`risk.view.${value}`)}</span>,
          }))}
        />
        <Select
          allowClear
          placeholder={t('incident.area')}
          aria-label={t('incident.area')}
          value={area}
          onChange={setArea}
          showSearch={{ optionFilterProp: 'label' }}
          options={all.filter((a) => a.value !== 0)}
        />
      </div>
      {view === 'risks' && <Risks {...props} />}
      {view === 'zoning' && <Zoning {...props} />}
      {view === 'sites' && <Sites {...props} />}
      {view === 'gaps' && <Dangers {...props} Detail={Gaps} />}
      {view === 'coverage' && <Dangers {...props} Detail={Coverage} />}
      {opened && kind && (
        <ObjectDrawer kind={kind} objectKey={opened.key} onClose={() => setOpened(undefined)} />
      )}
    </section>
  );
}

/** Colours of the counties, as the map wants them. */
function useCounties(): ReadonlyMap<number, Colour> {
  const areas = useRiskAreas().data?.areas;
  return useMemo(
    () => new Map((areas ?? []).filter((a) => a.level === 'county').map((a) => [a.area, a.colour])),
    [areas],
  );
}

function Split({
  points,
  onArea,
  onOpen,
  children,
}: {
  points?: RiskPoint[];
  onArea(area: number): void;
  onOpen(object: Opened): void;
  children: ReactNode;
}) {
  const counties = useCounties();
  const open = (id: string) => {
    const [kind = '', ...key] = id.split('/');
    onOpen({ kind, key: key.join('/') });
  };
  return (
    <div className="risk">
      <Suspense fallback={<div className="risk-map" />}>
        <RiskMap counties={counties} points={points} onCounty={onArea} onPoint={open} />
      </Suspense>
      <div className="risk-side">{children}</div>
    </div>
  );
}

const pointOf = (object: ObjectRef, colour: Colour): RiskPoint[] =>
  object.position ? [{ id: `${object.kind}/${object.key}`, ...object.position, colour }] : [];

function Risks({ area, onArea, onOpen }: ViewProps) {
  const { t } = useTranslation();
  const text = useText();
  const { nameOf } = useAreaNames();
  const [colour, setColour] = useState<Colour>();
  const areas = useRiskAreas();
  const kinds = useKinds().data ?? [];
  const pages = useRisks(colour, area);
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Split onArea={onArea} onOpen={onOpen}>
      <Problem query={areas} />
      <Table
        rowKey="area"
        size="small"
        pagination={false}
        scroll={{ x: 'max-content', y: 260 }}
        dataSource={areas.data?.areas ?? []}
        locale={{ emptyText: <span className="muted">{t('risk.none')}</span> }}
        onRow={(row) => clickableRow(() => onArea(row.area))}
        columns={[
          { title: t('incident.area'), render: (_, row) => row.name || nameOf(row.area) },
          {
            title: t('risk.title'),
            render: (_, row) => <RiskTag colour={row.colour} uncertain={row.uncertain} />,
          },
          ...COLOURS.map((one) => ({
            title: t(`risk.colour.${one}`),
            render: (_: unknown, row: { counts: Record<Colour, number> }) => row.counts[one],
          })),
        ]}
      />
      <details className="small muted">
        <summary>{t('risk.rule')}</summary>
        {(areas.data?.rules ?? []).map((rule) => (
          <div key={`${rule.colour} ${rule.of} ${rule.at_least}`}>
            {t('risk.ruleLine', {
              colour: t(`risk.colour.${rule.colour}`),
              of: t(`risk.colour.${rule.of}`),
              count: rule.at_least,
            })}
          </div>
        ))}
        <div>{t('risk.ruleElse')}</div>
      </details>
      <div className="filters">
        <Select
          allowClear
          placeholder={t('risk.colour')}
          aria-label={t('risk.colour')}
          value={colour}
          onChange={setColour}
          options={COLOURS.map((value) => ({ value, label: t(`risk.colour.${value}`) }))}
        />
      </div>
      <Problem query={pages} />
      <Table
        rowKey="id"
        size="small"
        loading={pages.isFetching}
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={rows}
        locale={{ emptyText: <span className="muted">{t('risk.none')}</span> }}
        onRow={(row) => clickableRow(() => onOpen(row))}
        columns={[
          { title: t('risk.title'), render: (_, row) => <RiskTag colour={row.colour} /> },
          { title: t('base.name'), dataIndex: 'name' },
          {
            title: t('base.kind'),
            render: (_, row) => text(kinds.find((k) => k.key === row.kind)?.name) || row.kind,
          },
          { title: t('risk.method'), render: (_, row) => t(`risk.method.${row.method}`) },
          { title: t('incident.area'), render: (_, row) => nameOf(row.area) },
        ]}
      />
      <MoreButton pages={pages} />
    </Split>
  );
}

function Zoning({ area, onArea, onOpen }: ViewProps) {
  const { t } = useTranslation();
  const query = useZoning(area);
  const items = query.data?.items ?? [];
  const points = useMemo(
    () =>
      (query.data?.items ?? []).flatMap((item) => [
        ...pointOf(item.hazard, 'red'),
        ...item.near.flatMap((conflict) => pointOf(conflict.object, 'yellow')),
      ]),
    [query.data],
  );
  return (
    <Split points={points} onArea={onArea} onOpen={onOpen}>
      <Problem query={query} />
      {query.data && (
        <p className="muted">
          {t('zoning.summary', {
            hazards: query.data.hazards,
            total: query.data.total,
            unknown: query.data.unknown,
          })}
        </p>
      )}
      <Table
        rowKey={(item) => item.hazard.id}
        size="small"
        loading={query.isFetching}
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={items}
        locale={{ emptyText: <span className="muted">{t('zoning.none')}</span> }}
        onRow={(item) => clickableRow(() => onOpen(item.hazard))}
        columns={[
          { title: t('base.name'), render: (_, item) => item.hazard.name },
          {
            title: t('zoning.required'),
            render: (_, item) => `${Math.round(item.required)} m`,
          },
          { title: t('zoning.conflicts'), dataIndex: 'conflicts' },
          { title: t('zoning.inside'), dataIndex: 'people' },
          {
            title: t('zoning.nearest'),
            render: (_, item) => {
              const first = item.near[0];
              return first ? `${first.object.name} · ${Math.round(first.metres)} m` : '–';
            },
          },
        ]}
      />
    </Split>
  );
}

function Sites({ area, onArea, onOpen }: ViewProps) {
  const { t } = useTranslation();
  const text = useText();
  const query = useSites(area);
  const points = useMemo(
    () =>
      (query.data?.items ?? []).flatMap((item) =>
        pointOf(item.object, item.score < 0.5 ? 'red' : 'yellow'),
      ),
    [query.data],
  );
  const score = query.data?.score;
  return (
    <Split points={points} onArea={onArea} onOpen={onOpen}>
      <Problem query={query} />
      {query.data && (
        <p className="muted">
          {t('sites.summary', {
            objects: query.data.objects,
            complete: query.data.complete,
            score: score === null || score === undefined ? '–' : Math.round(score * 100),
          })}
        </p>
      )}
      <Table
        rowKey={(item) => item.object.id}
        size="small"
        loading={query.isFetching}
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={query.data?.items ?? []}
        locale={{ emptyText: <span className="muted">{t('sites.none')}</span> }}
        onRow={(item) => clickableRow(() => onOpen(item.object))}
        columns={[
          { title: t('base.name'), render: (_, item) => item.object.name },
          { title: t('sites.score'), render: (_, item) => `${Math.round(item.score * 100)} %` },
          {
            title: t('sites.missing'),
            render: (_, item) =>
              item.needs.map((need) => `${text(need.name)} × ${need.missing}`).join(', '),
          },
        ]}
      />
    </Split>
  );
}

/** The dangers, and what teams or stations leave uncovered of the chosen one. */
function Dangers({
  Detail,
  ...props
}: ViewProps & { Detail: (props: ViewProps & { danger: string }) => ReactNode }) {
  const { t } = useTranslation();
  const text = useText();
  const dangers = useDangers();
  const [chosen, setChosen] = useState<string>();
  const danger = chosen ?? dangers.data?.[0]?.key;
  return (
    <>
      <Problem query={dangers} />
      <div className="filters">
        <Select
          value={danger}
          onChange={setChosen}
          aria-label={t('gaps.danger')}
          className="risk-danger"
          options={(dangers.data ?? []).map(({ key, name }) => ({ value: key, label: text(name) }))}
        />
      </div>
      {danger && <Detail {...props} danger={danger} />}
    </>
  );
}

function Gaps({ danger, area, onArea, onOpen }: ViewProps & { danger: string }) {
  const { t } = useTranslation();
  const { nameOf } = useAreaNames();
  const query = useGaps(danger, area);
  const report = query.data;
  const points = useMemo<RiskPoint[]>(
    () => [
      ...(report?.cells ?? []).map(({ position }) => ({
        id: `${position.lon} ${position.lat}`,
        ...position,
        colour: 'orange' as const,
        cell: true,
      })),
      ...(report?.items ?? []).flatMap((item) => pointOf(item.object, 'red')),
    ],
    [report],
  );
  return (
    <Split points={points} onArea={onArea} onOpen={onOpen}>
      <Problem query={query} />
      {report && (
        <p className="muted">
          {t('gaps.summary', {
            teams: report.danger.teams,
            minutes: report.danger.minutes,
            missed: report.danger.missed,
            objects: report.danger.objects,
            cells: report.cells.length,
            all: report.all_cells,
          })}{' '}
          {t('gaps.estimate', { speed: report.speed, detour: report.detour })}
          {!report.sure && ` ${t('risk.unsure')}`}
        </p>
      )}
      <Table
        rowKey={(item) => item.object.id}
        size="small"
        loading={query.isFetching}
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={report?.items ?? []}
        locale={{ emptyText: <span className="muted">{t('gaps.none')}</span> }}
        onRow={(item) => clickableRow(() => onOpen(item.object))}
        columns={[
          { title: t('base.name'), render: (_, item) => item.object.name },
          { title: t('incident.area'), render: (_, item) => nameOf(item.object.area) },
          { title: t('gaps.team'), render: (_, item) => item.team?.name ?? '–' },
          {
            title: t('gaps.minutes'),
            render: (_, item) => (item.minutes === null ? '–' : Math.round(item.minutes)),
          },
        ]}
      />
    </Split>
  );
}

function Coverage({ danger, area, onArea, onOpen }: ViewProps & { danger: string }) {
  const { t } = useTranslation();
  const { nameOf } = useAreaNames();
  const query = useCoverage(danger, area);
  const report = query.data;
  const points = useMemo(
    () => (report?.items ?? []).flatMap((item) => pointOf(item.object, item.colour)),
    [report],
  );
  const part = (part: number | null) => (part === null ? '–' : `${Math.round(part * 100)} %`);
  return (
    <Split points={points} onArea={onArea} onOpen={onOpen}>
      <Problem query={query} />
      {report && (
        <p className="muted">
          {t('coverage.summary', {
            stations: report.danger.stations ?? 0,
            observed: part(report.observed),
            high: part(report.high_observed),
          })}
        </p>
      )}
      <Table
        rowKey={(item) => item.object.id}
        size="small"
        loading={query.isFetching}
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={report?.items ?? []}
        locale={{ emptyText: <span className="muted">{t('coverage.none')}</span> }}
        onRow={(item) => clickableRow(() => onOpen(item.object))}
        columns={[
          { title: t('risk.title'), render: (_, item) => <RiskTag colour={item.colour} /> },
          { title: t('base.name'), render: (_, item) => item.object.name },
          { title: t('incident.area'), render: (_, item) => nameOf(item.object.area) },
          {
            title: t('coverage.nearest'),
            render: (_, item) =>
              item.metres === null ? '–' : `${(item.metres / 1000).toFixed(1)} km`,
          },
        ]}
      />
    </Split>
  );
}
