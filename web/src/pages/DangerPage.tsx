import { Alert, Button, Segmented, Select, Tabs } from 'antd';
import type { Map as MapLibre } from 'maplibre-gl';
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKinds } from '../api/base';
import { type Danger, type Dangers, useClosures, useDangers, useResponse } from '../api/danger';
import { useIncident, useOpenIncidents } from '../api/queries';
import type { IncidentDetail, Position } from '../api/types';
import { AsOf } from '../components/AsOf';
import { ObjectDrawer } from '../components/base/ObjectDrawer';
import { DangerTab } from '../components/danger/DangerTab';
import { ForcesTab } from '../components/danger/ForcesTab';
import { ObservedBox } from '../components/danger/ObservedBox';
import { OptionsTab } from '../components/danger/OptionsTab';
import { IncidentWeather } from '../components/danger/PlaceWeather';
import { PlanTab } from '../components/danger/PlanTab';
import { ResponseCompare } from '../components/danger/ResponseCompare';
import { RoadCloser } from '../components/danger/RoadCloser';
import { RollCallTab } from '../components/danger/RollCallTab';
import { SupposedWords } from '../components/danger/SupposedWords';
import { TimeBar } from '../components/danger/TimeBar';
import { nameOf, pickDanger, useShown } from '../components/danger/useShown';
import { type Supposed, useWhatIf } from '../components/danger/useWhatIf';
import { WaysTab } from '../components/danger/WaysTab';
import { WhatIfTab } from '../components/danger/WhatIfTab';
import { AirLine } from '../components/danger/Wind';
import { DeviceDrawer } from '../components/device/DeviceDrawer';
import { IncidentChoice } from '../components/incident/IncidentChoice';
import { NoIncident } from '../components/incident/NoIncident';
import { usePinned } from '../components/incident/usePinned';
import { Problem } from '../components/Problem';
import { DrillTag, GradeTag } from '../components/Tags';
import { useErrorText } from '../lib/actions';
import { useNow } from '../lib/clock';
import { goTo } from '../lib/route';
import { selection, useSelection } from '../lib/selection';
import { useIncidentName } from '../lib/text';
import { formatBrief } from '../lib/time';

const DangerMap = lazy(() => import('../map/DangerMap'));

const NONE: never[] = [];

/** From a danger to a decision: one incident, how far it reaches, who gets away, who comes, what can be done. */
export default function DangerPage() {
  const { t } = useTranslation();
  const incidents = useOpenIncidents();
  const id = usePinned(incidents.data);
  const detail = useIncident(id);
  const dangers = useDangers(id);
  return (
    <div className="danger-page">
      <header className="danger-head">
        <IncidentChoice
          value={id ?? undefined}
          onChange={(chosen) => selection.set({ incident: chosen ?? null })}
        />
        {detail.data ? <Head detail={detail.data} /> : <h2>{t('page.danger')}</h2>}
      </header>
      <Problem query={detail} />
      <Problem query={dangers} />
      {id === null && <NoIncident query={incidents} />}
      {detail.data && dangers.data && <Desk key={id} detail={detail.data} dangers={dangers.data} />}
      <DeviceDrawer />
      <SelectedObject />
    </div>
  );
}

function Head({ detail }: { detail: IncidentDetail }) {
  const { t } = useTranslation();
  const nameOf = useIncidentName();
  const { incident } = detail;
  return (
    <>
      <h2>{nameOf(incident)}</h2>
      <GradeTag grade={incident.grade} />
      <span className={`incident-state ${incident.state}`}>
        {t(`incidentState.${incident.state}`)}
      </span>
      {incident.drill && <DrillTag />}
      <span className="muted">{incident.place}</span>
      {incident.state !== 'closed' && (
        <Button
          size="small"
          className="to-dispatch"
          data-testid="open-dispatch"
          onClick={() => goTo('dispatch', incident.id)}
        >
          {t('dispatch.open')}
        </Button>
      )}
    </>
  );
}

/** The object that was opened from a list. */
function SelectedObject() {
  const object = useSelection((s) => s.object);
  const kind = useKinds().data?.find((k) => k.key === object?.kind);
  if (!object || !kind) return null;
  const close = () => selection.set({ object: null });
  return <ObjectDrawer key={object.key} kind={kind} objectKey={object.key} onClose={close} />;
}

