// The latest versions that came over the live connection. An answer that was under way while a message came is older than
// the message: what is fetched is laid under what is remembered here, so that no change is lost between the two.
import type { Alarm, Command, Incident, IncidentDetail } from '../api/types';
import { mergeAlarm, mergeCommand, mergeIncident, mergePart, type Part } from './merge';

/** Fetches take less than this. */
const KEEP_MS = 30_000;
/** Entries kept; a flood of changes drops the oldest. */
const KEEP_MAX = 5000;

interface Entry {
  came: number;
  incident: number | null;
  part: Part;
}
let entries: Entry[] = [];

export function remember(incident: number | null, part: Part) {
  const now = Date.now();
  entries.push({ came: now, incident, part });
  if (entries.length > KEEP_MAX || (entries[0] && entries[0].came < now - KEEP_MS)) {
    entries = entries.filter((e) => e.came >= now - KEEP_MS).slice(-KEEP_MAX);
  }
}
export function forget() {
  entries = [];
}

const since = (started: number) => entries.filter((e) => e.came >= started);

export function overlayAlarms(started: number, list: Alarm[]): Alarm[] {
  return since(started).reduce(
    (result, { part }) => (part.kind === 'alarm' ? mergeAlarm(result, part.item) : result),
    list,
  );
}
export function overlayIncidents(started: number, list: Incident[]): Incident[] {
  return since(started).reduce(
    (result, { part }) => (part.kind === 'incident' ? mergeIncident(result, part.item) : result),
    list,
  );
}
export function overlayCommands(started: number, list: Command[]): Command[] {
  return since(started).reduce(
    (result, { part }) => (part.kind === 'command' ? mergeCommand(result, part.item) : result),
    list,
  );
}
export function overlayDetail(started: number, id: number, detail: IncidentDetail): IncidentDetail {
  return since(started).reduce(
    (result, { incident, part }) => (incident === id ? mergePart(result, part) : result),
    detail,
  );
}
