// Steps of a program in words: what is asked, what is commanded, what proves it.
import type { TFunction } from 'i18next';
import type { Check, Compare, ProgramStep, Within } from '../../api/types';
import { formatValue } from '../../lib/number';
import type { ProfileWords } from '../../lib/profiles';

const COMPARE: Record<Compare, string> = {
  Below: '<',
  AtMost: '≤',
  Equal: '=',
  AtLeast: '≥',
  Above: '>',
};

/** What people read, and the keys that the program itself has. */
export interface Told {
  words: string;
  keys?: string;
}

export function withinWords(t: TFunction, within: Within): string {
  if (within === 'Room') return t('program.within.room');
  if (within === 'Facility') return t('program.within.facility');
  return t('program.within.metres', { n: within.Metres });
}

interface Compared {
  profile: string;
  point: string;
  compare: Compare;
  value: number;
}
function compared(words: ProfileWords, { profile, point, compare, value }: Compared) {
  const sign = COMPARE[compare];
  return {
    words: `${words.profile(profile)} ${words.point(profile, point)} ${sign} ${words.value(profile, point, value)}`,
    keys: `${profile}.${point} ${sign} ${formatValue(value)}`,
  };
}

export function checkWords(t: TFunction, words: ProfileWords, check: Check): Told {
  if ('Value' in check) {
    const told = compared(words, check.Value);
    const unknown = t(check.Value.unknown ? 'program.unknownHolds' : 'program.unknownFails');
    return {
      words: `${withinWords(t, check.Value.within)} ${told.words} ${unknown}`,
      keys: told.keys,
    };
  }
  if ('Attribute' in check) {
    return {
      words: t('program.attribute', { name: check.Attribute.name, value: check.Attribute.value }),
    };
  }
  if ('Level' in check) return { words: t('program.level', { n: check.Level + 1 }) };
  const all = check.Any.map((one) => checkWords(t, words, one));
  const keys = all.flatMap((told) => told.keys ?? []);
  return {
    words: all.map((told) => told.words).join(` ${t('program.or')} `),
    keys: keys.length > 0 ? keys.join(', ') : undefined,
  };
}

export function commandWords(t: TFunction, words: ProfileWords, step: ProgramStep): Told {
  const argument = step.argument === 0 ? '' : ` ${formatValue(step.argument)}`;
  const { profile, within } = step.target;
  return {
    words: `${withinWords(t, within)} ${words.profile(profile)} → ${words.command(profile, step.command)}${argument}`,
    keys: `${profile} → ${step.command}`,
  };
}

export function proofWords(t: TFunction, words: ProfileWords, step: ProgramStep): Told {
  return step.proof ? compared(words, step.proof) : { words: t('program.noProof') };
}

export function otherwiseWords(t: TFunction, step: ProgramStep): string {
  if (step.otherwise === 'Continue') return t('program.otherwise.continue');
  if ('Jump' in step.otherwise) return t('program.otherwise.jump', { n: step.otherwise.Jump + 1 });
  const role = step.otherwise.Call;
  return t('program.otherwise.call', { role: t([`post.${role}`, 'post.other'], { role }) });
}
