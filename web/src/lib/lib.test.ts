import { describe, expect, it } from 'vitest';
import { may, mayOpen } from '../app/session';
import { alarm, incident } from '../test/samples';
import { areaTree, countiesOf } from './areas';
import { formatShare, formatValue } from './number';
import { sortAlarms, sortIncidents } from './order';
import { profileWords } from './profiles';
import { ageParts, countdown, formatBrief, formatLocal, formatTime, parseLocal } from './time';

describe('time', () => {
  it('is Shanghai, 24 hours, to the second', () => {
    expect(formatTime(Date.UTC(2026, 10, 23, 6, 2, 5))).toBe('2026-11-23 14:02:05');
    expect(formatTime(Date.UTC(2026, 10, 23, 16, 0, 0))).toBe('2026-11-24 00:00:00');
  });
  it('tells the date only of another day', () => {
    const at = Date.UTC(2026, 10, 23, 6, 2, 5);
    expect(formatBrief(at, at + 60_000)).toBe('14:02:05');
    expect(formatBrief(at, at + 86_400_000)).toBe('2026-11-23 14:02:05');
  });
  it('goes through an input and back', () => {
    const at = Date.UTC(2026, 10, 23, 6, 2, 0);
    expect(formatLocal(at)).toBe('2026-11-23T14:02');
    expect(parseLocal(formatLocal(at))).toBe(at);
    expect(parseLocal('')).toBeNaN();
  });
  it('tells ages in the unit that says most', () => {
    const check = (seconds: number, n: number, unit: string) =>
      expect(ageParts(seconds * 1000), String(seconds)).toEqual({ n, unit });
    check(-5, 0, 'second');
    check(12, 12, 'second');
    check(119, 119, 'second');
    check(120, 2, 'minute');
    check(7200, 2, 'hour');
    check(172_800, 2, 'day');
  });
  it('counts down to zero and no further', () => {
    expect(countdown(59_001)).toBe('1:00');
    expect(countdown(1)).toBe('0:01');
    expect(countdown(-5)).toBe('0:00');
  });
});

describe('numbers', () => {
  it('have as many decimals as say something', () => {
    const check = (value: number | null, words: string) => expect(formatValue(value)).toBe(words);
    check(22.4, '22.4');
    check(0.1234, '0.123');
    check(101.25, '101.3');
    check(1234.5, '1235');
    check(0, '0');
    check(null, '—');
    check(Number.NaN, '—');
  });
});

describe('shares', () => {
  it('are all or none only when it is so', () => {
    const words = [0, 0.004, 0.62, 0.996, 1, null].map(formatShare);
    expect(words).toEqual(['0%', '1%', '62%', '99%', '100%', '–']);
  });
});

describe('order', () => {
  it('puts the worst alarm first, then what nobody has noted, then the newest', () => {
    const sorted = sortAlarms([
      alarm({ id: 1, priority: 'low' }),
      alarm({ id: 2, priority: 'critical', state: 'acknowledged', raised: 9 }),
      alarm({ id: 3, priority: 'critical', raised: 1 }),
      alarm({ id: 4, priority: 'critical', raised: 2 }),
    ]);
    expect(sorted.map((a) => a.id)).toEqual([4, 3, 2, 1]);
  });
  it('puts the incident that has waited longest first', () => {
    const sorted = sortIncidents([
      incident({ id: 1, state: 'taken', opened: 1 }),
      incident({ id: 2, opened: 5 }),
      incident({ id: 3, opened: 4 }),
      incident({ id: 4, state: 'taken', opened: 3 }),
    ]);
    expect(sorted.map((i) => i.id)).toEqual([3, 2, 4, 1]);
  });
});

describe('roles', () => {
  it('offer what the server allows', () => {
    expect(may('duty', 'handle', false)).toBe(true);
    expect(may('admin', 'handle', false)).toBe(false);
    expect(may('admin', 'handle', true)).toBe(true);
    expect(may('viewer', 'handle')).toBe(false);
    expect(may('engineer', 'command', false)).toBe(true);
    expect(may('duty', 'command')).toBe(false);
    expect(mayOpen('viewer', 'accounts')).toBe(false);
    expect(mayOpen('admin', 'accounts')).toBe(true);
    expect(mayOpen('viewer', 'map')).toBe(true);
    expect(may('auditor', 'audit')).toBe(true);
    expect(may('admin', 'audit')).toBe(false);
  });
});

it('an area is the counties below its code, a township its county', () => {
  const county = (code: number) => ({
    type: 'Feature' as const,
    geometry: { type: 'Polygon' as const, coordinates: [] },
    properties: { code, name: '', name_en: '' },
  });
  const all = [640104000, 640106000, 640202000, 110101000].map(county);
  const areas = { type: 'FeatureCollection' as const, features: all };
  const codes = (area: number) => countiesOf(areas, area)?.features.map((f) => f.properties.code);
  expect(codes(0)).toHaveLength(4);
  expect(codes(640000000)).toEqual([640104000, 640106000, 640202000]);
  expect(codes(640100000)).toEqual([640104000, 640106000]);
  expect(codes(640104000)).toEqual([640104000]);
  expect(codes(640104001)).toEqual([640104000]);
});

it('what programs name by key is told in words, or by its key where there are none', () => {
  const both = (zh: string) => ({ zh, en: '' });
  const states: [number, { zh: string; en: string }][] = [[1, both('关闭')]];
  const valve = {
    key: 'gas-valve',
    name: both('燃气阀'),
    points: [{ name: 'position', label: both('阀位'), unit: '1', states }],
    commands: [{ name: 'valve.close', label: both('关阀'), argument: null, irreversible: true }],
  };
  const words = profileWords([valve], (text) => text?.zh ?? '');
  expect(words.command('gas-valve', 'valve.close')).toBe('关阀');
  expect(words.value('gas-valve', 'position', 1)).toBe('关闭');
  expect(words.value('gas-valve', 'position', 0.5)).toBe('0.5');
  expect(words.command('fan', 'fan.start')).toBe('fan.start');
});

describe('areas', () => {
  it('form a tree, and hang on the nearest one that is known', () => {
    const area = (code: number) => ({ code, name: `N${code}`, name_en: '' });
    const codes = [640_104_001, 640_000_000, 640_104_000, 640_100_000, 640_205_000];
    const [region, ...others] = areaTree(codes.map(area), (a) => a.name);
    expect(others).toEqual([]);
    expect(region?.children.map((node) => node.value)).toEqual([640_100_000, 640_205_000]);
    const county = region?.children[0]?.children[0];
    expect(county?.children.map((node) => node.title)).toEqual(['N640104001']);
  });
});
