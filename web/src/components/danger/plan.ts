// What can be done with a plan. Pure.
import type { PlanLevel, PlanLine, Section } from '../../api/danger';
import type { PlanContent, PlanDiff, PlanView, ShownLine } from '../../api/plan';

const GRADES: readonly PlanLevel[] = ['I', 'II', 'III', 'IV'];

/** A level of response as the grade of an incident, from 1; null of none. */
export const gradeOf = (level: PlanLevel | null) => {
  const place = level === null ? -1 : GRADES.indexOf(level);
  return place < 0 ? null : place + 1;
};

/** How many things the facts of now would make other. */
export const changesOf = ({ level, option, added, removed, changed }: PlanDiff) =>
  Number(level !== null) + Number(option !== null) + added.length + removed.length + changed.length;

/** What of a line people can change. */
export const contentOf = ({ text, who, deadline }: PlanLine): PlanContent => ({
  text,
  who,
  within_min: deadline?.within_min ?? null,
});

/** What the next step towards paper with a number is, for this person. */
export type Step = 'begin' | 'conflicts' | 'ask' | 'wait' | 'approve' | 'issue';

/**
 * Lines in conflict are decided first. Where two persons are needed one asks, and another, who edited nothing, approves; the server
 * decides, the screen only does not offer what would be refused.
 */
export function stepOf(view: PlanView, account: string): Step {
  if (!view.begun) return 'begin';
  if (view.conflicts > 0) return 'conflicts';
  if (!view.second_person) return 'issue';
  if (view.asked_by === null) return 'ask';
  const edits = view.lines.some(({ edited }) => edited?.[0] === account);
  return view.asked_by === account || edits ? 'wait' : 'approve';
}

/** Number that the next version gets. */
export const nextNumber = ({ versions }: PlanView) =>
  Math.max(0, ...versions.map(({ number }) => number)) + 1;

/** A draft that nobody works on, as lines are shown. */
export const asShown = (line: PlanLine): ShownLine => ({
  line,
  edited: null,
  removed: false,
  conflict: null,
});

/** Place of a new line: the last of its section. */
export const lastIn = (lines: readonly ShownLine[], section: Section) =>
  Math.max(
    0,
    ...lines.filter(({ line }) => line.section === section).map(({ line }) => line.priority),
  ) + 1;
