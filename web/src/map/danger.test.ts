import { describe, expect, it } from 'vitest';
import type { BlockView, Closure, DangerLevel } from '../api/danger';
import { incident } from '../test/samples';
import {
  blockFeatures,
  boundsOfLevels,
  closureFeatures,
  leftByWhy,
  levelFeatures,
  levelLabels,
  thereMin,
  wayFeatures,
  zoneLevels,
} from './danger';

const square = (half: number): GeoJSON.Position[] => [
  [-half, -half],
  [half, -half],
  [half, half],
  [-half, half],
  [-half, -half],
];
const level = (name: string, severity: number, half: number): DangerLevel => ({
  level: name,
  severity,
  threshold: 1,
  unit: 'ppm',
  geometry: { type: 'MultiPolygon', coordinates: half > 0 ? [[square(half)]] : [] },
  reach_m: half * 100_000,
  surface_m2: half * half,
});
const LEVELS = [level('aegl-3', 3, 0.01), level('aegl-2', 2, 0.05), level('lel', 2, 0)];

describe('levels on the map', () => {
  it('lie on each other with the smallest on top, and an empty one is not drawn', () => {
    const drawn = levelFeatures(LEVELS).features.map((f) => f.properties?.level);
    expect(drawn).toEqual(['aegl-2', 'aegl-3']);
  });
  it('are named with their reach at the end that is farthest from the source', () => {
    const names = levelLabels(LEVELS, { lon: -0.02, lat: -0.02 }, (name) => name.toUpperCase());
    expect(names.features.map((f) => f.properties?.label)).toEqual([
      'AEGL-3 · 1.0 km',
      'AEGL-2 · 5.0 km',
    ]);
    expect(names.features[1]?.geometry.coordinates).toEqual([0.05, 0.05]);
  });
  it('are seen whole together with their source', () => {
    expect(boundsOfLevels(LEVELS, { lon: 0.2, lat: 0 })).toEqual([-0.05, -0.05, 0.2, 0.05]);
    expect(boundsOfLevels([], undefined)).toBeNull();
  });
  it('are taken from the zones where no model has reckoned', () => {
    const polygon = { type: 'Polygon' as const, coordinates: [square(0.01)] };
    const zone = (action: 'leave' | 'inform') => ({
      type: 'Feature' as const,
      geometry: polygon,
      properties: { name: { zh: '', en: '' }, action },
    });
    const at = { lon: 0, lat: 0 };
    const [leave, ...more] = zoneLevels(
      incident({ position: at, zones: [zone('leave'), zone('inform')] }),
    );
    expect(more).toEqual([]);
    expect(leave?.severity).toBe(3);
    expect(leave?.reach_m).toBeCloseTo(1572.5, -1);
    expect(leave?.surface_m2).toBeCloseTo(4.945e6, -4);
  });
});

const block = (left: BlockView['left']): BlockView => ({
  key: 'a',
  area: 640_104_000,
  at: { lon: 106, lat: 38 },
  action: 'leave',
  people: 50,
  cannot_walk: 0,
  without_car: 0,
  shelter: null,
  by: 'car',
  line: null,
  roads: [],
  travel_min: 0,
  leave_min: 0,
  cleared_min: 0,
  bottleneck: '',
  trips: [],
  stay: null,
  left,
});

const stays: BlockView = {
  ...block([]),
  stay: {
    better: 'stay',
    times: 4,
    stay_peak_ppm: 12,
    leave_peak_ppm: 300,
    stay_load: 1,
    leave_load: 4,
    over_min: 40,
  },
};

describe('blocks', () => {
  it('of whom somebody is left behind say so', () => {
    const left: BlockView['left'] = [
      { people: 4, why: 'no-way' },
      { people: 3, why: 'no-way' },
      { people: 2, why: 'no-vehicle' },
    ];
    const [drawn] = blockFeatures([block(left)], null).features;
    expect(drawn?.properties).toMatchObject({ state: 'left', label: '50 ✕9' });
    expect(leftByWhy(block(left))).toEqual([
      { people: 7, why: 'no-way' },
      { people: 2, why: 'no-vehicle' },
    ]);
    expect(blockFeatures([block([])], 'a').features[0]?.properties?.state).toBe('leave');
  });
  it('that had better stay inside are marked, unless they stay inside anyway', () => {
    const drawn = [stays, { ...stays, action: 'shelter' as const }].map(
      (one) => blockFeatures([one], null).features[0]?.properties,
    );
    expect(drawn.map((one) => [one?.inside, one?.label])).toEqual([
      [true, '50 ⌂'],
      [false, '50'],
    ]);
  });
});

describe('a team', () => {
  it('without a way has no time of arrival', () => {
    const team = {
      kind: 'fire-station',
      key: 'f',
      name: '',
      at: { lon: 0, lat: 0 },
      turnout_min: 2,
      travel_min: 7.5,
      metres: 1,
      answers: '',
    };
    expect(thereMin(team)).toBe(9.5);
    expect(thereMin({ ...team, travel_min: null })).toBeNull();
  });
});

describe('what is being drawn', () => {
  it('is a line with two corners and closed with three', () => {
    const corners = [
      { lon: 0, lat: 0 },
      { lon: 1, lat: 0 },
      { lon: 1, lat: 1 },
    ];
    const types = [1, 2, 3].map(
      (n) => closureFeatures([], corners.slice(0, n)).features[0]?.geometry.type,
    );
    expect(types).toEqual([undefined, 'LineString', 'Polygon']);
  });
});

describe('what is only supposed', () => {
  it('is marked: blocks, ways, roads that would be closed or open', () => {
    const line: GeoJSON.LineString = { type: 'LineString', coordinates: [] };
    const one = { ...block([]), line };
    const marks = [true, false].map((supposed) => [
      blockFeatures([one], null, supposed).features[0]?.properties?.supposed,
      wayFeatures([one], null, supposed).features[0]?.properties?.supposed,
    ]);
    expect(marks).toEqual([
      [true, true],
      [false, false],
    ]);
    const geometry: GeoJSON.Polygon = { type: 'Polygon', coordinates: [] };
    const closures = [1, 2].map((id) => ({ id, geometry }) as Closure);
    const ring = [
      { lon: 0, lat: 0 },
      { lon: 1, lat: 0 },
      { lon: 1, lat: 1 },
    ];
    const { features } = closureFeatures(closures, ring, { close: [ring], open: [2] });
    const states = features.map(({ properties }) => properties?.state);
    expect(states).toEqual(['closed', 'if-open', 'if-closed', 'drawn']);
  });
});
