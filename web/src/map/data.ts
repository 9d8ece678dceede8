// From what the server tells to what the map draws. Pure.
import {
  type Areas,
  DEVICE_STATES,
  type DeviceState,
  type Incident,
  type MapDevices,
} from '../api/types';
import { pickText } from '../lib/text';

/** Larger is worse: clusters take the largest. */
export const rankOf = (state: DeviceState) => DEVICE_STATES.length - DEVICE_STATES.indexOf(state);
export const stateOfRank = (rank: number): DeviceState =>
  DEVICE_STATES[DEVICE_STATES.length - rank] ?? 'unknown';

type Points<P> = GeoJSON.FeatureCollection<GeoJSON.Point, P>;

export function deviceFeatures(
  devices: MapDevices | undefined,
  hidden: ReadonlySet<DeviceState>,
): Points<{ key: string; state: DeviceState; rank: number }> {
  const features: Points<{ key: string; state: DeviceState; rank: number }>['features'] = [];
  devices?.keys.forEach((key, row) => {
    const state = devices.state[row] ?? 'unknown';
    const lon = devices.lon[row];
    const lat = devices.lat[row];
    if (lon === undefined || lat === undefined || hidden.has(state)) return;
    features.push({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [lon, lat] },
      properties: { key, state, rank: rankOf(state) },
    });
  });
  return { type: 'FeatureCollection', features };
}

type Line = GeoJSON.Position[];

/** Twice the area of a ring, with the sign of its direction. */
function ringArea(ring: Line): number {
  let sum = 0;
  for (let i = 0; i + 1 < ring.length; i++) {
    const [x1 = 0, y1 = 0] = ring[i] ?? [];
    const [x2 = 0, y2 = 0] = ring[i + 1] ?? [];
    sum += x1 * y2 - x2 * y1;
  }
  return sum;
}

function centroid(ring: Line): [number, number] {
  let x = 0;
  let y = 0;
  let sum = 0;
  for (let i = 0; i + 1 < ring.length; i++) {
    const [x1 = 0, y1 = 0] = ring[i] ?? [];
    const [x2 = 0, y2 = 0] = ring[i + 1] ?? [];
    const cross = x1 * y2 - x2 * y1;
    x += (x1 + x2) * cross;
    y += (y1 + y2) * cross;
    sum += cross;
  }
  return sum === 0 ? [ring[0]?.[0] ?? 0, ring[0]?.[1] ?? 0] : [x / (3 * sum), y / (3 * sum)];
}

const ringsOf = (geometry: GeoJSON.Geometry): Line[] => {
  if (geometry.type === 'Polygon') return geometry.coordinates.slice(0, 1);
  if (geometry.type === 'MultiPolygon') return geometry.coordinates.flatMap((p) => p.slice(0, 1));
  return [];
};

/** Where a label of an area stands: in the middle of its largest part. One label for each area. */
export function labelPoint(geometry: GeoJSON.Geometry): [number, number] | null {
  if (geometry.type === 'Point')
    return [geometry.coordinates[0] ?? 0, geometry.coordinates[1] ?? 0];
  const largest = ringsOf(geometry).sort(
    (a, b) => Math.abs(ringArea(b)) - Math.abs(ringArea(a)),
  )[0];
  return largest ? centroid(largest) : null;
}

/** Areas as they are drawn: those of the signed-in person stand out. */
export function areaFeatures(areas: Areas, own: Areas | undefined): GeoJSON.FeatureCollection {
  const codes = new Set(own?.features.map((f) => f.properties.code));
  const features = areas.features.map((feature) => {
    const { properties } = feature;
    return { ...feature, properties: { ...properties, own: codes.has(properties.code) } };
  });
  return { ...areas, features };
}

export function areaLabels(areas: Areas | undefined, language: string): Points<{ name: string }> {
  const features: Points<{ name: string }>['features'] = [];
  for (const area of areas?.features ?? []) {
    const at = labelPoint(area.geometry);
    const { name, name_en } = area.properties;
    if (!at) continue;
    features.push({
      type: 'Feature',
      geometry: { type: 'Point', coordinates: at },
      properties: { name: language === 'en' ? name_en : name },
    });
  }
  return { type: 'FeatureCollection', features };
}

