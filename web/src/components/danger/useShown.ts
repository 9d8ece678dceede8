// Which danger of an incident is shown, of which moment, with its levels, its frames and who is inside.
import { useMemo } from 'react';
import {
  type Danger,
  type DangerFrame,
  type DangerLevel,
  type Dangers,
  type ModelAnswer,
  useFrames,
  useInside,
} from '../../api/danger';
import type { Incident } from '../../api/types';
import { useSettled } from '../../lib/settled';
import { zoneLevels } from '../../map/danger';
import { frameAt } from './whatIf';

/** A slider that rests so long is where somebody looks. */
const REST_MS = 500;

const NONE: readonly DangerFrame[] = [];
const COUNTING = { data: undefined, error: null, refetch: () => {} };

export const nameOf = (danger: Danger) => `${danger.policy}/${danger.version}`;

/** A danger that is there now is followed from version to version; one of before stays the version that was chosen. */
export const choiceOf = (danger: Danger, { now }: Dangers) =>
  now.some((one) => nameOf(one) === nameOf(danger)) ? danger.policy : nameOf(danger);

/** The danger that was chosen; without a choice the first that is there now. */
export function pickDanger(dangers: Dangers | undefined, choice: string | null) {
  const now = dangers?.now.find(({ policy }) => policy === choice);
  const before = dangers?.history.find((danger) => nameOf(danger) === choice);
  return now ?? before ?? dangers?.now[0];
}

export function useShown(
  incident: Incident | undefined,
  danger: Danger | undefined,
  frame: number | null,
  answer: ModelAnswer | null,
) {
  const process = useFrames(danger);
  const frames = process.data?.frames ?? NONE;
  const whole = useMemo(
    () => (danger && danger.levels.length > 0 ? danger.levels : zoneLevels(incident)),
    [danger, incident],
  );
  const moment = frame === null ? undefined : frames[frame];
  const levels = moment?.levels ?? whole;
  const whatIf: readonly DangerLevel[] = useMemo(() => {
    if (!answer) return [];
    const at = moment && frameAt(answer.frames, moment.at_s);
    return at?.levels ?? answer.levels;
  }, [answer, moment]);

  const origin = danger?.source ?? incident?.position ?? undefined;
  const rest = useSettled(frame, REST_MS);
  const rested = rest === null ? undefined : frames[rest];
  const about = `${incident?.id} ${danger ? nameOf(danger) : incident?.changed}`;
  const inside = useInside(about, whole, origin);
  const insideAt = useInside(
    `${about} ${process.data?.version} ${rest}`,
    rested?.levels ?? [],
    origin,
  );
  const insideIf = useInside(
    `${about} ${JSON.stringify(answer?.report.inputs)}`,
    answer?.levels ?? [],
    origin,
  );
  return {
    frames,
    process,
    levels,
    whatIf,
    origin,
    /** Of the whole time. */
    inside,
    /** Of the moment that is looked at: nobody until it is counted, for people of another moment would be a lie. */
    insideNow: rest !== frame ? COUNTING : rested ? insideAt : inside,
    insideIf,
  };
}
