import { createContext, useContext } from 'react';
import type { Role, Session } from '../api/types';

export const SessionContext = createContext<Session | null>(null);

/** The signed-in person; only inside the shell. */
export function useMe(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useMe outside the shell');
  return session;
}

/** What each role may do here. The server decides; the screen only does not offer what would be refused. */
const MAY = {
  alarms: ['duty', 'admin'],
  incidents: ['duty', 'admin'],
  runs: ['duty', 'engineer', 'admin'],
  notices: ['duty', 'admin'],
  drills: ['duty', 'simulator', 'admin'],
  commands: ['duty', 'engineer', 'admin'],
  devices: ['engineer', 'admin'],
  programs: ['engineer', 'duty', 'admin'],
  accounts: ['admin'],
  audit: ['auditor', 'admin'],
} satisfies Record<string, Role[]>;
export type Ability = keyof typeof MAY;

export const may = (role: Role, ability: Ability) => (MAY[ability] as Role[]).includes(role);
export const useMay = (ability: Ability) => may(useMe().role, ability);
