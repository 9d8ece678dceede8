// What a live message does to what is cached. Pure, so that it can be tested; the newer of two versions of a thing wins.
import type {
  Alarm,
  Command,
  DeviceState,
  Incident,
  IncidentDetail,
  MapDevices,
  Notice,
  Run,
  TimelineEntry,
} from '../api/types';

/** Puts a thing into a list by its id; an older version than the one that is there changes nothing. */
export function upsert<T extends { id: number }>(
  list: T[],
  item: T,
  version: (item: T) => number,
): T[] {
  const at = list.findIndex((other) => other.id === item.id);
  if (at < 0) return [...list, item];
  const old = list[at];
  if (old && version(old) > version(item)) return list;
  const next = list.slice();
  next[at] = item;
  return next;
}

/** The open alarms after one changed: a closed one leaves. */
export function mergeAlarm(list: Alarm[], alarm: Alarm): Alarm[] {
  if (alarm.state === 'closed') return list.filter((other) => other.id !== alarm.id);
  return upsert(list, alarm, (a) => a.changed);
}

/** The open incidents after one changed: a closed one leaves. */
export function mergeIncident(list: Incident[], incident: Incident): Incident[] {
  if (incident.state === 'closed') return list.filter((other) => other.id !== incident.id);
  return upsert(list, incident, (i) => i.changed);
}

/** The timeline with a line more; lines are counted from 1 and never change. */
export function mergeLine(lines: TimelineEntry[], entry: TimelineEntry): TimelineEntry[] {
  if (lines.some((line) => line.line === entry.line)) return lines;
  return [...lines, entry].sort((a, b) => a.line - b.line);
}

/** Order of command states: a later message never brings an earlier state back. */
const COMMAND_ORDER = ['waiting', 'issued', 'received', 'done', 'refused', 'failed', 'expired'];

/** Commands kept in a list of the present ones: the oldest that are over go first. */
const COMMANDS_MAX = 500;

/** The commands after one changed; one that ended stays, so that its end can be seen. */
export function mergeCommand(list: Command[], command: Command): Command[] {
  return upsert(list, command, (c) => COMMAND_ORDER.indexOf(c.state)).slice(-COMMANDS_MAX);
}

/** One part of an incident changed. */
export type Part =
  | { kind: 'incident'; item: Incident }
  | { kind: 'alarm'; item: Alarm }
  | { kind: 'line'; item: TimelineEntry }
  | { kind: 'run'; item: Run }
  | { kind: 'command'; item: Command }
  | { kind: 'notice'; item: Notice };

export function mergePart(detail: IncidentDetail, part: Part): IncidentDetail {
  switch (part.kind) {
    case 'incident':
      return part.item.changed < detail.incident.changed
        ? detail
        : { ...detail, incident: part.item };
    case 'alarm':
      return { ...detail, alarms: upsert(detail.alarms, part.item, (a) => a.changed) };
    case 'line':
      return { ...detail, timeline: mergeLine(detail.timeline, part.item) };
    case 'run':
      return { ...detail, runs: upsert(detail.runs, part.item, (r) => r.changed) };
    case 'command':
      return {
        ...detail,
        commands: mergeCommand(detail.commands, part.item),
      };
    case 'notice':
      return { ...detail, notices: upsert(detail.notices, part.item, (n) => n.changed) };
  }
}

/** Rows of the columns by key, kept as long as the columns themselves. */
const rowsOf = new WeakMap<string[], Map<string, number>>();
export function rowOf(devices: MapDevices, key: string): number | undefined {
  let rows = rowsOf.get(devices.keys);
  if (!rows) {
    rows = new Map(devices.keys.map((name, row) => [name, row]));
    rowsOf.set(devices.keys, rows);
  }
  return rows.get(key);
}

/** The devices of the map after some changed their state. The second value names devices that are not known yet. */
export function mergeDevices(
  devices: MapDevices,
  changes: ReadonlyMap<string, DeviceState>,
): { devices: MapDevices; unknown: boolean } {
  const state = devices.state.slice();
  let unknown = false;
  for (const [key, now] of changes) {
    const row = rowOf(devices, key);
    if (row === undefined) unknown = true;
    else state[row] = now;
  }
  return { devices: { ...devices, state }, unknown };
}
