import {
  type GeoJSONSource,
  Map as MapLibre,
  type MapMouseEvent,
  NavigationControl,
  ScaleControl,
} from 'maplibre-gl';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { objectOf, useKinds } from '../api/base';
import { useAreas, useIncident, useMapDevices, useOpenIncidents } from '../api/queries';
import type { DeviceState } from '../api/types';
import { useMe } from '../app/session';
import { countiesOf } from '../lib/areas';
import { useShownKinds } from '../lib/layers';
import { selection, useSelection } from '../lib/selection';
import { foldCredit, NINGXIA } from './box';
import {
  areaFeatures,
  areaLabels,
  boundsOf,
  deviceFeatures,
  incidentFeatures,
  zoneFeatures,
} from './data';
import { mapIcons } from './icons';
import { OBJECT_LAYERS, useObjectLayers } from './objects';
import { CLUSTER_MAX_ZOOM, STYLE } from './style';

/** Devices are drawn anew at most so often, however many change. */
const REDRAW_MS = 800;
/** Devices listed when several stand at one place. */
const CHOOSER_MAX = 50;

declare global {
  interface Window {
    /** For tests: the map has drawn counties and devices. */
    __helanMapReady?: boolean;
    __helanMap?: MapLibre;
  }
}

/** The last view, kept while other pages are shown; the next person starts at their own area. */
let lastView: { account: string; center: [number, number]; zoom: number } | null = null;
/** Room around an area that fills the map. */
const HOME_PADDING = 24;

interface Props {
  hidden: ReadonlySet<DeviceState>;
  onSeveral(keys: string[]): void;
  /** When given, the next click is about the place itself. */
  onPlace?(at: { lon: number; lat: number }): void;
}

export default function MapView({ hidden, onSeveral, onPlace }: Props) {
  const { t } = useTranslation();
  const { account } = useMe();
  const box = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<MapLibre | null>(null);
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    if (!box.current) return;
    let made: MapLibre;
    try {
      made = new MapLibre({
        container: box.current,
        style: STYLE,
        ...(lastView?.account === account
          ? { center: lastView.center, zoom: lastView.zoom }
          : { bounds: NINGXIA, fitBoundsOptions: { padding: HOME_PADDING } }),
        fadeDuration: 0,
        dragRotate: false,
        pitchWithRotate: false,
        attributionControl: { compact: true, customAttribution: t('map.credit') },
        localIdeographFontFamily: "'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif",
      });
    } catch {
      setFailed(true);
      return;
    }
    window.__helanMapReady = false;
    window.__helanMap = made;
    made.addControl(new NavigationControl({ showCompass: false }), 'top-right');
    made.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-right');
    made.touchZoomRotate.disableRotation();
    made.on('load', () => {
      for (const icon of mapIcons()) made.addImage(icon.name, icon.data, { pixelRatio: 1 });
      foldCredit(made);
      setMap(made);
    });
    return () => {
      const { lng, lat } = made.getCenter();
      lastView = { account, center: [lng, lat], zoom: made.getZoom() };
      setMap(null);
      made.remove();
      window.__helanMapReady = false;
      window.__helanMap = undefined;
    };
  }, [t, account]);

  useHome(map);
  useLayers(map, hidden);
  useObjectLayers(map, useKnownShown());
  useFlights(map);
  useClicks(map, onSeveral, onPlace);

  return (
    <section className="map" data-testid="map" aria-label={t('map.label')}>
      <div ref={box} className="map-box" />
      {failed && <p className="map-failed">{t('map.failed')}</p>}
    </section>
  );
}

/** Kinds that are shown and are there: a kind of another server would be refused. */
function useKnownShown() {
  const shown = useShownKinds();
  const kinds = useKinds().data;
  return useMemo(
    () => (kinds ?? []).map((kind) => kind.key).filter((kind) => shown.has(kind)),
    [kinds, shown],
  );
}

const source = (map: MapLibre, id: string) => map.getSource<GeoJSONSource>(id);

/** Where the counties of the signed-in person lie; the region before they are known. */
function useHomeBounds() {
  const { area } = useMe();
  const areas = useAreas().data;
  return useMemo(() => boundsOf(countiesOf(areas, area)), [areas, area]);
}

/** A map that was not looked at before opens on the person's own area. */
function useHome(map: MapLibre | null) {
  const { account } = useMe();
  const home = useHomeBounds();
  const shown = useRef<MapLibre | null>(null);
  useEffect(() => {
    if (!map || !home || shown.current === map) return;
    shown.current = map;
    if (lastView?.account !== account) map.fitBounds(home, { padding: HOME_PADDING, duration: 0 });
  }, [map, home, account]);
}