/** West, south, east and north of everything. */
export function boundsOf(areas: Areas | undefined): [number, number, number, number] | null {
  let bounds: [number, number, number, number] | null = null;
  for (const area of areas?.features ?? []) {
    for (const ring of ringsOf(area.geometry)) {
      for (const [lon = 0, lat = 0] of ring) {
        bounds = bounds
          ? [
              Math.min(bounds[0], lon),
              Math.min(bounds[1], lat),
              Math.max(bounds[2], lon),
              Math.max(bounds[3], lat),
            ]
          : [lon, lat, lon, lat];
      }
    }
  }
  return bounds;
}

export function incidentFeatures(
  incidents: Incident[],
  language: string,
): Points<{ id: number; name: string }> {
  return {
    type: 'FeatureCollection',
    features: incidents.flatMap(({ id, position, name }) =>
      position
        ? [
            {
              type: 'Feature' as const,
              geometry: { type: 'Point' as const, coordinates: [position.lon, position.lat] },
              properties: { id, name: pickText(name, language) },
            },
          ]
        : [],
    ),
  };
}

interface ZoneShown {
  action: string;
  label: string;
  /** Where the label stands, seen from its point. */
  side: 'above' | 'below' | 'right';
}
interface Ring {
  action: string;
  /** Order from the inside, from 0: rings lie around each other. */
  order: number;
}
export interface ZonesShown {
  /** Zones with an outline. */
  shapes: GeoJSON.FeatureCollection;
  /** Zones without one (a room, a stair): rings of a fixed size on screen that claim no extent on the ground. */
  rings: Points<Ring>;
  labels: Points<ZoneShown>;
}

/** Danger areas of an incident, innermost first as they come, and the points that carry their labels. */
export function zoneFeatures(incident: Incident | undefined, language: string): ZonesShown {
  const shapes: GeoJSON.Feature[] = [];
  const rings: Points<Ring>['features'] = [];
  const labels: Points<ZoneShown>['features'] = [];
  const words: string[] = [];
  for (const zone of incident?.zones ?? []) {
    const { action } = zone.properties;
    const label = pickText(zone.properties.name, language);
    if (!zone.geometry) continue;
    if (zone.geometry.type === 'Point') {
      const properties = { action, order: rings.length };
      rings.push({ type: 'Feature', geometry: zone.geometry, properties });
      words.push(label);
      continue;
    }
    // The last one drawn lies on top: the innermost.
    shapes.unshift({ type: 'Feature', geometry: zone.geometry, properties: { action } });
    const below = shapes.length % 2 === 1;
    const coordinates = farEnd(zone.geometry, below);
    if (coordinates) {
      const properties = { action, label, side: below ? ('below' as const) : ('above' as const) };
      labels.push({ type: 'Feature', geometry: { type: 'Point', coordinates }, properties });
    }
  }
  const place = rings[0];
  if (place) {
    const properties = {
      action: place.properties.action,
      label: words.join('\n'),
      side: 'right' as const,
    };
    labels.push({ type: 'Feature', geometry: place.geometry, properties });
  }
  rings.reverse();
  const collection = <F>(features: F[]) => ({ type: 'FeatureCollection' as const, features });
  return { shapes: collection(shapes), rings: collection(rings), labels: collection(labels) };
}

/** The northern or southern end of a shape: labels of nested zones then do not lie on each other. */
function farEnd(geometry: GeoJSON.Geometry, south: boolean): GeoJSON.Position | null {
  const sign = south ? -1 : 1;
  return ringsOf(geometry)
    .flat()
    .reduce<GeoJSON.Position | null>(
      (best, p) => (best === null || sign * (p[1] ?? 0) > sign * (best[1] ?? 0) ? p : best),
      null,
    );
}
