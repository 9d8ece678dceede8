// Sources and layers of the map of one danger.
import type { LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import { SEVERITY_COLOUR } from '../lib/colours';

const EMPTY: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };
export const FONT = ['Noto Sans CJK SC'];
export const plain = (): SourceSpecification => ({ type: 'geojson', data: EMPTY });

export const DANGER_SOURCES = [
  'areas',
  'area-names',
  'levels',
  'level-names',
  'what-if',
  'what-if-names',
  'closures',
  'corners',
  'ways',
  'blocks',
  'shelters',
  'forces',
  'origin',
] as const;
export type DangerSource = (typeof DANGER_SOURCES)[number];

/** The lowest layer of what this map is about: grounds, roads and objects lie under it. */
export const LOWEST = 'levels-fill';

export const severity = [
  'match',
  ['get', 'severity'],
  ...Object.entries(SEVERITY_COLOUR).flatMap(([word, colour]) => [Number(word), colour]),
  '#69b1ff',
] as unknown as string;

/** Ways, blocks and roads of what is only supposed: no level, way or closure has this colour. */
const SUPPOSED_COLOUR = '#d3adf7';

const closed = [
  'match',
  ['get', 'state'],
  ['if-closed', 'if-open'],
  SUPPOSED_COLOUR,
  '#ff85c0',
] as unknown as string;

export const halo = { 'text-halo-color': '#081222', 'text-halo-width': 2 };

/** Counties with their names: what lies under every map of what happens. */
export const GROUND: LayerSpecification[] = [
  { id: 'ground', type: 'background', paint: { 'background-color': '#081222' } },
  {
    id: 'areas-fill',
    type: 'fill',
    source: 'areas',
    paint: { 'fill-color': '#122746', 'fill-opacity': 0.9 },
  },
  {
    id: 'areas-line',
    type: 'line',
    source: 'areas',
    paint: { 'line-color': '#4a74b0', 'line-width': 1.2 },
  },
  {
    id: 'area-names',
    type: 'symbol',
    source: 'area-names',
    layout: { 'text-field': ['get', 'name'], 'text-font': FONT, 'text-size': 12 },
    paint: { 'text-color': '#b9cdec', ...halo },
  },
];

