import { describe, expect, it } from 'vitest';
import type {
  Closure,
  Danger,
  DangerFrame,
  Dangers,
  HazardModel,
  ResponseView,
} from '../../api/danger';
import type { Position } from '../../api/types';
import { crosses, eighth, formatMetres, formatSurface, ringState } from '../../lib/ground';
import {
  basisOf,
  type Changes,
  changesOf,
  compare,
  fieldsOf,
  figuresOf,
  frameAt,
  freshValues,
  whatIfOf,
} from './whatIf';

const field = (name: string) => ({
  name,
  unit: '',
  takes: { number: { min: 0, max: 1 } },
  default: null,
  optional: true,
  about: '',
});
const model: HazardModel = {
  key: 'gas-release',
  title: ['', ''],
  fields: ['mass_kg', 'wind_m_s', 'wind_from_deg', 'wind_age_s', 'air_k'].map(field),
};
const danger = {
  inputs: { mass_kg: 8000, wind_m_s: 3, wind_from_deg: 280, wind_age_s: 4000 },
} as unknown as Danger;

describe('the inputs of a what-if', () => {
  const asked = (values: Changes, of = danger) => whatIfOf(of, changesOf(of, values), model).inputs;
  it('are those of the incident with the changes', () => {
    expect(asked({ mass_kg: 5, wind_m_s: 3 })).toEqual({ ...danger.inputs, mass_kg: 5 });
  });
  it('take a wind that was supposed as fresh', () => {
    expect(asked({ wind_from_deg: 90 }).wind_age_s).toBe(0);
    expect(asked({ mass_kg: 5 }).wind_age_s).toBe(4000);
  });
  it('keep of a form what somebody changed, and nothing else', () => {
    const values = { wind_from_deg: 90, wind_m_s: 3, mass_kg: null, hole_m: undefined };
    expect(changesOf(danger, values)).toEqual({ wind_from_deg: 90, mass_kg: null });
  });
  it('are asked anew with the wind of now', () => {
    const changed = changesOf(danger, { ...danger.inputs, mass_kg: 5 });
    const turned = { ...danger, inputs: { ...danger.inputs, wind_from_deg: 10, wind_age_s: 60 } };
    const { inputs } = whatIfOf(turned, changed, model);
    expect(inputs).toEqual({ mass_kg: 5, wind_m_s: 3, wind_from_deg: 10, wind_age_s: 60 });
  });
  it('give a form the new wind where nobody touched it', () => {
    const before = { mass_kg: 8000, wind_from_deg: 280 };
    const values = { mass_kg: 30_000, wind_from_deg: 280, hole_m: undefined };
    const after = { mass_kg: 9000, wind_from_deg: 10, hole_m: 0.1 };
    expect(freshValues(values, before, after)).toEqual({ wind_from_deg: 10, hole_m: 0.1 });
  });
  it('hand on what was taken away, and leave the danger as it is', () => {
    expect(asked({ wind_m_s: null }).wind_m_s).toBeNull();
    expect(danger.inputs.wind_m_s).toBe(3);
  });
  it('offer what the model knows, the wind first', () => {
    const names = fieldsOf(model).map(({ name }) => name);
    expect(names).toEqual(['wind_from_deg', 'wind_m_s', 'mass_kg']);
  });
});

describe('what an answer rests on', () => {
  const dangers = (...now: [string, number][]) =>
    ({
      now: now.map(([policy, version]) => ({ policy, version })),
      history: [],
    }) as unknown as Dangers;
  const closed = (...ids: number[]) => ids.map((id) => ({ id }) as Closure);
  const basis = basisOf(dangers(['a', 1], ['b', 4]), closed(1, 2));
  it('is the same in any order', () => {
    expect(basisOf(dangers(['b', 4], ['a', 1]), closed(2, 1))).toBe(basis);
  });
  it('is other with another version, another danger or another closure', () => {
    for (const other of [
      basisOf(dangers(['a', 2], ['b', 4]), closed(1, 2)),
      basisOf(dangers(['a', 1]), closed(1, 2)),
      basisOf(dangers(['a', 1], ['b', 4]), closed(1)),
    ]) {
      expect(other).not.toBe(basis);
    }
  });
});

describe('frames', () => {
  it('are matched by their moment', () => {
    const frames = [0, 60, 600].map((at_s): DangerFrame => ({ at_s, levels: [] }));
    expect(frameAt(frames, 100)?.at_s).toBe(60);
    expect(frameAt(frames, 9e9)?.at_s).toBe(600);
    expect(frameAt([], 1)).toBeUndefined();
  });
});

