// From a danger and its ways out to what the map draws. Pure.
import type {
  BlockView,
  Closure,
  DangerLevel,
  ForceView,
  LeftView,
  ShelterView,
} from '../api/danger';
import type { Incident, Position, Protective } from '../api/types';
import { formatMetres, metresBetween, surfaceOf } from '../lib/ground';

type Points = GeoJSON.FeatureCollection<GeoJSON.Point>;

const point = ({ lon, lat }: Position, properties: GeoJSON.GeoJsonProperties) => ({
  type: 'Feature' as const,
  geometry: { type: 'Point' as const, coordinates: [lon, lat] },
  properties,
});
const collection = <F>(features: F[]) => ({ type: 'FeatureCollection' as const, features });

/** Levels with an outline, the mildest first: the worst is drawn last and lies on top. */
export function levelFeatures(levels: readonly DangerLevel[]): GeoJSON.FeatureCollection {
  return collection(
    [...levels]
      .filter((level) => level.geometry.coordinates.length > 0)
      .sort((a, b) => b.surface_m2 - a.surface_m2)
      .map(({ level, severity, geometry }) => ({
        type: 'Feature' as const,
        geometry,
        properties: { level, severity },
      })),
  );
}

/** Where each level ends, seen from the source, with its name and reach: nobody has to know the colours. */
export function levelLabels(
  levels: readonly DangerLevel[],
  source: Position | undefined,
  nameOf: (level: string) => string,
): Points {
  return collection(
    levels.flatMap(({ level, severity, geometry, reach_m }) => {
      const corners = geometry.coordinates
        .flatMap((polygon) => polygon[0] ?? [])
        .map(([lon = 0, lat = 0]) => ({ lon, lat }));
      const from = source ?? corners[0];
      if (!from) return [];
      const tip = corners.reduce<{ at: Position; metres: number } | null>((best, at) => {
        const metres = metresBetween(from, at);
        return best && best.metres >= metres ? best : { at, metres };
      }, null);
      if (!tip) return [];
      const label = `${nameOf(level)} · ${formatMetres(reach_m)}`;
      return [point(tip.at, { severity, label, order: -reach_m })];
    }),
  );
}

export const leftOf = (block: BlockView) => block.left.reduce((sum, { people }) => sum + people, 0);

/** Whether the people of a block, told to leave, are better off inside. */
export const betterInside = ({ action, stay }: BlockView) =>
  action === 'leave' && stay?.better === 'stay';

/** People who are not brought away, by reason. */
export function leftByWhy(block: BlockView): LeftView[] {
  const sums = new Map<LeftView['why'], number>();
  for (const { why, people } of block.left) sums.set(why, (sums.get(why) ?? 0) + people);
  return [...sums].map(([why, people]) => ({ why, people }));
}

export function blockFeatures(
  blocks: readonly BlockView[],
  chosen: string | null,
  supposed = false,
): Points {
  return collection(
    blocks.map((block) => {
      const left = leftOf(block);
      const words = left > 0 ? `${block.people} ✕${left}` : String(block.people);
      const inside = betterInside(block);
      return point(block.at, {
        key: block.key,
        people: block.people,
        state: left > 0 ? 'left' : block.action,
        label: inside ? `${words} ⌂` : words,
        inside,
        supposed,
        chosen: block.key === chosen,
      });
    }),
  );
}

export function wayFeatures(
  blocks: readonly BlockView[],
  chosen: string | null,
  supposed = false,
): GeoJSON.FeatureCollection {
  return collection(
    blocks.flatMap(({ key, line, by }) =>
      line
        ? [
            {
              type: 'Feature' as const,
              geometry: line,
              properties: { key, by, supposed, chosen: key === chosen },
            },
          ]
        : [],
    ),
  );
}

export function shelterFeatures(shelters: readonly ShelterView[]): Points {
  return collection(
    shelters.map(({ key, name, at, free, gets }) =>
      point(at, { key, label: `${name}\n${gets} / ${free}`, full: gets >= free, used: gets > 0 }),
    ),
  );
}

/** Minutes until a team is there; null when no road leads there. */
export const thereMin = ({ turnout_min, travel_min }: ForceView) =>
  travel_min === null ? null : turnout_min + travel_min;