function useLayers(map: MapLibre | null, hidden: ReadonlySet<DeviceState>) {
  const { i18n } = useTranslation();
  const { area } = useMe();
  const areas = useAreas().data;
  const devices = useMapDevices().data;
  const incidents = useOpenIncidents().data;
  const selected = useSelection((s) => s.incident);
  const shown = useIncident(selected).data?.incident;
  const drawn = useRef(0);

  useEffect(() => {
    if (!map || !areas) return;
    source(map, 'areas')?.setData(areaFeatures(areas, countiesOf(areas, area)));
    source(map, 'area-labels')?.setData(areaLabels(areas, i18n.language));
  }, [map, areas, area, i18n.language]);

  useEffect(() => {
    if (!map || !devices) return;
    const wait = Math.max(0, drawn.current + REDRAW_MS - Date.now());
    const timer = setTimeout(() => {
      drawn.current = Date.now();
      source(map, 'devices')?.setData(deviceFeatures(devices, hidden));
      if (!window.__helanMapReady) {
        map.once('idle', () => {
          window.__helanMapReady = true;
        });
      }
    }, wait);
    return () => clearTimeout(timer);
  }, [map, devices, hidden]);

  useEffect(() => {
    if (map) source(map, 'incidents')?.setData(incidentFeatures(incidents ?? [], i18n.language));
  }, [map, incidents, i18n.language]);

  useEffect(() => {
    if (!map) return;
    // Where an incident is over nobody has to stay away any more, though its file may still be open beside the map.
    const open = shown?.state === 'closed' ? undefined : shown;
    const { shapes, rings, labels } = zoneFeatures(open, i18n.language);
    source(map, 'zones')?.setData(shapes);
    source(map, 'zone-rings')?.setData(rings);
    source(map, 'zone-labels')?.setData(labels);
  }, [map, shown, i18n.language]);
}

function useFlights(map: MapLibre | null) {
  const fly = useSelection((s) => s.fly);
  const home = useHomeBounds() ?? NINGXIA;
  const done = useRef(0);
  useEffect(() => {
    if (!map || !fly || fly.count === done.current) return;
    done.current = fly.count;
    if (fly.zoom === 0) map.fitBounds(home, { padding: HOME_PADDING, duration: 500 });
    else map.easeTo({ center: [fly.lon, fly.lat], zoom: Math.max(fly.zoom, map.getZoom()) });
  }, [map, fly, home]);
}

const clickable = (map: MapLibre) =>
  ['incidents', 'devices', 'clusters', ...OBJECT_LAYERS].filter((layer) => map.getLayer(layer));

function useClicks(map: MapLibre | null, onSeveral: Props['onSeveral'], onPlace: Props['onPlace']) {
  const several = useRef(onSeveral);
  several.current = onSeveral;
  const place = useRef(onPlace);
  place.current = onPlace;
  useEffect(() => {
    if (!map) return;
    const click = (event: MapMouseEvent) => {
      const { lng, lat } = event.lngLat;
      if (place.current) place.current({ lon: lng, lat });
      else void hit(map, event, several.current);
    };
    const move = (event: MapMouseEvent) => {
      const over = map.queryRenderedFeatures(event.point, { layers: clickable(map) }).length > 0;
      map.getCanvas().style.cursor = over ? 'pointer' : '';
    };
    map.on('click', click);
    map.on('mousemove', move);
    return () => {
      map.off('click', click);
      map.off('mousemove', move);
    };
  }, [map]);
}

/** Here every object stands alone. */
const CLOSEST = 15;
/** Fingers are not exact: what is this near counts as touched, in pixels. */
const TOUCH = 6;

async function hit(
  map: MapLibre,
  { point }: MapMouseEvent,
  several: (keys: string[]) => void,
): Promise<void> {
  const found = map.queryRenderedFeatures(
    [
      [point.x - TOUCH, point.y - TOUCH],
      [point.x + TOUCH, point.y + TOUCH],
    ],
    { layers: clickable(map) },
  );
  const cluster = found.find((f) => f.layer.id === 'clusters');
  const devices = found.filter((f) => f.layer.id === 'devices');
  const keys = [...new Set(devices.map((f) => String(f.properties.key)))];
  const incident = found.find((f) => f.layer.id === 'incidents');
  if (keys.length > 1) return several(keys);
  if (keys[0] !== undefined) return selection.set({ device: keys[0] });
  if (cluster?.geometry.type === 'Point') {
    const id = Number(cluster.properties.cluster_id);
    const devicesSource = source(map, 'devices');
    if (!devicesSource) return;
    const zoom = await devicesSource.getClusterExpansionZoom(id);
    if (zoom > CLUSTER_MAX_ZOOM) {
      const leaves = await devicesSource.getClusterLeaves(id, CHOOSER_MAX, 0);
      return several(leaves.map((leaf) => String(leaf.properties?.key)));
    }
    const [lon = 0, lat = 0] = cluster.geometry.coordinates;
    map.easeTo({ center: [lon, lat], zoom });
    return;
  }
  if (incident) {
    return selection.set({ incident: Number(incident.properties.id), panel: 'incidents' });
  }
  const object = OBJECT_LAYERS.flatMap((layer) => found.filter((f) => f.layer.id === layer))[0];
  if (!object) return;
  if (Number(object.properties.n) > 1 && object.geometry.type === 'Point') {
    const [lon = 0, lat = 0] = object.geometry.coordinates;
    map.easeTo({ center: [lon, lat], zoom: Math.min(map.getZoom() + 2, CLOSEST) });
    return;
  }
  const opened = await objectOf(String(object.properties.kind), Number(object.id));
  if (opened) selection.set({ object: opened });
}
