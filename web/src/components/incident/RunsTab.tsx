import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import { usePrograms } from '../../api/queries';
import type { ProgramStep, Run, StepResult } from '../../api/types';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { formatValue } from '../../lib/number';
import { useProfileWords } from '../../lib/profiles';
import { useText } from '../../lib/text';
import { formatClock } from '../../lib/time';
import { ReasonModal } from '../ReasonModal';
import { DrillTag } from '../Tags';

const STEP_SIGN: Record<StepResult['state'], string> = {
  waiting: '…',
  proved: '✓',
  already: '✓',
  skipped: '→',
  interlocked: '⊘',
  failed: '✕',
  'no-target': '?',
};

type Verb = 'hold' | 'resume' | 'take-over';
const VERBS: Record<Run['state'], Verb[]> = {
  running: ['hold', 'take-over'],
  held: ['resume', 'take-over'],
  'taken-over': [],
  done: [],
  failed: [],
};

/** Programs that ran, step by step, with what proved or stopped each of them. */
export function RunsTab({ runs }: { runs: Run[] }) {
  const { t } = useTranslation();
  if (runs.length === 0) return <p className="empty">{t('incident.noRuns')}</p>;
  return (
    <ul className="runs">
      {[...runs]
        .sort((a, b) => b.id - a.id)
        .map((run) => (
          <RunCard key={run.id} run={run} />
        ))}
    </ul>
  );
}

function RunCard({ run }: { run: Run }) {
  const { t } = useTranslation();
  const text = useText();
  const mayAct = useMay('handle', run.drill);
  const program = usePrograms().data?.find(
    (p) => p.key === run.program && p.version === run.version,
  );
  const [verb, setVerb] = useState<Verb | null>(null);
  const { act, busy } = useAct();
  const submit = async ({ reason }: { reason: string }) => {
    if (await act(() => post(`/runs/${run.id}/${verb}`, { reason }))) setVerb(null);
  };
  return (
    <li className={`run ${run.state}`} data-testid="run" data-state={run.state}>
      <span className="alarm-line">
        <strong>{text(run.name)}</strong>
        <span className={`run-state ${run.state}`}>{t(`runState.${run.state}`)}</span>
        <span className="muted">{t('run.version', { n: run.version })}</span>
        {run.drill && <DrillTag />}
      </span>
      {run.by && (
        <span className="muted">
          {run.by.name}: {run.reason}
        </span>
      )}
      <ol className="steps">
        {run.results.map((result) => (
          <li key={result.step} className={`step ${result.state}`} data-state={result.state}>
            <span className="step-sign" aria-hidden="true">
              {STEP_SIGN[result.state]}
            </span>
            <span>
              {text(result.name)} <b>{t(`stepState.${result.state}`)}</b>{' '}
              <span className="muted">
                {formatClock(result.at)}
                {result.tries > 1 && ` · ${t('run.tries', { n: result.tries })}`}
                <Proof result={result} step={program?.steps[result.step]} />
              </span>
              {text(result.why) && <span className="step-why">{text(result.why)}</span>}
            </span>
          </li>
        ))}
      </ol>
      {mayAct && VERBS[run.state].length > 0 && (
        <span className="alarm-actions">
          {VERBS[run.state].map((v) => (
            <Button key={v} size="small" data-testid={`run-${v}`} onClick={() => setVerb(v)}>
              {t(`run.${v}`)}
            </Button>
          ))}
        </span>
      )}
      {verb && (
        <ReasonModal
          open
          title={t(`run.${verb}`)}
          busy={busy}
          onCancel={() => setVerb(null)}
          onSubmit={submit}
        />
      )}
    </li>
  );
}

/** The reading that proved the step, in the words of its point. */
function Proof({ result, step }: { result: StepResult; step: ProgramStep | undefined }) {
  const { t } = useTranslation();
  const words = useProfileWords();
  if (!result.proof) return null;
  const proved = result.proof[1];
  const asked = step?.proof;
  const value = asked
    ? `${words.point(asked.profile, asked.point)} ${words.value(asked.profile, asked.point, proved)}`
    : formatValue(proved);
  return <> · {t('run.proof', { value })}</>;
}
