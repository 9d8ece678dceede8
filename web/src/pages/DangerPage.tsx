import { Alert, Button, Select, Tabs } from 'antd';
import type { Map as MapLibre } from 'maplibre-gl';
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKinds } from '../api/base';
import {
  type Danger,
  type Dangers,
  useClosures,
  useDangers,
  useModels,
  useResponse,
} from '../api/danger';
import { useIncident, useOpenIncidents } from '../api/queries';
import type { IncidentDetail } from '../api/types';
import { AsOf } from '../components/AsOf';
import { ObjectDrawer } from '../components/base/ObjectDrawer';
import { DangerTab } from '../components/danger/DangerTab';
import { ForcesTab } from '../components/danger/ForcesTab';
import { ObservedBox } from '../components/danger/ObservedBox';
import { OptionsTab } from '../components/danger/OptionsTab';
import { IncidentWeather } from '../components/danger/PlaceWeather';
import { PlanTab } from '../components/danger/PlanTab';
import { Old, ResponseCompare } from '../components/danger/ResponseCompare';
import { RoadCloser } from '../components/danger/RoadCloser';
import { RollCallTab } from '../components/danger/RollCallTab';
import { TimeBar } from '../components/danger/TimeBar';
import { useRings } from '../components/danger/useRings';
import { choiceOf, nameOf, pickDanger, useShown } from '../components/danger/useShown';
import { isNothing, NOTHING, type Supposed, useWhatIf } from '../components/danger/useWhatIf';
import { WaysTab } from '../components/danger/WaysTab';
import { Side, WhatIfBanner } from '../components/danger/WhatIfBanner';
import { WhatIfTab } from '../components/danger/WhatIfTab';
import { AirLine } from '../components/danger/Wind';
import { basisOf, isWaiting, whatIfOf } from '../components/danger/whatIf';
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
  const [choice, setChoice] = useState<string | null>(null);
  const [frame, setFrame] = useState<number | null>(null);
  const whatIf = useWhatIf();
  const { supposed, answered, answer, response: responseIf, busy, error, drop } = whatIf;
  /** What-ifs that were ended: the form of the next one starts from what is so. */
  const [ended, setEnded] = useState(0);
  /** Whether what is so is looked at while something is supposed. */
  const [looksNow, setLooksNow] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const map = useRef<MapLibre | null>(null);
  const rings = useRings(() => {
    const at = map.current?.getCenter();
    return at ? { lon: at.lng, lat: at.lat } : null;
  });
  const danger = pickDanger(dangers, choice);
  const model = useModels().data?.find(({ key }) => key === danger?.model);
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
  const about = danger ? choiceOf(danger, dangers) : '';
  useEffect(() => {
    if (about === '') return;
    setFrame(null);
    drop();
  }, [about, drop]);

  const onMap = useCallback((made: MapLibre | null) => {
    map.current = made;
  }, []);
  const inputs = answer ? JSON.stringify(answer.report.inputs) : '';
  const answers = answer !== null || responseIf !== null;
  const supposing = tab === 'what-if' || busy || error !== null || answers || !isNothing(supposed);
  const basis = basisOf(dangers, closures);
  const waits = responseIf !== null && isWaiting(responseIf);
  const old = answers && (waits || whatIf.basis !== basis);
  const open = (next: string) => {
    setTab(next);
    // What was drawn for one tab is not there for another.
    if (next !== tab) rings.clear();
  };
  const ask = (next: Partial<Supposed>) => {
    setLooksNow(false);
    const all = { ...supposed, ...next };
    // A closure that has ended meanwhile is open anyway.
    const held = all.open.filter((id) => closures.some((closure) => closure.id === id));
    // With the danger as it is now: only what somebody has changed is other.
    const what = danger && all.danger ? whatIfOf(danger, all.danger.changed, model) : null;
    const asked = { ...all, open: held, danger: what && all.danger };
    void whatIf.suppose({ incident: incident.id, supposed: asked, what, basis });
  };
  const end = () => {
    drop();
    rings.clear();
    setEnded((n) => n + 1);
    setTab('danger');
  };
  const roads = (
    <>
      {data && responseIf && (
        <ResponseCompare
          now={data}
          other={responseIf}
          busy={busy}
          old={old}
          onAgain={() => ask({})}
        />
      )}
      <RoadCloser
        incident={incident}
        blocks={seen?.blocks ?? NONE}
        closures={closures}
        ring={rings.of('roads')}
        supposed={supposed}
        onSuppose={ask}
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
            <Versions dangers={dangers} value={danger} onChange={setChoice} />
          </DangerTab>
          <ObservedBox incident={incident} ring={rings.of('observed')} />
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
      children:
        danger && !past ? (
          <WhatIfTab
            key={`${about} ${ended}`}
            danger={danger}
            answer={answer}
            inside={shown.inside}
            insideIf={shown.insideIf}
            busy={busy}
            error={error}
            onAsk={(changed) => ask({ danger: { policy: danger.policy, changed } })}
            onReset={() => ask({ danger: null })}
          >
            {roads}
          </WhatIfTab>
        ) : (
          <div className="danger-tab" data-testid="what-if">
            <p className="muted">{t(past ? 'whatIf.past' : 'danger.noModel')}</p>
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
          <WhatIfBanner
            danger={danger}
            supposed={answers ? answered : supposed}
            side={other && (isIf ? 'if' : 'now')}
            busy={busy}
            error={error}
            onSide={(side) => setLooksNow(side === 'now')}
            onAgain={() => ask({})}
            onEnd={end}
          />
        )}
        {past && (
          <div className="past-banner" role="status">
            {t('danger.past')}
            <Button size="small" onClick={() => setChoice(null)}>
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
              drawn={rings.drawn}
              chosen={chosen}
              supposed={isIf}
              busy={busy}
              roadsIf={looksNow ? NOTHING : answered}
              onBlock={(key) => {
                setChosen(key);
                open('ways');
              }}
              onCorner={rings.onCorner}
              onMap={onMap}
            />
          </Suspense>
        </div>
        <TimeBar frames={shown.frames} frame={frame} onFrame={setFrame} process={shown.process} />
      </div>
      <div className="danger-right">
        <Problem query={response} />
        {seen && <AsOf at={seen.at} />}
        {supposing && tab !== 'what-if' && <Side tab={tab} isIf={isIf} old={old} />}
        {tab === 'what-if' && responseIf === null && old && <Old />}
        <Tabs size="small" className="danger-tabs" activeKey={tab} onChange={open} items={tabs} />
      </div>
    </div>
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
  onChange(choice: string | null): void;
}) {
  const { t } = useTranslation();
  const now = useNow(10_000);
  const names = new Set(dangers.now.map(nameOf));
  const before = dangers.history.filter((danger) => !names.has(nameOf(danger))).reverse();
  const option = (danger: Danger) => ({
    value: choiceOf(danger, dangers),
    label: `${danger.policy} ${t('danger.version', { n: danger.version })} · ${formatBrief(danger.made, now)}`,
  });
  if (names.size + before.length < 2) return null;
  return (
    <Select
      size="small"
      value={value && choiceOf(value, dangers)}
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
