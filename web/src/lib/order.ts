// In which order things are shown to a person who can do one thing at a time.
import { type Alarm, type Incident, PRIORITIES } from '../api/types';

/** Worst first; among equals what nobody has noted; then the newest. */
export function sortAlarms(alarms: Alarm[]): Alarm[] {
  const noted = (alarm: Alarm) =>
    alarm.state === 'unacknowledged' ? 0 : alarm.state === 'returned-unacknowledged' ? 1 : 2;
  return [...alarms].sort(
    (a, b) =>
      PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) ||
      noted(a) - noted(b) ||
      b.raised - a.raised ||
      b.id - a.id,
  );
}

/** Those that nobody has taken first, the longest waiting on top; then those in hand, the newest on top. */
export function sortIncidents(incidents: Incident[]): Incident[] {
  return [...incidents].sort((a, b) => {
    if (a.state !== b.state) return a.state === 'open' ? -1 : 1;
    return a.state === 'open' ? a.opened - b.opened : b.opened - a.opened;
  });
}
