import { createContext, useContext } from 'react';
import type { Role, Session } from '../api/types';
import type { PageName } from '../lib/route';

export const SessionContext = createContext<Session | null>(null);

/** The signed-in person; only inside the shell. */
export function useMe(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useMe outside the shell');
  return session;
}

/** How far a role goes: everywhere in its area, or only with what belongs to a drill. */
type Grant = 'yes' | 'drill';

/** What each role may do here. The server decides; the screen only does not offer what would be refused. */
const GRANTS = {
  /** Alarms, incidents, runs, notices, calls. */
  handle: { duty: 'yes', admin: 'drill', simulator: 'drill' },
  maintain: { admin: 'yes', engineer: 'yes', simulator: 'drill' },
  command: { engineer: 'yes', admin: 'drill' },
  /** Register and remove devices, give them tokens. */
  devices: { admin: 'yes', engineer: 'yes', simulator: 'drill' },
  /** Records of the base database. */
  records: { admin: 'yes', steward: 'yes' },
  /** Rosters: who holds which post when. */
  roster: { admin: 'yes', steward: 'yes', duty: 'yes' },
  /** Supplies: load, send, take in, use. */
  supplies: { steward: 'yes', duty: 'yes', simulator: 'drill' },
  programs: { engineer: 'yes' },
  drills: { duty: 'yes', admin: 'yes', simulator: 'yes' },
  refusals: { admin: 'yes', engineer: 'yes' },
  audit: { auditor: 'yes' },
  accounts: { admin: 'yes' },
} satisfies Record<string, Partial<Record<Role, Grant>>>;
export type Ability = keyof typeof GRANTS;

/** Whether a role may do this at all, or on a thing that does (not) belong to a drill. */
export function may(role: Role, ability: Ability, drill = true): boolean {
  const grants: Partial<Record<Role, Grant>> = GRANTS[ability];
  return grants[role] === 'yes' || (grants[role] === 'drill' && drill);
}

/** Pages that only some roles can open. */
const NEEDS: Partial<Record<PageName, Ability>> = {
  audit: 'audit',
  accounts: 'accounts',
  refusals: 'refusals',
  field: 'records',
  connectors: 'records',
  reviews: 'records',
};
export function mayOpen(role: Role, page: PageName): boolean {
  const need = NEEDS[page];
  return !need || may(role, need);
}

/** `can(drill)`: whether the signed-in person may do it on a thing that does (not) belong to a drill. */
export function useCan(ability: Ability): (drill: boolean) => boolean {
  const { role } = useMe();
  return (drill) => may(role, ability, drill);
}
export const useMay = (ability: Ability, drill = true) => may(useMe().role, ability, drill);
