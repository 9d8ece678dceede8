// What if: which inputs can be changed, and what comes of it beside what is. Pure.
import type {
  Danger,
  DangerFrame,
  DangerLevel,
  Figure,
  HazardModel,
  InsideReport,
  ModelField,
  PeopleCount,
  PlanLevel,
  ResponseView,
  WhatIf,
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

export type Changes = Record<string, Figure | null | undefined>;

/** The inputs of the danger with the changes. A wind that somebody supposes is not old. */
export function inputsOf(danger: Danger, changes: Changes, model: HazardModel | undefined) {
  const inputs: Record<string, Figure | null> = { ...danger.inputs };
  let windy = false;
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === inputs[name]) continue;
    inputs[name] = value;
    windy ||= name.startsWith('wind_');
  }
  const knows = (name: string) => model?.fields.some((field) => field.name === name);
  if (windy && knows('wind_age_s')) inputs.wind_age_s = 0;
  return inputs;
}

/** Names of the inputs that are other than those of the danger, of those that people change. */
export const changedOf = (danger: Danger, inputs: WhatIf['inputs']) =>
  CHANGED.filter((name) => (inputs[name] ?? null) !== (danger.inputs[name] ?? null));

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
