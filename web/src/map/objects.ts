// The objects of the base database on the map: vector tiles of the server, coloured by domain.
import type { LayerSpecification, Map as MapLibre, VectorTileSource } from 'maplibre-gl';
import { useEffect } from 'react';
import { DOMAIN_COLOUR } from '../lib/colours';

const SOURCE = 'objects';
const FONT = ['Noto Sans CJK SC'];
/** Deeper than this the tiles are drawn larger, not asked anew. */
const DEEPEST = 16;
/** Under the signs of incidents and devices. */
const BELOW = 'zones-fill';
/** Layers that can be clicked. */
export const OBJECT_LAYERS = ['object-dots', 'object-lines', 'object-grounds'];

const colour = [
  'match',
  ['get', 'domain'],
  ...Object.entries(DOMAIN_COLOUR).flat(),
  '#c3cbd8',
] as unknown as string;

const layers: LayerSpecification[] = [
  {
    id: 'object-grounds',
    type: 'fill',
    source: SOURCE,
    'source-layer': 'grounds',
    paint: { 'fill-color': colour, 'fill-opacity': 0.25, 'fill-outline-color': colour },
  },
  {
    id: 'object-lines',
    type: 'line',
    source: SOURCE,
    'source-layer': 'lines',
    layout: { 'line-cap': 'round' },
    paint: {
      'line-color': colour,
      // From afar the streets of a town are a blot that hides what happens there.
      'line-opacity': ['interpolate', ['linear'], ['zoom'], 9, 0.3, 14, 0.8],
      'line-width': ['interpolate', ['linear'], ['zoom'], 8, 1, 14, 3],
    },
  },
  {
    id: 'object-dots',
    type: 'circle',
    source: SOURCE,
    'source-layer': 'dots',
    paint: {
      'circle-color': colour,
      'circle-opacity': 0.9,
      'circle-radius': ['interpolate', ['linear'], ['get', 'n'], 1, 3, 10, 4.5, 100, 7, 2000, 11],
      'circle-stroke-color': '#081222',
      'circle-stroke-width': 0.8,
    },
  },
  {
    id: 'object-names',
    type: 'symbol',
    source: SOURCE,
    'source-layer': 'dots',
    minzoom: 14,
    filter: ['has', 'name'],
    layout: {
      'text-field': ['get', 'name'],
      'text-font': FONT,
      'text-size': 12,
      'text-anchor': 'top',
      'text-offset': [0, 0.5],
      'text-optional': true,
    },
    paint: { 'text-color': '#dfe9fb', 'text-halo-color': '#081222', 'text-halo-width': 1.4 },
  },
];

/** Shows the objects of these kinds; none when there is none. */
export function useObjectLayers(
  map: MapLibre | null,
  kinds: readonly string[],
  below: string = BELOW,
) {
  const wanted = kinds.join(',');
  useEffect(() => {
    if (!map) return;
    const tiles = [
      `${location.origin}/api/v1/base/tiles/{z}/{x}/{y}?kinds=${encodeURIComponent(wanted)}`,
    ];
    const source = map.getSource<VectorTileSource>(SOURCE);
    if (source) {
      source.setTiles(tiles);
    } else if (wanted) {
      map.addSource(SOURCE, { type: 'vector', tiles, maxzoom: DEEPEST });
      for (const layer of layers) map.addLayer(layer, below);
    }
    const visibility = wanted ? 'visible' : 'none';
    for (const { id } of layers) {
      if (map.getLayer(id)) map.setLayoutProperty(id, 'visibility', visibility);
    }
  }, [map, wanted, below]);
}
