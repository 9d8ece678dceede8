import { useTranslation } from 'react-i18next';
import type { ProgramStep } from '../../api/types';
import { useProfileWords } from '../../lib/profiles';
import { useText } from '../../lib/text';
import { checkWords, commandWords, otherwiseWords, proofWords, type Told } from './words';

/** The steps of a program, each readable by whoever has to sign it off. */
export function Steps({ steps }: { steps: ProgramStep[] }) {
  const { t } = useTranslation();
  const text = useText();
  const profiles = useProfileWords();
  return (
    <ol className="program-steps">
      {steps.map((step, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps are known by their place
        <li key={i}>
          <b>{text(step.name)}</b>
          <dl>
            <Line label={t('program.command')} told={commandWords(t, profiles, step)} />
            {step.conditions.map((check) => (
              <Line
                key={JSON.stringify(check)}
                label={t('program.condition')}
                told={checkWords(t, profiles, check)}
              />
            ))}
            {step.interlocks.map(({ check, why }) => (
              <Line
                key={JSON.stringify(check)}
                label={`⊘ ${t('program.interlock')}`}
                told={checkWords(t, profiles, check)}
                why={text(why)}
              />
            ))}
            <Line label={t('program.proof')} told={proofWords(t, profiles, step)} />
            <Line
              label={t('program.limit')}
              told={{
                words: t('program.limitWords', { s: step.time_limit / 1000, n: step.retries }),
              }}
            />
            <Line label={t('program.otherwise')} told={{ words: otherwiseWords(t, step) }} />
          </dl>
        </li>
      ))}
    </ol>
  );
}

function Line({ label, told, why }: { label: string; told: Told; why?: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {told.words}
        {why && ` — ${why}`} {told.keys && <code className="key">{told.keys}</code>}
      </dd>
    </div>
  );
}
