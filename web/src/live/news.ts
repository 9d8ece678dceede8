// News for eyes, ears and screen readers: raised alarms and escalations, as they come.
import type { Alarm, Escalation } from '../api/types';
import { createStore } from '../lib/store';

/** Alarms that are read out; in a flood the older ones give way, and the queue has them all. */
const HEARD_MAX = 5;

/** One alarm as it was told: the same alarm is told again when it gets worse. */
export interface Heard {
  count: number;
  alarm: Alarm;
}

export const news = createStore<{
  heard: Heard[];
  escalation: { call: Escalation; count: number } | null;
}>({ heard: [], escalation: null });

export function tell(alarm: Alarm) {
  const { heard } = news.get();
  const count = (heard.at(-1)?.count ?? 0) + 1;
  news.set({ heard: [...heard, { count, alarm }].slice(-HEARD_MAX) });
}