function Desk({ detail, dangers }: { detail: IncidentDetail; dangers: Dangers }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { incident } = detail;
  const [tab, setTab] = useState('danger');
  const [name, setName] = useState<string | null>(null);
  const [frame, setFrame] = useState<number | null>(null);
  const { supposed, answer, response: responseIf, busy, error, suppose, drop } = useWhatIf();
  /** Whether what is so is looked at while something is supposed. */
  const [looksNow, setLooksNow] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const [drawing, setDrawing] = useState(false);
  const [drawn, setDrawn] = useState<Position[]>([]);
  const map = useRef<MapLibre | null>(null);
  const danger = pickDanger(dangers, name);
  const response = useResponse(incident.id);
  const closures = useClosures();
  const shown = useShown(incident, danger, frame, answer);
  const { data } = response;
  const other = responseIf?.supposed ? responseIf : null;
  // Either all of it is so, or all of it is supposed: never some of each.
  const isIf = other !== null && !looksNow;
  const seen = isIf ? other : data;
  const past = danger !== undefined && !dangers.now.some((one) => nameOf(one) === nameOf(danger));

  // Another danger has other moments, and what was supposed of the one before says nothing of it. A new version of the same is
  // no other danger: whoever is at work on a what-if goes on.
  const about = danger ? `${danger.policy} ${name ?? ''}` : '';
  useEffect(() => {
    if (about === '') return;
    setFrame(null);
    drop();
  }, [about, drop]);

  const onMap = useCallback((made: MapLibre | null) => {
    map.current = made;
  }, []);
  const middle = () => {
    const at = map.current?.getCenter();
    return at ? { lon: at.lng, lat: at.lat } : null;
  };
  const inputs = answer ? JSON.stringify(answer.report.inputs) : '';
  const supposing = tab === 'what-if' || answer !== null || responseIf !== null;
  const ask = (next: Partial<Supposed>) => {
    setLooksNow(false);
    // A closure that has ended meanwhile is open anyway.
    const held = (id: number) => closures.some((closure) => closure.id === id);
    const all = { ...supposed, ...next };
    void suppose(incident.id, { ...all, open: all.open.filter(held) });
  };
  const end = () => {
    drop();
    setDrawing(false);
    setDrawn([]);
    setTab('danger');
  };
  const roads = (
    <>
      {data && responseIf && (
        <ResponseCompare
          now={data}
          other={responseIf}
          busy={busy}
          old={dangers.now.some(({ made }) => made > responseIf.at)}
          onAgain={() => ask({})}
        />
      )}
      <RoadCloser
        incident={incident}
        blocks={data?.blocks ?? NONE}
        closures={closures}
        drawing={drawing}
        drawn={drawn}
        supposed={supposed}
        onDrawing={setDrawing}
        onDrawn={setDrawn}
        onSuppose={ask}
        middle={middle}
      />
    </>
  );

  const tabs = [
    {
      key: 'danger',
      label: t('danger.tab'),
      children: (
        <>
          <DangerTab danger={danger} levels={shown.levels} inside={shown.insideNow}>
            <Versions dangers={dangers} value={danger} onChange={setName} />
          </DangerTab>
          <ObservedBox
            {...{ incident, drawing, drawn, middle }}
            onDrawing={setDrawing}
            onDrawn={setDrawn}
          />
        </>
      ),
    },
    {
      key: 'ways',
      label: t('ways.tab'),
      children: seen && (
        <WaysTab detail={detail} response={seen} chosen={chosen} onChosen={setChosen} />
      ),
    },
    { key: 'roll', label: t('roll.tab'), children: <RollCallTab detail={detail} /> },
    {
      key: 'comes',
      label: t('comes.tab'),
      children: seen && <ForcesTab incident={incident} forces={seen.forces} supposed={isIf} />,
    },
    {
      key: 'options',
      label: t('options.tab'),
      children: seen && (
        <OptionsTab
          incident={incident}
          judgement={seen.judgement}
          options={seen.options}
          supposed={isIf}
        />
      ),
    },
    {
      key: 'plan',
      label: t('plan.tab'),
      children: data && <PlanTab incident={incident} draft={data.plan} looks={tab === 'plan'} />,
    },
    {
      key: 'what-if',
      label: t('whatIf.tab'),
      children: danger ? (
        <WhatIfTab
          key={about}
          danger={danger}
          answer={answer}
          inside={shown.inside.data}
          insideIf={shown.insideIf.data}
          busy={busy}
          error={error}
          onAsk={(what) => ask({ danger: { ...what, policy: danger.policy } })}
          onReset={() => ask({ danger: null })}
        >
          {roads}
        </WhatIfTab>
      ) : (
        <div className="danger-tab" data-testid="what-if">
          <p className="muted">{t('danger.noModel')}</p>
          {error !== null && <Alert type="error" showIcon title={errorText(error)} />}
          {roads}
        </div>
      ),
    },
  ];
  return (
    <div className="danger-desk">
      <div className="danger-left">
        {supposing && (
          <div className="what-if-banner" role="status" data-testid="what-if-banner">
            <span>
              {t('whatIf.banner')} <SupposedWords danger={danger} supposed={supposed} />
            </span>
            <span className="incident-actions">
              {other && (
                <Segmented<string>
                  size="small"
                  value={isIf ? 'if' : 'now'}
                  onChange={(side) => setLooksNow(side === 'now')}
                  aria-label={t('whatIf.side')}
                  data-testid="what-if-side"
                  options={[
                    { value: 'now', label: t('whatIf.now') },
                    { value: 'if', label: t('whatIf.other') },
                  ]}
                />
              )}
              <Button size="small" onClick={end}>
                {t('whatIf.end')}
              </Button>
            </span>
          </div>
        )}
        {past && (
          <div className="past-banner" role="status">
            {t('danger.past')}
            <Button size="small" onClick={() => setName(null)}>
              {t('danger.toNow')}
            </Button>
          </div>
        )}
        <div className="air-strip">
          {danger && <AirLine air={danger.air} />}
          <IncidentWeather incident={incident} at={shown.origin} />
        </div>
        <div className="danger-centre">
          <Suspense fallback={<div className="map" />}>
            <DangerMap
              levels={shown.levels}
              whatIf={shown.whatIf}
              source={shown.origin}
              about={`${incident.id} ${danger?.policy ?? ''} ${inputs}`}
              blocks={seen?.blocks ?? NONE}
              shelters={seen?.shelters ?? NONE}
              forces={seen?.forces ?? NONE}
              closures={closures}
              drawn={drawn}
              chosen={chosen}
              supposed={isIf}
              roadsIf={supposed}
              onBlock={(key) => {
                setChosen(key);
                setTab('ways');
              }}
              onCorner={drawing ? (at) => setDrawn((all) => [...all, at]) : undefined}
              onMap={onMap}
            />
          </Suspense>
        </div>
        <TimeBar frames={shown.frames} frame={frame} onFrame={setFrame} process={shown.process} />
      </div>
      <div className="danger-right">
        <Problem query={response} />
        {seen && <AsOf at={seen.at} />}
        {other && <Side tab={tab} isIf={isIf} />}
        <Tabs size="small" className="danger-tabs" activeKey={tab} onChange={setTab} items={tabs} />
      </div>
    </div>
  );
}

