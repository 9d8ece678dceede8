import { useTranslation } from 'react-i18next';
import type { ProgramStep } from '../../api/types';
import { useText } from '../../lib/text';
import { checkWords, commandWords, otherwiseWords, proofWords } from './words';

/** The steps of a program, each readable by whoever has to sign it off. */
export function Steps({ steps }: { steps: ProgramStep[] }) {
  const { t } = useTranslation();
  const text = useText();
  return (
    <ol className="program-steps">
      {steps.map((step, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps are known by their place
        <li key={i}>
          <b>{text(step.name)}</b>
          <dl>
            <Line label={t('program.command')} words={commandWords(t, step)} />
            {step.conditions.map((check) => (
              <Line
                key={JSON.stringify(check)}
                label={t('program.condition')}
                words={checkWords(t, check)}
              />
            ))}
            {step.interlocks.map(({ check, why }) => (
              <Line
                key={JSON.stringify(check)}
                label={`⊘ ${t('program.interlock')}`}
                words={`${checkWords(t, check)} — ${text(why)}`}
              />
            ))}
            <Line label={t('program.proof')} words={proofWords(t, step)} />
            <Line
              label={t('program.limit')}
              words={t('program.limitWords', { s: step.time_limit / 1000, n: step.retries })}
            />
            <Line label={t('program.otherwise')} words={otherwiseWords(t, step)} />
          </dl>
        </li>
      ))}
    </ol>
  );
}

function Line({ label, words }: { label: string; words: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{words}</dd>
    </div>
  );
}
