// Sources and layers. No tiles, no glyph server: names are drawn with the fonts of the machine.
import type {
  LayerSpecification,
  SourceSpecification,
  StyleSpecification,
  VariableAnchorOffsetCollectionSpecification,
} from 'maplibre-gl';
import { DEVICE_STATES } from '../api/types';
import { ZONE_COLOUR } from '../lib/colours';
import { rankOf } from './data';

const EMPTY: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };
const FONT = ['Noto Sans CJK SC'];
/** Beyond this zoom devices stand alone, however close they are. */
export const CLUSTER_MAX_ZOOM = 15;

const plain = (): SourceSpecification => ({ type: 'geojson', data: EMPTY });

const sources: Record<string, SourceSpecification> = {
  areas: plain(),
  'area-labels': plain(),
  zones: plain(),
  'zone-rings': plain(),
  'zone-labels': plain(),
  incidents: plain(),
  devices: {
    type: 'geojson',
    data: EMPTY,
    cluster: true,
    clusterRadius: 46,
    clusterMaxZoom: CLUSTER_MAX_ZOOM,
    clusterProperties: {
      rank: ['max', ['get', 'rank']],
      alarms: ['+', ['case', ['==', ['get', 'state'], 'alarm'], 1, 0]],
    },
  },
};

/** The worst state in a cluster. */
const stateOfCluster = [
  'match',
  ['get', 'rank'],
  ...DEVICE_STATES.flatMap((state) => [rankOf(state), state]),
  'unknown',
] as unknown as string;

const zoneColour = [
  'match',
  ['get', 'action'],
  ...Object.entries(ZONE_COLOUR).flat(),
  '#69b1ff',
] as unknown as string;

/** Labels of zones: on which side of their point they stand, and how far from it (in letters). */
const SIDES: [string, 'top' | 'bottom' | 'left', [number, number]][] = [
  ['above', 'bottom', [0, -0.3]],
  ['below', 'top', [0, 0.4]],
  ['right', 'left', [4, 0]],
];

/** Where the name of an area can stand, best first: a name gives way to the signs of devices, and a long one needs more room. */
const NAME_PLACES: [string, [number, number]][] = [
  ['center', [0, 0]],
  ['top', [0, 1.7]],
  ['bottom', [0, -1.7]],
  ['left', [1.7, 0]],
  ['right', [-1.7, 0]],
  ['top-left', [1.2, 1.2]],
  ['top-right', [-1.2, 1.2]],
  ['bottom-left', [1.2, -1.2]],
  ['bottom-right', [-1.2, -1.2]],
  ['top', [0, 2.8]],
  ['bottom', [0, -2.8]],
  ['left', [2.8, 0]],
  ['right', [-2.8, 0]],
];

const layers: LayerSpecification[] = [
  { id: 'ground', type: 'background', paint: { 'background-color': '#081222' } },
  {
    id: 'areas-fill',
    type: 'fill',
    source: 'areas',
    paint: {
      'fill-color': ['case', ['get', 'own'], '#122746', '#0c1a31'],
      'fill-opacity': 0.9,
    },
  },
  {
    id: 'areas-line',
    type: 'line',
    source: 'areas',
    paint: { 'line-color': '#4a74b0', 'line-width': 1.2 },
  },
  {
    id: 'zones-fill',
    type: 'fill',
    source: 'zones',
    paint: { 'fill-color': zoneColour, 'fill-opacity': 0.22 },
  },
  {
    id: 'zones-line',
    type: 'line',
    source: 'zones',
    paint: { 'line-color': zoneColour, 'line-width': 2, 'line-dasharray': [3, 1.5] },
  },
  {
    id: 'zone-rings',
    type: 'circle',
    source: 'zone-rings',
    minzoom: 12,
    paint: {
      'circle-color': zoneColour,
      'circle-opacity': 0.18,
      'circle-radius': ['+', 26, ['*', 9, ['get', 'order']]],
      'circle-stroke-color': zoneColour,
      'circle-stroke-width': 2,
    },
  },
  {
    id: 'area-names',
    type: 'symbol',
    source: 'area-labels',
    maxzoom: 13,
    layout: {
      'text-field': ['get', 'name'],
      'text-font': FONT,
      // The whole region on a small screen has room for all names only when they are small.
      'text-size': ['interpolate', ['linear'], ['zoom'], 6.6, 11.5, 7.4, 13],
      'text-padding': 1,
      'text-variable-anchor-offset':
        NAME_PLACES.flat() as VariableAnchorOffsetCollectionSpecification,
    },
    paint: { 'text-color': '#b9cdec', 'text-halo-color': '#081222', 'text-halo-width': 1.4 },
  },
  {
    id: 'clusters',
    type: 'symbol',
    source: 'devices',
    filter: ['has', 'point_count'],
    layout: {
      'icon-image': ['concat', 'cluster-', stateOfCluster],
      'icon-size': ['step', ['get', 'point_count'], 0.75, 50, 0.9, 500, 1.15],
      'icon-allow-overlap': true,
      'text-field': [
        'case',
        ['>', ['get', 'alarms'], 0],
        [
          'concat',
          '▲',
          ['to-string', ['get', 'alarms']],
          '\n',
          ['to-string', ['get', 'point_count']],
        ],
        ['to-string', ['get', 'point_count']],
      ],
      'text-font': FONT,
      'text-size': 12,
      'text-line-height': 1,
      'text-allow-overlap': true,
      'symbol-sort-key': ['get', 'rank'],
    },
    paint: { 'text-color': '#ffffff' },
  },
  {
    id: 'devices',
    type: 'symbol',
    source: 'devices',
    filter: ['!', ['has', 'point_count']],
    layout: {
      'icon-image': ['concat', 'device-', ['get', 'state']],
      'icon-size': 0.5,
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
      'symbol-sort-key': ['get', 'rank'],
    },
  },
  {
    id: 'incidents',
    type: 'symbol',
    source: 'incidents',
    layout: {
      'icon-image': 'incident',
      'icon-anchor': 'bottom',
      'icon-offset': [0, -16],
      'icon-allow-overlap': true,
      'icon-ignore-placement': true,
      'text-field': ['get', 'name'],
      'text-font': FONT,
      'text-size': 13,
      'text-anchor': 'bottom',
      'text-offset': [0, -4.7],
      'text-allow-overlap': true,
    },
    paint: { 'text-color': '#ffffff', 'text-halo-color': '#8f1a1c', 'text-halo-width': 2 },
  },
  ...SIDES.map(
    ([side, anchor, offset]): LayerSpecification => ({
      id: `zone-names-${side}`,
      type: 'symbol',
      source: 'zone-labels',
      minzoom: 12,
      filter: ['==', ['get', 'side'], side],
      layout: {
        'text-field': ['get', 'label'],
        'text-font': FONT,
        'text-size': 13,
        'text-anchor': anchor,
        'text-offset': offset,
        'text-justify': 'left',
      },
      paint: { 'text-color': '#ffffff', 'text-halo-color': '#081222', 'text-halo-width': 2 },
    }),
  ),
];

export const STYLE: StyleSpecification = { version: 8, sources, layers };
