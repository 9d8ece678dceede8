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
} from '../../api/danger';

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
