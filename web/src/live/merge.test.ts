import { describe, expect, it } from 'vitest';
import type { Command, TimelineEntry } from '../api/types';
import { alarm, detail, incident, mapDevices, notice } from '../test/samples';
import { mergeAlarm, mergeDevices, mergeIncident, mergeLine, mergePart } from './merge';

describe('open alarms', () => {
  it('take a new one, follow it, and lose it when it closes', () => {
    let list = mergeAlarm([], alarm({ id: 5, changed: 1 }));
    expect(list.map((a) => a.id)).toEqual([5]);
    list = mergeAlarm(list, alarm({ id: 5, changed: 2, state: 'acknowledged' }));
    expect(list.map((a) => a.state)).toEqual(['acknowledged']);
    list = mergeAlarm(list, alarm({ id: 5, changed: 3, state: 'closed' }));
    expect(list).toEqual([]);
  });

  it('keep the newer version', () => {
    const list = [alarm({ id: 5, changed: 9, state: 'acknowledged' })];
    expect(mergeAlarm(list, alarm({ id: 5, changed: 8 }))).toBe(list);
  });

  it('do not change the list that was there', () => {
    const before = [alarm({ id: 1 })];
    mergeAlarm(before, alarm({ id: 2 }));
    expect(before).toHaveLength(1);
  });
});

describe('open incidents', () => {
  it('lose a closed one', () => {
    const list = [incident({ id: 1 }), incident({ id: 2 })];
    expect(mergeIncident(list, incident({ id: 1, state: 'closed' })).map((i) => i.id)).toEqual([2]);
  });
});

describe('the timeline', () => {
  const line = (n: number): TimelineEntry => ({
    line: n,
    at: n,
    happened: n,
    source: 'person',
    ref: null,
    text: { zh: '', en: '' },
    by: null,
  });
  it('holds each line once and in order, whatever order they come in', () => {
    const lines = [3, 1, 3, 2].reduce((all, n) => mergeLine(all, line(n)), [] as TimelineEntry[]);
    expect(lines.map((l) => l.line)).toEqual([1, 2, 3]);
  });
});

describe('an incident', () => {
  it('is not set back by an older version', () => {
    const now = detail({ incident: incident({ changed: 5, state: 'taken' }) });
    const old = mergePart(now, { kind: 'incident', item: incident({ changed: 4 }) });
    expect(old.incident.state).toBe('taken');
  });

  it('follows a notice', () => {
    const now = detail({ notices: [notice({ id: 7, changed: 1 })] });
    const next = mergePart(now, {
      kind: 'notice',
      item: notice({ id: 7, changed: 2, state: 'acknowledged' }),
    });
    expect(next.notices.map((n) => n.state)).toEqual(['acknowledged']);
  });

  it('never brings a done command back to issued', () => {
    const command = (state: Command['state']): Command => ({
      id: 1,
      device: 'v',
      name: 'valve.close',
      argument: 0,
      issued: 0,
      expires: 0,
      state,
      run: 1,
      by: null,
      second: null,
      reason: '',
      drill: false,
    });
    const now = detail({ commands: [command('done')] });
    const next = mergePart(now, { kind: 'command', item: command('issued') });
    expect(next.commands.map((c) => c.state)).toEqual(['done']);
  });
});

describe('devices of the map', () => {
  it('change their state, and say when one is not known', () => {
    const before = mapDevices();
    const { devices, unknown } = mergeDevices(
      before,
      new Map([
        ['b', 'normal'],
        ['x', 'alarm'],
      ]),
    );
    expect(devices.state).toEqual(['normal', 'normal', 'alarm']);
    expect(before.state).toEqual(['normal', 'offline', 'alarm']);
    expect(unknown).toBe(true);
  });
});
