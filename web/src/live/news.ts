// News for eyes, ears and screen readers: raised alarms and escalations, as they come.
import type { Alarm, Command, Escalation } from '../api/types';
import { createStore } from '../lib/store';

/** Commands of this session that are remembered for the device drawer. */
const COMMANDS_MAX = 200;

export const news = createStore<{
  raised: Alarm | null;
  escalation: { call: Escalation; count: number } | null;
  commands: Command[];
}>({ raised: null, escalation: null, commands: [] });

export function noteCommand(command: Command) {
  const others = news.get().commands.filter((c) => c.id !== command.id);
  news.set({ commands: [command, ...others].slice(0, COMMANDS_MAX) });
}
