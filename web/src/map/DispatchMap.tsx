import type { GeoJSONSource, Map as MapLibre, MapMouseEvent } from 'maplibre-gl';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useClosures } from '../api/danger';
import type { Dispatch } from '../api/dispatch';
import { useAreas, useOpenIncidents } from '../api/queries';
import { SORT_COLOUR, SORT_SIGN } from '../lib/colours';
import { useIncidentName, useSpan } from '../lib/text';
import { useMapBox } from './box';
import { closureFeatures, levelFeatures, zoneLevels } from './danger';
import { LOWEST } from './dangerStyle';
import { areaLabels } from './data';
import { boundsOfPlaces, lineFeatures, sceneFeatures, sourceFeatures } from './dispatch';
import { DISPATCH_STYLE, type DispatchSource } from './dispatchStyle';
import { useObjectLayers } from './objects';

declare global {
  interface Window {
    /** For tests: the map of dispatch. */
    __helanDispatchMap?: MapLibre;
  }
}

/** Room around what is to be seen. */
const PADDING = 50;
/** The legend lies at the foot. */
const ROOM = { top: PADDING, right: PADDING, bottom: 90, left: PADDING };
/** A single incident is looked at from here. */
const CLOSEST = 13;
/** Fingers are not exact: what is this near counts as touched, in pixels. */
const TOUCH = 8;
const ROADS = ['road'];
/** From farther away streets are a blot, and look like a sign. */
const ROADS_FROM = 11;
const NONE: never[] = [];

interface Props {
  dispatch: Dispatch | null;
  chosen: number | null;
  /** The way of the chosen line by road, when one is known. */
  way: GeoJSON.LineString | null;
  onChosen(line: number): void;
}

/** Incidents, and who and what is sent to each. */
export default function DispatchMap({ dispatch, chosen, way, onChosen }: Props) {
  const { t, i18n } = useTranslation();
  const span = useSpan();
  const { language } = i18n;
  const wordsOf = useIncidentName();
  const { box, map, failed } = useMapBox(DISPATCH_STYLE, PADDING);
  const areas = useAreas().data;
  const open = useOpenIncidents().data;
  const closures = useClosures();
  useObjectLayers(map, ROADS, LOWEST);
  useEffect(() => {
    if (map?.getLayer('object-lines')) map.setLayerZoomRange('object-lines', ROADS_FROM, 24);
  }, [map]);

  useEffect(() => {
    window.__helanDispatchMap = map ?? undefined;
  }, [map]);

  const draw = useRef((_id: DispatchSource, _data: GeoJSON.FeatureCollection) => {});
  draw.current = (id, data) => void map?.getSource<GeoJSONSource>(id)?.setData(data);

  useEffect(() => {
    if (!map || !areas) return;
    draw.current('areas', areas);
    draw.current('area-names', areaLabels(areas, language));
  }, [map, areas, language]);

  // Before there is a proposal, at least the incidents stand on the map.
  const scenes = dispatch?.incidents ?? open ?? NONE;
  const words = useRef(wordsOf);
  words.current = wordsOf;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the words are those of the language
  useEffect(() => {
    if (!map) return;
    const nameOf = (id: number) => {
      const scene = scenes.find((one) => one.id === id);
      return `${id} ${scene ? words.current(scene) : ''}`;
    };
    draw.current('scenes', sceneFeatures(scenes, nameOf));
  }, [map, scenes, language]);
  useEffect(() => {
    if (!map || !dispatch) return;
    draw.current('lines', lineFeatures(dispatch, chosen));
    draw.current('places', sourceFeatures(dispatch, chosen, span));
  }, [map, dispatch, chosen, span]);
  useEffect(() => {
    if (map) draw.current('levels', levelFeatures((open ?? []).flatMap(zoneLevels)));
  }, [map, open]);
  useEffect(() => {
    if (map) draw.current('closures', closureFeatures(closures, NONE));
  }, [map, closures]);
  useEffect(() => {
    if (!map) return;
    const features = way ? [{ type: 'Feature' as const, geometry: way, properties: {} }] : [];
    draw.current('way', { type: 'FeatureCollection', features });
  }, [map, way]);

  // The map goes where things happen, once for each proposal.
  const about = dispatch ? `${dispatch.id}` : `${scenes.length}`;
  const places = [...scenes, ...(dispatch?.lines ?? NONE)].map(({ position }) => position);
  const bounds = boundsOfPlaces(places);
  const wanted = useRef(bounds);
  wanted.current = bounds;
  const seen = useRef('');
  useEffect(() => {
    if (!map || !wanted.current || seen.current === about) return;
    seen.current = about;
    map.fitBounds(wanted.current, { padding: ROOM, maxZoom: CLOSEST, duration: 0 });
  }, [map, about]);

  // Whoever chooses a line wants to see both its ends.
  const line = dispatch?.lines.find((one) => one.line === chosen);
  const scene = dispatch?.incidents.find((one) => one.id === line?.incident);
  const ends = useRef<ReturnType<typeof boundsOfPlaces>>(null);
  ends.current = line ? boundsOfPlaces([line.position, scene?.position ?? null]) : null;
  useEffect(() => {
    if (!map || chosen === null || !ends.current) return;
    map.fitBounds(ends.current, { padding: ROOM, maxZoom: CLOSEST, duration: 0 });
  }, [map, chosen]);

  const choose = useRef(onChosen);
  choose.current = onChosen;
  useEffect(() => {
    if (!map) return;
    const click = ({ point: { x, y } }: MapMouseEvent) => {
      const [place] = map.queryRenderedFeatures(
        [
          [x - TOUCH, y - TOUCH],
          [x + TOUCH, y + TOUCH],
        ],
        { layers: ['places-dot'] },
      );
      if (place) choose.current(Number(place.properties.line));
    };
    map.on('click', click);
    return () => {
      map.off('click', click);
    };
  }, [map]);

  return (
    <section className="map" data-testid="dispatch-map" aria-label={t('dispatch.map')}>
      <div ref={box} className="map-box" />
      {failed && <p className="map-failed">{t('map.failed')}</p>}
      <ul className="dispatch-legend">
        <li>
          <span aria-hidden="true" className="legend-scene" /> {t('dispatch.sort.incident')}
        </li>
        {(['force', 'goods', 'beds'] as const).map((sort) => (
          <li key={sort}>
            <span aria-hidden="true" style={{ color: SORT_COLOUR[sort] }}>
              {SORT_SIGN[sort]}
            </span>{' '}
            {t(`dispatch.sort.${sort}`)}
          </li>
        ))}
        {closures.length > 0 && (
          <li>
            <span aria-hidden="true" className="legend-closed" /> {t('dispatch.closed')}
          </li>
        )}
        <li>
          <span aria-hidden="true" className="legend-dash" /> {t('dispatch.belongs')}
        </li>
        <li>
          <span aria-hidden="true" className="legend-way" /> {t('dispatch.way')}
        </li>
      </ul>
    </section>
  );
}
