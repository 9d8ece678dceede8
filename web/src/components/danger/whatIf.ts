// What if: which inputs can be changed, and what comes of it beside what is. Pure.
import {
  type Closure,
  type Danger,
  type DangerFrame,
  type DangerLevel,
  type Dangers,
  type DefectView,
  type Figure,
  framesWanted,
  type HazardModel,
  type InsideReport,
  type ModelField,
  type PeopleCount,
  type PlanLevel,
  type ResponseView,
  type WhatIf,
} from '../../api/danger';
import type { Text } from '../../api/types';
import { thereMin } from '../../map/danger';

/** What people change, most asked for first. */
const CHANGED = [
  'wind_from_deg',
  'wind_m_s',
  'substance',
  'source',
  'mass_kg',
  'rate_kg_s',
  'duration_s',
  'hole_m',
];

export const fieldsOf = (model: HazardModel | undefined): ModelField[] =>
  CHANGED.flatMap((name) => model?.fields.find((field) => field.name === name) ?? []);

/** Inputs by name; of a form also those that nobody filled in. */
export type Changes = Record<string, Figure | null | undefined>;
/** Inputs that are other than those of a danger; null takes one away. */
export type Changed = Record<string, Figure | null>;

/** What of a form is other than the danger: these alone are supposed, the rest is as it is when it is asked. */
export function changesOf(danger: Danger, values: Changes): Changed {
  const names = CHANGED.filter(
    (name) => name in values && (values[name] ?? null) !== (danger.inputs[name] ?? null),
  );
  return Object.fromEntries(names.map((name) => [name, values[name] ?? null]));
}

/** Values for the fields of a form that nobody has touched, after the danger has become another one. */
export function freshValues(values: Changes, before: Changes, after: Changes): Changes {
  const untouched = Object.keys(values).filter(
    (name) => (values[name] ?? null) === (before[name] ?? null),
  );
  return Object.fromEntries(untouched.map((name) => [name, after[name]]));
}

/** What the model is asked: the danger as it is now, with the changes. A wind that somebody supposes is not old. */
export function whatIfOf(
  danger: Danger,
  changed: Changed,
  model: HazardModel | undefined,
): Required<WhatIf> {
  const knows = (name: string) => model?.fields.some((field) => field.name === name);
  const windy = Object.keys(changed).some((name) => name.startsWith('wind_'));
  const fresh: Changed = windy && knows('wind_age_s') ? { wind_age_s: 0 } : {};
  return {
    model: danger.model,
    source: danger.source,
    inputs: { ...danger.inputs, ...changed, ...fresh, ...framesWanted(model) },
  };
}

/** What an answer rests on besides what is supposed: the versions of the incident's dangers, and the closures. */
export const basisOf = (dangers: Dangers, closures: readonly Closure[]) =>
  JSON.stringify([
    dangers.now.map(({ policy, version }) => [policy, version]).sort(),
    closures.map(({ id }) => id).sort((a, b) => a - b),
  ]);

/** The frame nearest to a moment. */
export function frameAt(frames: readonly DangerFrame[], seconds: number): DangerFrame | undefined {
  return frames.reduce<DangerFrame | undefined>(
    (best, frame) =>
      best && Math.abs(best.at_s - seconds) <= Math.abs(frame.at_s - seconds) ? best : frame,
    undefined,
  );
}

export interface Compared {
  level: string;
  severity: number;
  now: DangerLevel | undefined;
  other: DangerLevel | undefined;
  peopleNow: PeopleCount | undefined;
  peopleOther: PeopleCount | undefined;
}

/** Level by level: what is, and what would be. */
export function compare(
  now: readonly DangerLevel[],
  other: readonly DangerLevel[],
  inside: InsideReport | undefined,
  insideOther: InsideReport | undefined,
): Compared[] {
  const of = (report: InsideReport | undefined, key: string) =>
    report?.levels.find((level) => level.key === key)?.people;
  const keys = [...new Set([...now, ...other].map(({ level }) => level))];
  return keys.map((level) => {
    const a = now.find((one) => one.level === level);
    const b = other.find((one) => one.level === level);
    return {
      level,
      severity: a?.severity ?? b?.severity ?? 0,
      now: a,
      other: b,
      peopleNow: of(inside, level),
      peopleOther: of(insideOther, level),
    };
  });
}

