// Distances, surfaces and directions as people read them. Pure.
import type { Position } from '../api/types';

/** `850 m`, `1.8 km`. */
export function formatMetres(metres: number): string {
  if (metres < 1000) return `${Math.round(metres)} m`;
  return `${(metres / 1000).toFixed(metres < 10_000 ? 1 : 0)} km`;
}

/** `12 400 m²`, `3.1 km²`. */
export function formatSurface(m2: number): string {
  if (m2 < 100_000) return `${Math.round(m2)} m²`;
  return `${(m2 / 1e6).toFixed(m2 < 10e6 ? 2 : 0)} km²`;
}

/** Which of the eight directions, from 0 (north) clockwise. */
export const eighth = (degrees: number) => Math.round((((degrees % 360) + 360) % 360) / 45) % 8;

const METRES_OF_DEGREE = 111_195;

/** Metres between two places, as the crow flies; exact enough within a region. */
export function metresBetween(a: Position, b: Position): number {
  const north = (b.lat - a.lat) * METRES_OF_DEGREE;
  const east = (b.lon - a.lon) * METRES_OF_DEGREE * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(north, east);
}

/** Whether a place lies inside a ring. */
export function isInside([x = 0, y = 0]: GeoJSON.Position, ring: readonly Position[]): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const a = ring[i];
    const b = ring[j];
    if (!a || !b || a.lat > y === b.lat > y) continue;
    if (x < ((b.lon - a.lon) * (y - a.lat)) / (b.lat - a.lat) + a.lon) inside = !inside;
  }
  return inside;
}

type Pair = [x: number, y: number];
const turn = ([ax, ay]: Pair, [bx, by]: Pair, [cx, cy]: Pair) =>
  Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));

const meet = ([a, b]: [Pair, Pair], [c, d]: [Pair, Pair]) =>
  turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b);

/** Whether a line touches the ground within a ring. */
export function crosses(line: readonly GeoJSON.Position[], ring: readonly Position[]): boolean {
  if (ring.length < 3) return false;
  if (line.some((at) => isInside(at, ring))) return true;
  const pairs: Pair[] = line.map(([x = 0, y = 0]) => [x, y]);
  const corners: Pair[] = ring.map(({ lon, lat }) => [lon, lat]);
  for (let i = 0; i + 1 < pairs.length; i++) {
    for (let j = 0; j < corners.length; j++) {
      const [a, b] = [pairs[i], pairs[i + 1]];
      const [c, d] = [corners[j], corners[(j + 1) % corners.length]];
      if (!a || !b || !c || !d) continue;
      if (meet([a, b], [c, d])) return true;
    }
  }
  return false;
}

/** Whether the sides of a ring cross or touch each other elsewhere than at their common corner: then it goes around no ground. */
function crossesItself(ring: readonly Position[]): boolean {
  const corners: Pair[] = ring.map(({ lon, lat }) => [lon, lat]);
  const sides = corners.map((a, place): [Pair, Pair] => [
    a,
    corners[(place + 1) % corners.length] ?? a,
  ]);
  return sides.some((one, i) =>
    sides.some((other, j) => {
      const apart = Math.abs(i - j);
      return i < j && apart > 1 && apart < sides.length - 1 && meet(one, other);
    }),
  );
}

const isSame = (a: Position | undefined, b: Position | undefined) =>
  a?.lon === b?.lon && a?.lat === b?.lat;

/** What the corners that somebody set make: the ring, whether it crosses itself, whether it goes around ground. */
export function ringState(corners: readonly Position[]) {
  // A double click sets a corner twice, and whoever ends where they began has set the first one again.
  const ring = corners.filter((at, place) => place === 0 || !isSame(at, corners[place - 1]));
  while (ring.length > 1 && isSame(ring[0], ring.at(-1))) ring.pop();
  const crossed = crossesItself(ring);
  return { ring, crossed, whole: ring.length >= 3 && !crossed };
}

/** Surface within a ring, m²; exact enough within a region. */
export function surfaceOf(ring: readonly GeoJSON.Position[]): number {
  const east = METRES_OF_DEGREE * Math.cos(((ring[0]?.[1] ?? 0) * Math.PI) / 180);
  let twice = 0;
  for (let i = 0; i + 1 < ring.length; i++) {
    const [x1 = 0, y1 = 0] = ring[i] ?? [];
    const [x2 = 0, y2 = 0] = ring[i + 1] ?? [];
    twice += x1 * y2 - x2 * y1;
  }
  return (Math.abs(twice) / 2) * east * METRES_OF_DEGREE;
}
