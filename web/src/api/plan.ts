// The plan of an incident: drafted from facts, edited by people, issued on approval, printed.
import { useQuery } from '@tanstack/react-query';
import { whileThere } from '../lib/active';
import { get, getFile, post } from './client';
import { dangerKeys, type PlanLevel, type PlanLine, type Section } from './danger';
import type { Text } from './types';

/** What of a line people can change. */
export interface PlanContent {
  text: Text;
  who: Text;
  within_min: number | null;
}

export type PlanChange =
  | { kind: 'write'; content: PlanContent }
  | { kind: 'remove' }
  | { kind: 'add'; section: Section; priority: number; content: PlanContent }
  /** Takes what is generated: every edit of the line before is void. */
  | { kind: 'take' };

/** The same line was changed by a person and by new facts. */
export interface PlanConflict {
  base: PlanContent | null;
  /** None: the person took it out. */
  edited: PlanContent | null;
  /** None: nothing is generated any more. */
  generated: PlanContent | null;
}

export interface ShownLine {
  line: PlanLine;
  edited: [by: string, at: number] | null;
  removed: boolean;
  conflict: PlanConflict | null;
}

export interface FactChange {
  key: string;
  label: Text;
  before: Text | null;
  after: Text | null;
}

export const LINE_PARTS = ['text', 'who', 'deadline', 'place', 'clause'] as const;

/** What the facts of now would make other. */
export interface PlanDiff {
  level: [before: PlanLevel | null, after: PlanLevel | null] | null;
  option: [before: string | null, after: string | null] | null;
  added: { line: PlanLine; why: FactChange[] }[];
  removed: { line: PlanLine; why: FactChange[] }[];
  changed: {
    before: PlanLine;
    after: PlanLine;
    parts: (typeof LINE_PARTS)[number][];
    why: FactChange[];
  }[];
}

export interface PlanVersionHead {
  number: number;
  at: number;
  level: string;
  asked_by: string;
  approved_by: string;
  summary: string;
}

export interface PlanView {
  begun: boolean;
  at: number;
  title: Text;
  level: PlanLevel | null;
  lines: ShownLine[];
  conflicts: number;
  changes: PlanDiff;
  second_person: boolean;
  asked_by: string | null;
  versions: PlanVersionHead[];
}

export interface PlanIssued {
  number: number | null;
}

/** Longest text of a line, characters in each language. */
export const MOST_TEXT = 4000;
/** The facts move on; without a message the plan is compared with them so often. */
const EVERY_MS = 30_000;

/** Below the answers of an incident: what makes these old makes the plan old. */
export const planKey = (incident: number) => [...dangerKeys.response(incident), 'plan'] as const;

/** Asked for only while somebody looks: it is reckoned anew each time. */
export const usePlan = (incident: number, looks: boolean) =>
  useQuery({
    queryKey: planKey(incident),
    queryFn: () => get<PlanView>(`/incidents/${incident}/plan`),
    enabled: looks,
    refetchInterval: whileThere(EVERY_MS),
  });

export const renewPlan = (incident: number) => post<PlanView>(`/incidents/${incident}/plan/renew`);
export const editPlan = (incident: number, line: string, change: PlanChange) =>
  post<PlanView>(`/incidents/${incident}/plan/edits`, { line, change });
export const issuePlan = (incident: number) =>
  post<PlanIssued>(`/incidents/${incident}/plan/issue`);

export const PAPERS = ['pdf', 'docx'] as const;
export type Paper = (typeof PAPERS)[number];

/** The plan on paper; without a version as it is worked on now. */
export const planPaper = (incident: number, format: Paper, lang: string, version?: number) =>
  getFile(`/incidents/${incident}/plan/paper`, { format, lang, version });
