// Roll-call: of those who were told to leave or to stay in, who is safe. Pure.
import { type IncidentDetail, type Notice, type NoticeState, noticesWhole } from '../../api/types';
import { wholePercent } from '../../lib/number';

/** The worst first. */
export const STANDS = ['help', 'missing', 'waiting', 'safe'] as const;
export type Stand = (typeof STANDS)[number];

const OF: Partial<Record<NoticeState, Stand>> = {
  acknowledged: 'safe',
  visited: 'safe',
  'needs-help': 'help',
  unreachable: 'missing',
  failed: 'missing',
};

/** Whoever has not answered is waited for, read or not: nobody is safe by having been told. */
export const standOf = ({ state }: Notice): Stand => OF[state] ?? 'waiting';

/** People who were told to leave or to stay in, each by the newest notice: whoever is told anew has to answer anew. */
export function toldPeople(notices: readonly Notice[]): Notice[] {
  const newest = new Map<number, Notice>();
  for (const notice of notices) {
    if (notice.party !== 'person' || !['leave', 'shelter'].includes(notice.action)) continue;
    const other = newest.get(notice.recipient);
    if (!other || other.id < notice.id) newest.set(notice.recipient, notice);
  }
  return [...newest.values()];
}

export type Counts = Record<Stand, number>;

export function countStands(notices: readonly Notice[]): Counts {
  const counts: Counts = { help: 0, missing: 0, waiting: 0, safe: 0 };
  for (const notice of notices) counts[standOf(notice)] += 1;
  return counts;
}

/** How many were told and how they are: from the notices, which follow at once; where these do not tell all, as the server counts. */
export function rollOf(detail: IncidentDetail): { told: number; counts: Counts } {
  if (!noticesWhole(detail)) {
    const { told, ...counts } = detail.roll;
    return { told, counts };
  }
  const told = toldPeople(detail.notices);
  return { told: told.length, counts: countStands(told) };
}

/** People who were told and are not known to be safe. */
export const unsafeOf = ({ help, missing, waiting }: Counts) => help + missing + waiting;

/** Whole per cent; all and none only when it is so. */
export const percent = (part: number, of: number) => (of === 0 ? 0 : wholePercent(part / of));

export interface Household {
  key: string;
  /** Where, in words; empty when nobody knows: then it is one person. */
  place: string;
  notices: Notice[];
  counts: Counts;
  /** Of its people the one that is worst off. */
  stand: Stand;
  /** When something was heard last. */
  changed: number;
}

/** Those who live in one place together; whoever needs somebody first stands on top. */
export function households(notices: readonly Notice[]): Household[] {
  const groups = new Map<string, Notice[]>();
  for (const notice of notices) {
    const key = notice.place ? `place ${notice.place}` : `notice ${notice.id}`;
    groups.set(key, [...(groups.get(key) ?? []), notice]);
  }
  return [...groups]
    .map(([key, all]) => {
      const counts = countStands(all);
      return {
        key,
        place: all[0]?.place ?? '',
        notices: [...all].sort(
          (a, b) => STANDS.indexOf(standOf(a)) - STANDS.indexOf(standOf(b)) || a.id - b.id,
        ),
        counts,
        stand: STANDS.find((stand) => counts[stand] > 0) ?? 'waiting',
        changed: Math.max(...all.map(({ changed }) => changed)),
      };
    })
    .sort(
      (a, b) =>
        STANDS.indexOf(a.stand) - STANDS.indexOf(b.stand) ||
        Number(needsHands(b)) - Number(needsHands(a)) ||
        a.changed - b.changed ||
        a.key.localeCompare(b.key),
    );
}

/** Whether somebody there cannot leave unaided and is not known to be safe. */
export const needsHands = ({ notices }: Household) =>
  notices.some((notice) => notice.needs.length > 0 && standOf(notice) !== 'safe');