/** Tabs that show what is supposed while something is; the others are about what is so. */
const SUPPOSED_TABS = ['ways', 'comes', 'options'];

/** Says of the tab that is looked at whether it is so or only supposed. */
function Side({ tab, isIf }: { tab: string; isIf: boolean }) {
  const { t } = useTranslation();
  if (tab === 'what-if') return null;
  const supposed = isIf && SUPPOSED_TABS.includes(tab);
  return (
    <p
      className={supposed ? 'side-note what-if-banner' : 'side-note'}
      role="status"
      data-testid="what-if-note"
      data-supposed={supposed}
    >
      {t(supposed ? 'whatIf.sideIf' : 'whatIf.sideNow')}
    </p>
  );
}

/** Which area is shown: those of now, or one of before. */
function Versions({
  dangers,
  value,
  onChange,
}: {
  dangers: Dangers;
  value: Danger | undefined;
  onChange(name: string | null): void;
}) {
  const { t } = useTranslation();
  const now = useNow(10_000);
  const names = new Set(dangers.now.map(nameOf));
  const before = dangers.history.filter((danger) => !names.has(nameOf(danger))).reverse();
  const option = (danger: Danger) => ({
    value: nameOf(danger),
    label: `${danger.policy} ${t('danger.version', { n: danger.version })} · ${formatBrief(danger.made, now)}`,
  });
  if (names.size + before.length < 2) return null;
  return (
    <Select
      size="small"
      value={value && nameOf(value)}
      onChange={onChange}
      aria-label={t('danger.versions')}
      data-testid="danger-versions"
      popupMatchSelectWidth={false}
      options={[
        { label: t('danger.areasNow'), options: dangers.now.map(option) },
        { label: t('danger.areasBefore'), options: before.map(option) },
      ]}
    />
  );
}
