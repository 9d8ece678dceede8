// Sources and layers of the map of dispatch.
import type { StyleSpecification } from 'maplibre-gl';
import { SORT_COLOUR, SORT_SIGN } from '../lib/colours';
import { DANGER_STYLE, FONT, GROUND, halo, LOWEST, plain, severity } from './dangerStyle';

const SOURCES = [
  'areas',
  'area-names',
  'levels',
  'closures',
  'lines',
  'way',
  'places',
  'scenes',
] as const;
export type DispatchSource = (typeof SOURCES)[number];

const bySort = (of: Record<string, string>, other: string) =>
  ['match', ['get', 'sort'], ...Object.entries(of).flat(), other] as unknown as string;
const colour = bySort(SORT_COLOUR, '#dfe9fb');

export const DISPATCH_STYLE: StyleSpecification = {
  version: 8,
  sources: Object.fromEntries(SOURCES.map((id) => [id, plain()])),
  layers: [
    ...GROUND,
    {
      id: LOWEST,
      type: 'fill',
      source: 'levels',
      paint: { 'fill-color': severity, 'fill-opacity': 0.2 },
    },
    {
      id: 'levels-line',
      type: 'line',
      source: 'levels',
      paint: { 'line-color': severity, 'line-width': 1.5 },
    },
    // What is closed looks the same as on the map of decisions.
    ...DANGER_STYLE.layers.filter(({ id }) => id.startsWith('closures')),
    {
      id: 'lines-line',
      type: 'line',
      source: 'lines',
      paint: {
        'line-color': ['case', ['get', 'chosen'], '#ffffff', colour],
        'line-width': ['case', ['get', 'chosen'], 3, 1.5],
        'line-opacity': ['case', ['get', 'chosen'], 1, 0.7],
        'line-dasharray': [3, 2],
      },
    },
    {
      id: 'way-line',
      type: 'line',
      source: 'way',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': '#49c774', 'line-width': 5, 'line-opacity': 0.9 },
    },
    {
      id: 'places-dot',
      type: 'symbol',
      source: 'places',
      layout: {
        'text-field': bySort(SORT_SIGN, '●'),
        'text-font': FONT,
        'text-size': ['case', ['get', 'chosen'], 22, 16],
        'text-allow-overlap': true,
        'text-ignore-placement': true,
      },
      paint: {
        'text-color': ['case', ['get', 'chosen'], '#ffffff', colour],
        'text-halo-color': '#081222',
        'text-halo-width': 2,
      },
    },
    {
      id: 'scenes-dot',
      type: 'circle',
      source: 'scenes',
      paint: {
        'circle-color': '#d3222a',
        'circle-radius': 8,
        'circle-stroke-color': '#ffffff',
        'circle-stroke-width': 3,
      },
    },
    {
      id: 'place-names',
      type: 'symbol',
      source: 'places',
      layout: {
        'text-field': ['get', 'label'],
        'text-font': FONT,
        'text-size': 11,
        'text-variable-anchor': ['top', 'bottom', 'left', 'right'],
        'text-radial-offset': 0.9,
      },
      paint: { 'text-color': colour, ...halo },
    },
    {
      id: 'scene-names',
      type: 'symbol',
      source: 'scenes',
      layout: {
        'text-field': ['get', 'label'],
        'text-font': FONT,
        'text-size': 13,
        'text-variable-anchor': ['bottom', 'top', 'left', 'right'],
        'text-radial-offset': 1.1,
      },
      paint: { 'text-color': '#ffffff', ...halo },
    },
  ],
};