export const DANGER_STYLE: StyleSpecification = {
  version: 8,
  sources: Object.fromEntries(DANGER_SOURCES.map((id) => [id, plain()])),
  layers: [
    ...GROUND,
    {
      id: LOWEST,
      type: 'fill',
      source: 'levels',
      paint: { 'fill-color': severity, 'fill-opacity': 0.24 },
    },
    {
      id: 'levels-line',
      type: 'line',
      source: 'levels',
      paint: { 'line-color': severity, 'line-width': 2 },
    },
    {
      id: 'what-if-line',
      type: 'line',
      source: 'what-if',
      paint: { 'line-color': severity, 'line-width': 3, 'line-dasharray': [2, 1.4] },
    },
    {
      id: 'closures-fill',
      type: 'fill',
      source: 'closures',
      paint: {
        'fill-color': closed,
        'fill-opacity': ['match', ['get', 'state'], 'if-open', 0.04, 0.25],
      },
    },
    {
      id: 'closures-line',
      type: 'line',
      source: 'closures',
      paint: { 'line-color': closed, 'line-width': 2, 'line-dasharray': [1, 1] },
    },
    {
      id: 'ways-line',
      type: 'line',
      source: 'ways',
      filter: ['!', ['get', 'supposed']],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: {
        'line-color': ['case', ['get', 'chosen'], '#ffffff', '#49c774'],
        'line-width': ['case', ['get', 'chosen'], 5, 2.5],
        'line-opacity': 0.85,
      },
    },
    {
      id: 'ways-if',
      type: 'line',
      source: 'ways',
      filter: ['get', 'supposed'],
      paint: {
        'line-color': ['case', ['get', 'chosen'], '#ffffff', SUPPOSED_COLOUR],
        'line-width': ['case', ['get', 'chosen'], 5, 3],
        'line-dasharray': [2, 1.2],
      },
    },
    {
      id: 'shelters-dot',
      type: 'circle',
      source: 'shelters',
      filter: ['get', 'used'],
      paint: {
        'circle-color': ['case', ['get', 'full'], '#ff4d4f', '#49c774'],
        'circle-radius': 7,
        'circle-stroke-color': '#ffffff',
        'circle-stroke-width': 2,
      },
    },
    {
      id: 'shelters-idle',
      type: 'circle',
      source: 'shelters',
      filter: ['!', ['get', 'used']],
      minzoom: 10,
      paint: {
        'circle-color': '#081222',
        'circle-radius': 4,
        'circle-stroke-color': '#49c774',
        'circle-stroke-width': 1.5,
      },
    },
    {
      id: 'blocks-dot',
      type: 'circle',
      source: 'blocks',
      paint: {
        'circle-color': [
          'match',
          ['get', 'state'],
          'left',
          '#ff4d4f',
          'shelter',
          '#69b1ff',
          '#dfe9fb',
        ],
        'circle-radius': ['interpolate', ['linear'], ['get', 'people'], 1, 4, 200, 7, 2000, 12],
        // Whoever is told to leave and had better stay inside has a blue ring.
        'circle-stroke-color': [
          'case',
          ['get', 'chosen'],
          '#ffffff',
          ['get', 'inside'],
          '#69b1ff',
          ['get', 'supposed'],
          SUPPOSED_COLOUR,
          '#081222',
        ],
        'circle-stroke-width': [
          'case',
          ['any', ['get', 'chosen'], ['get', 'inside'], ['get', 'supposed']],
          3,
          1.5,
        ],
      },
    },
    {
      id: 'forces-dot',
      type: 'circle',
      source: 'forces',
      paint: {
        'circle-color': '#f48fb1',
        'circle-radius': 5,
        'circle-stroke-color': '#081222',
        'circle-stroke-width': 1.5,
      },
    },
    {
      id: 'corners-dot',
      type: 'circle',
      source: 'corners',
      paint: { 'circle-color': '#ff85c0', 'circle-radius': 5 },
    },
    {
      id: 'origin-dot',
      type: 'circle',
      source: 'origin',
      paint: {
        'circle-color': '#d3222a',
        'circle-radius': 7,
        'circle-stroke-color': '#ffffff',
        'circle-stroke-width': 3,
      },
    },
    {
      id: 'block-names',
      type: 'symbol',
      source: 'blocks',
      minzoom: 10,
      layout: {
        'text-field': ['get', 'label'],
        'text-font': FONT,
        'text-size': 11,
        'text-anchor': 'left',
        'text-offset': [0.9, 0],
      },
      paint: { 'text-color': '#ffffff', ...halo },
    },
    {
      id: 'force-names',
      type: 'symbol',
      source: 'forces',
      layout: {
        'text-field': ['get', 'label'],
        'text-font': FONT,
        'text-size': 11,
        'text-anchor': 'top',
        'text-offset': [0, 0.6],
        'text-optional': true,
      },
      paint: { 'text-color': '#f7b7cd', ...halo },
    },
    {
      id: 'shelter-names',
      type: 'symbol',
      source: 'shelters',
      filter: ['get', 'used'],
      layout: {
        'text-field': ['get', 'label'],
        'text-font': FONT,
        'text-size': 12,
        'text-anchor': 'top',
        'text-offset': [0, 0.8],
      },
      paint: { 'text-color': '#b7f0c6', ...halo },
    },
    ...(['level-names', 'what-if-names'] as const).map((id) => ({
      id,
      type: 'symbol' as const,
      source: id,
      layout: {
        'text-field': ['get', 'label'] as unknown as string,
        'text-font': FONT,
        'text-size': 13,
        'text-variable-anchor': ['bottom', 'top', 'left', 'right'] as (
          | 'bottom'
          | 'top'
          | 'left'
          | 'right'
        )[],
        'text-radial-offset': 0.4,
        // Of small areas at the source one name has room; the others come when one goes nearer.
        'symbol-sort-key': ['get', 'order'] as unknown as number,
      },
      paint: { 'text-color': severity, ...halo },
    })),
  ],
};