/** Whether ways could be reckoned: where not, nobody knows who stays behind, and that is not nobody. */
export const isReckoned = ({ defects }: ResponseView) =>
  !defects.some(({ what }) => ['no-roads', 'roads-reading', 'no-ways'].includes(what));

/** When the last have arrived, minutes; null where nobody leaves, or nobody gets anywhere. */
export const clearedOf = ({ blocks, cleared_min }: ResponseView) =>
  blocks.some(({ action, cleared_min }) => action === 'leave' && cleared_min > 0)
    ? cleared_min
    : null;

/** What a decision comes down to. */
export interface Figures {
  leave: number;
  shelter: number;
  cleared: number | null;
  left: number | null;
  /** People that the shelters get, the free places of those that get any, and how many of them are full. */
  places: { gets: number; free: number; full: number };
  first: { name: string; minutes: number } | null;
  level: PlanLevel | null;
  option: Text | null;
}

export function figuresOf(response: ResponseView): Figures {
  const { blocks, shelters, forces, judgement, options } = response;
  const people = (action: 'leave' | 'shelter') =>
    blocks.reduce((sum, block) => sum + (block.action === action ? block.people : 0), 0);
  const used = shelters.filter(({ gets }) => gets > 0);
  const sum = (of: 'gets' | 'free') => used.reduce((all, shelter) => all + shelter[of], 0);
  const first = forces
    .flatMap((force) => {
      const minutes = thereMin(force);
      return minutes === null ? [] : [{ name: force.name || force.key, minutes }];
    })
    .reduce<Figures['first']>((a, b) => (a && a.minutes <= b.minutes ? a : b), null);
  return {
    leave: people('leave'),
    shelter: people('shelter'),
    cleared: clearedOf(response),
    left: isReckoned(response) ? Math.ceil(response.left) : null,
    places: {
      gets: sum('gets'),
      free: sum('free'),
      full: used.filter(({ gets, free }) => gets >= free).length,
    },
    first,
    level: judgement.level,
    option: options.choices.find(({ key }) => key === options.recommended)?.name ?? null,
  };
}

/** Figures that say less than all where something is missing: people without a registered home, blocks beyond the limit, hidden numbers. */
const LESSENS: Record<string, readonly (keyof Figures)[]> = {
  'homes-unknown': ['leave', 'shelter', 'cleared', 'left'],
  'too-many-blocks': ['cleared', 'left'],
  'few-hidden': ['leave', 'shelter', 'cleared', 'left'],
};

/** Whether a figure counts all that it speaks of. */
export const isWhole = ({ defects }: ResponseView, figure: keyof Figures) =>
  !defects.some(({ what }) => LESSENS[what]?.includes(figure));

export interface SidedDefect {
  side: 'both' | 'now' | 'other';
  defect: DefectView;
}

/** What the figures of either side do not say: what is missing on one side alone, and what makes figures of both incomplete. */
export function defectsOf(now: ResponseView, other: ResponseView): SidedDefect[] {
  const key = ({ what, detail }: DefectView) => `${what} ${detail}`;
  const [a, b] = [now, other].map(({ defects }) => new Set(defects.map(key)));
  const all = new Map([...now.defects, ...other.defects].map((defect) => [key(defect), defect]));
  return [...all].flatMap(([name, defect]): SidedDefect[] => {
    if (!a?.has(name)) return [{ side: 'other', defect }];
    if (!b?.has(name)) return [{ side: 'now', defect }];
    return defect.what in LESSENS ? [{ side: 'both', defect }] : [];
  });
}

/** Whether an answer waits for roads that were being read: nobody asks for a what-if again by himself. */
export const isWaiting = ({ defects }: ResponseView) =>
  defects.some(({ what }) => what === 'roads-reading');