/** Teams, each with the time until it is there as `span` says it. */
export function forceFeatures(
  forces: readonly ForceView[],
  span: (minutes: number) => string,
): Points {
  return collection(
    forces.map((force) => {
      const minutes = thereMin(force);
      const words = minutes === null ? '–' : span(minutes);
      return point(force.at, {
        key: `${force.kind}/${force.key}`,
        label: `${force.name} ${words}`,
      });
    }),
  );
}

/** Roads that are only supposed to be closed or open. */
export interface RoadsIf {
  close: readonly (readonly Position[])[];
  open: readonly number[];
}

const NOTHING_IF: RoadsIf = { close: [], open: [] };

/** A ring of corners as a polygon; none of fewer than three. */
function polygonOf(ring: readonly Position[]): GeoJSON.Polygon | null {
  const corners = ring.map(({ lon, lat }) => [lon, lat]);
  const [first] = corners;
  if (!first || corners.length < 3) return null;
  return { type: 'Polygon', coordinates: [[...corners, first]] };
}

/** What is closed, what is supposed to be so or not, and what somebody is drawing. */
export function closureFeatures(
  closures: readonly Closure[],
  drawn: readonly Position[],
  supposed: RoadsIf = NOTHING_IF,
): GeoJSON.FeatureCollection {
  const features: GeoJSON.Feature[] = closures.map(({ id, geometry }) => ({
    type: 'Feature',
    geometry,
    properties: { id, state: supposed.open.includes(id) ? 'if-open' : 'closed' },
  }));
  for (const ring of supposed.close) {
    const geometry = polygonOf(ring);
    if (geometry) features.push({ type: 'Feature', geometry, properties: { state: 'if-closed' } });
  }
  const corners = drawn.map(({ lon, lat }) => [lon, lat]);
  const geometry = polygonOf(drawn);
  if (geometry) {
    features.push({ type: 'Feature', geometry, properties: { state: 'drawn' } });
  } else if (corners.length === 2) {
    features.push({
      type: 'Feature',
      geometry: { type: 'LineString', coordinates: corners },
      properties: { state: 'drawn' },
    });
  }
  return collection(features);
}

export const cornerFeatures = (drawn: readonly Position[]): Points =>
  collection(drawn.map((at) => point(at, {})));

/** West, south, east and north of what is to be seen; null of nothing. */
export function boundsOfLevels(
  levels: readonly DangerLevel[],
  source: Position | undefined,
): [number, number, number, number] | null {
  const corners = levels.flatMap((level) =>
    level.geometry.coordinates.flatMap((polygon) => polygon[0] ?? []),
  );
  if (source) corners.push([source.lon, source.lat]);
  if (corners.length === 0) return null;
  const lons = corners.map(([lon = 0]) => lon);
  const lats = corners.map(([, lat = 0]) => lat);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

const WORST: Partial<Record<Protective, number>> = { leave: 3, shelter: 2, 'stay-away': 1 };

/** Zones of an incident that no model has reckoned, as levels: people inside are counted alike. */
export function zoneLevels(incident: Incident | undefined): DangerLevel[] {
  return (incident?.zones ?? []).flatMap(({ geometry, properties }) => {
    const polygons =
      geometry?.type === 'Polygon'
        ? [geometry.coordinates]
        : geometry?.type === 'MultiPolygon'
          ? geometry.coordinates
          : [];
    const severity = WORST[properties.action];
    if (polygons.length === 0 || severity === undefined) return [];
    const corners = polygons.flatMap((polygon) => polygon[0] ?? []);
    const from = incident?.position;
    const reaches = corners.map(([lon = 0, lat = 0]) =>
      from ? metresBetween(from, { lon, lat }) : 0,
    );
    return [
      {
        level: properties.action,
        severity,
        threshold: 0,
        unit: '',
        geometry: { type: 'MultiPolygon' as const, coordinates: polygons },
        reach_m: Math.max(...reaches),
        surface_m2: polygons.reduce((sum, [ring = []]) => sum + surfaceOf(ring), 0),
      },
    ];
  });
}
