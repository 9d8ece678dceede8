// News for eyes, ears and screen readers: raised alarms and escalations, as they come.
import type { Alarm, Escalation } from '../api/types';
import { createStore } from '../lib/store';

export const news = createStore<{
  raised: Alarm | null;
  escalation: { call: Escalation; count: number } | null;
}>({ raised: null, escalation: null });