describe('a comparison', () => {
  it('has a row for each level of either side', () => {
    const level = (name: string) => ({
      level: name,
      severity: 2,
      threshold: 0,
      unit: '',
      geometry: { type: 'MultiPolygon' as const, coordinates: [] },
      reach_m: 1,
      surface_m2: 1,
    });
    const rows = compare([level('a'), level('b')], [level('b'), level('c')], undefined, undefined);
    const sides = rows.map((row) => [row.level, Boolean(row.now), Boolean(row.other)]);
    expect(sides).toEqual([
      ['a', true, false],
      ['b', true, true],
      ['c', false, true],
    ]);
  });
});

describe('ground', () => {
  const ring = [
    { lon: 0, lat: 0 },
    { lon: 1, lat: 0 },
    { lon: 1, lat: 1 },
    { lon: 0, lat: 1 },
  ];
  it('is crossed by a line that goes through, ends in it or only cuts an edge twice', () => {
    const check = (line: GeoJSON.Position[], is: boolean) => expect(crosses(line, ring)).toBe(is);
    check(
      [
        [-1, 0.5],
        [2, 0.5],
      ],
      true,
    );
    check(
      [
        [-1, 0.5],
        [0.5, 0.5],
      ],
      true,
    );
    check(
      [
        [-1, 2],
        [2, 2],
      ],
      false,
    );
    check(
      [
        [-0.5, 0.2],
        [0.2, -0.5],
      ],
      false,
    );
    check(
      [
        [-0.1, 0.3],
        [0.3, -0.1],
      ],
      true,
    );
    expect(crosses([[0.5, 0.5]], ring.slice(0, 2))).toBe(false);
  });
  it('is told in the unit that people read', () => {
    expect([formatMetres(849.6), formatMetres(1840), formatMetres(18_400)]).toEqual([
      '850 m',
      '1.8 km',
      '18 km',
    ]);
    expect([formatSurface(38_902.2), formatSurface(5.07e6), formatSurface(150.4e6)]).toEqual([
      '38902 m²',
      '5.07 km²',
      '150 km²',
    ]);
  });
  it('has eight directions', () => {
    expect([0, 22, 23, 315, 359, -45, 720].map(eighth)).toEqual([0, 0, 1, 7, 0, 7, 0]);
  });
});

describe('the figures of a decision', () => {
  const block = (action: string, people: number, cleared_min = 5) => ({
    action,
    people,
    cleared_min,
  });
  const shelter = (gets: number, free: number) => ({ gets, free });
  const team = (key: string, turnout_min: number, travel_min: number | null) => ({
    key,
    name: '',
    turnout_min,
    travel_min,
  });
  const response = (over: object = {}) =>
    ({
      blocks: [block('leave', 40), block('leave', 2), block('shelter', 7)],
      shelters: [shelter(40, 40), shelter(2, 100), shelter(0, 9)],
      forces: [team('far', 1, 20), team('lost', 1, null), team('near', 2, 3)],
      cleared_min: 12,
      left: 1.2,
      defects: [],
      judgement: { level: 'III' },
      options: { recommended: 'leave', choices: [{ key: 'leave', name: { zh: 'l', en: 'l' } }] },
      ...over,
    }) as unknown as ResponseView;

  it('are counted by what people do, and idle shelters do not count', () => {
    expect(figuresOf(response())).toEqual({
      leave: 42,
      shelter: 7,
      cleared: 12,
      left: 2,
      places: { gets: 42, free: 140, full: 1 },
      first: { name: 'near', minutes: 5 },
      level: 'III',
      option: { zh: 'l', en: 'l' },
    });
  });
  it('are not nobody and not at once where no ways could be reckoned', () => {
    const unknown = response({
      blocks: [block('leave', 40, 0)],
      defects: [{ what: 'no-roads', detail: '' }],
      forces: [],
    });
    const { cleared, left, first } = figuresOf(unknown);
    expect([cleared, left, first]).toEqual([null, null, null]);
  });
});

describe('a ring that somebody draws', () => {
  const ring = (...corners: [number, number][]) => corners.map(([lon, lat]) => ({ lon, lat }));
  const check = (corners: Position[], whole: boolean, crossed: boolean) => {
    const state = ringState(corners);
    expect([state.whole, state.crossed], JSON.stringify(corners)).toEqual([whole, crossed]);
  };
  it('goes around no ground when its sides cross, or of fewer than three corners', () => {
    check(ring([0, 0], [1, 0], [1, 1], [0, 1]), true, false);
    check(ring([0, 0], [1, 1], [1, 0], [0, 1]), false, true);
    check(ring([0, 0], [1, 1], [1, 0]), true, false);
    check(ring([0, 0], [1, 1], [1, 1], [0, 0]), false, false);
    check([], false, false);
  });
  it('has a corner once that was set by a double click, or again at its end', () => {
    const twice = ring([0, 0], [1, 0], [1, 0], [1, 1], [0, 1], [0, 1], [0, 0]);
    check(twice, true, false);
    expect(ringState(twice).ring).toEqual(ring([0, 0], [1, 0], [1, 1], [0, 1]));
  });
});
