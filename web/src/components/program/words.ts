// Steps of a program in words: what is asked, what is commanded, what proves it.
import type { TFunction } from 'i18next';
import type { Check, Compare, ProgramStep, Within } from '../../api/types';
import { formatValue } from '../../lib/number';

const COMPARE: Record<Compare, string> = {
  Below: '<',
  AtMost: '≤',
  Equal: '=',
  AtLeast: '≥',
  Above: '>',
};

export function withinWords(t: TFunction, within: Within): string {
  if (within === 'Room') return t('program.within.room');
  if (within === 'Facility') return t('program.within.facility');
  return t('program.within.metres', { n: within.Metres });
}

export function checkWords(t: TFunction, check: Check): string {
  if ('Value' in check) {
    const { profile, within, point, compare, value, unknown } = check.Value;
    const words = `${withinWords(t, within)} ${profile}.${point} ${COMPARE[compare]} ${formatValue(value)}`;
    return `${words} ${t(unknown ? 'program.unknownHolds' : 'program.unknownFails')}`;
  }
  if ('Attribute' in check) {
    return t('program.attribute', { name: check.Attribute.name, value: check.Attribute.value });
  }
  if ('Level' in check) return t('program.level', { n: check.Level + 1 });
  return check.Any.map((one) => checkWords(t, one)).join(` ${t('program.or')} `);
}

export function commandWords(t: TFunction, step: ProgramStep): string {
  const argument = step.argument === 0 ? '' : ` ${formatValue(step.argument)}`;
  return `${withinWords(t, step.target.within)} ${step.target.profile} → ${step.command}${argument}`;
}

export function proofWords(t: TFunction, step: ProgramStep): string {
  if (!step.proof) return t('program.noProof');
  const { profile, point, compare, value } = step.proof;
  return `${profile}.${point} ${COMPARE[compare]} ${formatValue(value)}`;
}

export function otherwiseWords(t: TFunction, step: ProgramStep): string {
  if (step.otherwise === 'Continue') return t('program.otherwise.continue');
  if ('Jump' in step.otherwise) return t('program.otherwise.jump', { n: step.otherwise.Jump + 1 });
  const role = step.otherwise.Call;
  return t('program.otherwise.call', { role: t([`post.${role}`, 'post.other'], { role }) });
}
