import type { GeoJSONSource, MapMouseEvent, StyleSpecification } from 'maplibre-gl';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useAreas } from '../api/queries';
import type { Colour } from '../api/risk';
import { useMe } from '../app/session';
import { countiesOf } from '../lib/areas';
import { RISK_COLOUR } from '../lib/colours';
import { useMapBox } from './box';
import { areaLabels, boundsOf } from './data';

/** What stands on the map beside the counties. */
export interface RiskPoint {
  id: string;
  lon: number;
  lat: number;
  colour: Colour;
  /** A cell of the ground is drawn as a square without an edge. */
  cell?: boolean;
}

interface Props {
  /** Colours of the counties, by code. */
  counties?: ReadonlyMap<number, Colour>;
  points?: RiskPoint[];
  onCounty?(code: number): void;
  onPoint?(id: string): void;
}

const EMPTY: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };
/** Room around the area that fills the map. */
const PADDING = 20;
/** Fingers are not exact: what is this near counts as touched, in pixels. */
const TOUCH = 5;

const colourOf = [
  'match',
  ['get', 'colour'],
  ...Object.entries(RISK_COLOUR).flat(),
  '#22344f',
] as unknown as string;

const plain = { type: 'geojson' as const, data: EMPTY };
const style: StyleSpecification = {
  version: 8,
  sources: { areas: plain, labels: plain, points: plain },
  layers: [
    { id: 'ground', type: 'background', paint: { 'background-color': '#081222' } },
    {
      id: 'areas',
      type: 'fill',
      source: 'areas',
      paint: { 'fill-color': colourOf, 'fill-opacity': 0.45 },
    },
    {
      id: 'areas-line',
      type: 'line',
      source: 'areas',
      paint: { 'line-color': '#7fa3d8', 'line-width': 1 },
    },
    {
      id: 'cells',
      type: 'circle',
      source: 'points',
      filter: ['get', 'cell'],
      paint: {
        'circle-color': colourOf,
        'circle-opacity': 0.55,
        'circle-radius': ['interpolate', ['exponential', 2], ['zoom'], 6, 2, 12, 60],
      },
    },
    {
      id: 'points',
      type: 'circle',
      source: 'points',
      filter: ['!', ['get', 'cell']],
      paint: {
        'circle-color': colourOf,
        'circle-radius': 6,
        'circle-stroke-color': '#081222',
        'circle-stroke-width': 1.5,
      },
    },
    {
      id: 'names',
      type: 'symbol',
      source: 'labels',
      layout: {
        'text-field': ['get', 'name'],
        'text-font': ['Noto Sans CJK SC'],
        'text-size': 12,
      },
      paint: { 'text-color': '#ffffff', 'text-halo-color': '#081222', 'text-halo-width': 1.4 },
    },
  ],
};

/** The counties in four colours, and objects on them. */
export default function RiskMap({ counties, points, onCounty, onPoint }: Props) {
  const { t, i18n } = useTranslation();
  const { area } = useMe();
  const areas = useAreas().data;
  const { box, map, failed } = useMapBox(style, PADDING);
  const told = useRef({ onCounty, onPoint });
  told.current = { onCounty, onPoint };

  useEffect(() => {
    if (!map) return;
    const click = ({ point }: MapMouseEvent) => {
      const near: [[number, number], [number, number]] = [
        [point.x - TOUCH, point.y - TOUCH],
        [point.x + TOUCH, point.y + TOUCH],
      ];
      const object = map.queryRenderedFeatures(near, { layers: ['points'] })[0];
      if (object) return told.current.onPoint?.(String(object.properties.id));
      const county = map.queryRenderedFeatures(point, { layers: ['areas'] })[0];
      if (county) told.current.onCounty?.(Number(county.properties.code));
    };
    map.on('click', click);
    return () => {
      map.off('click', click);
    };
  }, [map]);

  useEffect(() => {
    if (!map || !areas) return;
    const own = countiesOf(areas, area) ?? areas;
    const features = own.features.map((feature) => ({
      ...feature,
      properties: {
        ...feature.properties,
        colour: counties?.get(feature.properties.code) ?? '',
      },
    }));
    map.getSource<GeoJSONSource>('areas')?.setData({ type: 'FeatureCollection', features });
    map.getSource<GeoJSONSource>('labels')?.setData(areaLabels(own, i18n.language));
  }, [map, areas, area, counties, i18n.language]);

  useEffect(() => {
    const bounds = boundsOf(countiesOf(areas, area));
    if (map && bounds) map.fitBounds(bounds, { padding: PADDING, duration: 0 });
  }, [map, areas, area]);

  useEffect(() => {
    if (!map) return;
    const features = (points ?? []).map(({ lon, lat, ...properties }) => ({
      type: 'Feature' as const,
      geometry: { type: 'Point' as const, coordinates: [lon, lat] },
      properties: { ...properties, cell: properties.cell ?? false },
    }));
    map.getSource<GeoJSONSource>('points')?.setData({ type: 'FeatureCollection', features });
  }, [map, points]);

  return (
    <section className="risk-map" data-testid="risk-map" aria-label={t('risk.map')}>
      <div ref={box} className="map-box" />
      {failed && <p className="map-failed">{t('map.failed')}</p>}
    </section>
  );
}
