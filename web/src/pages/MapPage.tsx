import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKinds } from '../api/base';
import { useOpenAlarms, useOpenIncidents } from '../api/queries';
import type { DeviceState } from '../api/types';
import { useMe } from '../app/session';
import { AlarmQueue } from '../components/AlarmQueue';
import { ObjectDrawer } from '../components/base/ObjectDrawer';
import { PlaceDuty } from '../components/base/ObjectDuty';
import { DeviceChooser } from '../components/DeviceChooser';
import { DeviceDrawer } from '../components/device/DeviceDrawer';
import { Figures } from '../components/Figures';
import { IncidentPanel } from '../components/incident/IncidentPanel';
import { flyTo, type PhonePanel, selection, useSelection } from '../lib/selection';
import { Legend } from '../map/Legend';

const MapView = lazy(() => import('../map/MapView'));

/** One map 一张图: alarms on its left, incidents on its right. */
export default function MapPage() {
  const { t } = useTranslation();
  const [hidden, setHidden] = useState<ReadonlySet<DeviceState>>(new Set());
  const [several, setSeveral] = useState<string[]>([]);
  const [asking, setAsking] = useState(false);
  const [place, setPlace] = useState<{ lon: number; lat: number }>();
  const panel = useSelection((s) => s.panel);
  const { area } = useMe();
  useEscape();

  const toggle = (state: DeviceState) =>
    setHidden((old) => {
      const next = new Set(old);
      if (!next.delete(state)) next.add(state);
      return next;
    });

  return (
    <div className="main" data-panel={panel}>
      <Figures />
      <aside className="left">
        <AlarmQueue />
      </aside>
      <div className="centre">
        <Suspense fallback={<div className="map" />}>
          <MapView
            hidden={hidden}
            onSeveral={setSeveral}
            onPlace={
              asking
                ? (at) => {
                    setAsking(false);
                    setPlace(at);
                  }
                : undefined
            }
          />
        </Suspense>
        <Legend hidden={hidden} onToggle={toggle} />
        <button type="button" className="map-home" onClick={() => flyTo(0, 0, 0)}>
          {t(area === 0 ? 'map.home' : 'map.homeArea')}
        </button>
        <button
          type="button"
          className="map-home map-ask"
          aria-pressed={asking}
          data-testid="map-ask"
          onClick={() => setAsking((on) => !on)}
        >
          {t(asking ? 'duty.pick' : 'duty.ask')}
        </button>
        {place && <PlaceDuty at={place} onClose={() => setPlace(undefined)} />}
        <DeviceChooser keys={several} onClose={() => setSeveral([])} />
      </div>
      <aside className="right">
        <IncidentPanel />
      </aside>
      <PhoneTabs panel={panel} />
      <DeviceDrawer />
      <SelectedObject />
    </div>
  );
}

/** The object that was clicked on the map. */
function SelectedObject() {
  const object = useSelection((s) => s.object);
  const kind = useKinds().data?.find((k) => k.key === object?.kind);
  if (!object || !kind) return null;
  const close = () => selection.set({ object: null });
  return <ObjectDrawer key={object.key} kind={kind} objectKey={object.key} onClose={close} />;
}

/** On a narrow screen one part is shown at a time. */
function PhoneTabs({ panel }: { panel: PhonePanel }) {
  const { t } = useTranslation();
  const waiting = useOpenAlarms().data?.filter((a) => a.state === 'unacknowledged').length ?? 0;
  const open = useOpenIncidents().data?.filter((i) => i.state === 'open').length ?? 0;
  const tabs: { key: PhonePanel; label: string; count: number }[] = [
    { key: 'map', label: t('page.map'), count: 0 },
    { key: 'alarms', label: t('alarms.title'), count: waiting },
    { key: 'incidents', label: t('incidents.title'), count: open },
  ];
  return (
    <nav className="phone-tabs" aria-label={t('nav.label')}>
      {tabs.map(({ key, label, count }) => (
        <button
          key={key}
          type="button"
          aria-current={panel === key ? 'true' : undefined}
          data-testid={`tab-${key}`}
          onClick={() => selection.set({ panel: key })}
        >
          {label}
          {count > 0 && <b className="count">{count}</b>}
        </button>
      ))}
    </nav>
  );
}

/** Esc closes what lies on top: first the device, then the selected alarm. */
function useEscape() {
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      if (document.querySelector('.ant-modal-wrap:not([style*="none"])')) return;
      const { device } = selection.get();
      selection.set(device ? { device: null } : { alarm: null });
    };
    window.addEventListener('keydown', key);
    return () => window.removeEventListener('keydown', key);
  }, []);
}
