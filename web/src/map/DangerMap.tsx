import type { GeoJSONSource, Map as MapLibre, MapMouseEvent } from 'maplibre-gl';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { BlockView, Closure, DangerLevel, ForceView, ShelterView } from '../api/danger';
import { useAreas } from '../api/queries';
import type { Position } from '../api/types';
import { useLevelName } from '../components/danger/LevelTag';
import { useShownKinds } from '../lib/layers';
import { useSpan } from '../lib/text';
import { useMapBox } from './box';
import {
  blockFeatures,
  boundsOfLevels,
  closureFeatures,
  cornerFeatures,
  forceFeatures,
  levelFeatures,
  levelLabels,
  type RoadsIf,
  shelterFeatures,
  wayFeatures,
} from './danger';
import { DANGER_STYLE, type DangerSource, LOWEST } from './dangerStyle';
import { areaLabels } from './data';
import { useObjectLayers } from './objects';

declare global {
  interface Window {
    /** For tests: the map of the danger. */
    __helanDangerMap?: MapLibre;
  }
}

/** Room around the danger. */
const PADDING = 60;
/** A leak in a room is looked at from here. */
const CLOSEST = 15;
/** Fingers are not exact: what is this near counts as touched, in pixels. */
const TOUCH = 6;
/** Kind of the base database that roads are of: ways are read on them. */
const ROADS = 'road';

interface Props {
  levels: readonly DangerLevel[];
  whatIf: readonly DangerLevel[];
  source: Position | undefined;
  /** Says which danger and which what-if it is: another one moves the map there. */
  about: string;
  blocks: readonly BlockView[];
  shelters: readonly ShelterView[];
  forces: readonly ForceView[];
  closures: readonly Closure[];
  /** Corners of what is being drawn. */
  drawn: readonly Position[];
  chosen: string | null;
  /** Whether ways, shelters and teams are those of what is only supposed. */
  supposed: boolean;
  /** Whether another what-if is being reckoned: what stands here is that before it. */
  busy: boolean;
  /** Roads that are supposed to be closed or open. */
  roadsIf: RoadsIf;
  onBlock(key: string): void;
  /** When given, clicks set corners. */
  onCorner?(at: Position): void;
  onMap(map: MapLibre | null): void;
}

/** One danger: how far it reaches, the ways out, the shelters, who comes. */
export default function DangerMap(props: Props) {
  const { t, i18n } = useTranslation();
  const { box, map, failed } = useMapBox(DANGER_STYLE, PADDING);
  const areas = useAreas().data;
  const nameOf = useLevelName();
  const span = useSpan();
  const shown = useShownKinds();
  useObjectLayers(map, [...new Set([ROADS, ...shown])], LOWEST);

  const { onMap } = props;
  useEffect(() => {
    window.__helanDangerMap = map ?? undefined;
    onMap(map);
  }, [map, onMap]);

  const put = (id: DangerSource, data: GeoJSON.FeatureCollection) =>
    map?.getSource<GeoJSONSource>(id)?.setData(data);
  const draw = useRef(put);
  draw.current = put;

  useEffect(() => {
    if (!map || !areas) return;
    draw.current('areas', areas);
    draw.current('area-names', areaLabels(areas, i18n.language));
  }, [map, areas, i18n.language]);

  const { levels, whatIf, source, blocks, chosen, shelters, forces, closures, drawn } = props;
  const { supposed, roadsIf } = props;
  useEffect(() => {
    if (!map) return;
    draw.current('levels', levelFeatures(levels));
    // Beside a what-if both are named, so that nobody takes one for the other.
    const now = whatIf.length > 0 ? t('danger.mapNow') : '';
    draw.current(
      'level-names',
      levelLabels(levels, source, (level) => now + nameOf(level)),
    );
    draw.current('what-if', levelFeatures(whatIf));
    draw.current(
      'what-if-names',
      levelLabels(whatIf, source, (level) => t('danger.mapIf') + nameOf(level)),
    );
    draw.current('origin', cornerFeatures(source ? [source] : []));
  }, [map, levels, whatIf, source, nameOf, t]);
  useEffect(() => {
    if (!map) return;
    draw.current('blocks', blockFeatures(blocks, chosen, supposed));
    draw.current('ways', wayFeatures(blocks, chosen, supposed));
  }, [map, blocks, chosen, supposed]);
  useEffect(() => {
    if (map) draw.current('shelters', shelterFeatures(shelters));
  }, [map, shelters]);
  useEffect(() => {
    if (map) draw.current('forces', forceFeatures(forces, span));
  }, [map, forces, span]);
  useEffect(() => {
    if (!map) return;
    draw.current('closures', closureFeatures(closures, drawn, roadsIf));
    draw.current('corners', cornerFeatures(drawn));
  }, [map, closures, drawn, roadsIf]);

  useView(map, props);
  useClicks(map, props);

  return (
    <section className="map" data-testid="danger-map" aria-label={t('danger.map')}>
      <div ref={box} className="map-box" />
      {supposed && (
        <p className="map-if" data-testid="map-if">
          {t('whatIf.onMap')}
          {props.busy && <b> {t('whatIf.busy')}</b>}
        </p>
      )}
      {failed && <p className="map-failed">{t('map.failed')}</p>}
    </section>
  );
}

/** The map goes where the danger is, once for each. */
function useView(map: MapLibre | null, { levels, whatIf, source, about }: Props) {
  const seen = useRef<string | null>(null);
  const drawnOn = useRef<MapLibre | null>(null);
  const bounds = boundsOfLevels([...levels, ...whatIf], source);
  const wanted = useRef(bounds);
  wanted.current = bounds;
  const there = bounds !== null;
  useEffect(() => {
    if (!map || !there || !wanted.current) return;
    // In another language the map is another one, and has been nowhere yet.
    if (seen.current === about && drawnOn.current === map) return;
    seen.current = about;
    drawnOn.current = map;
    map.fitBounds(wanted.current, { padding: PADDING, maxZoom: CLOSEST, duration: 0 });
  }, [map, about, there]);
}

function useClicks(map: MapLibre | null, props: Props) {
  const told = useRef(props);
  told.current = props;
  const drawing = props.onCorner !== undefined;
  useEffect(() => {
    if (!map) return;
    map.getCanvas().style.cursor = drawing ? 'crosshair' : '';
    if (drawing) map.doubleClickZoom.disable();
    else map.doubleClickZoom.enable();
  }, [map, drawing]);
  useEffect(() => {
    if (!map) return;
    const click = ({ point, lngLat }: MapMouseEvent) => {
      const { onCorner, onBlock } = told.current;
      if (onCorner) return onCorner({ lon: lngLat.lng, lat: lngLat.lat });
      const block = map.queryRenderedFeatures(
        [
          [point.x - TOUCH, point.y - TOUCH],
          [point.x + TOUCH, point.y + TOUCH],
        ],
        { layers: ['blocks-dot'] },
      )[0];
      if (block) onBlock(String(block.properties.key));
    };
    map.on('click', click);
    return () => {
      map.off('click', click);
    };
  }, [map]);
}
