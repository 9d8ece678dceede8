import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../api/client';
import type { DraftPlan } from '../../api/danger';
import {
  editPlan,
  issuePlan,
  type PlanChange,
  type PlanView,
  planKey,
  renewPlan,
  type ShownLine,
  usePlan,
} from '../../api/plan';
import type { Incident } from '../../api/types';
import { useMay, useMe } from '../../app/session';
import { useAct } from '../../lib/actions';
import { randomKey } from '../../lib/key';
import { useText } from '../../lib/text';
import { BriefMoment } from '../Age';
import { Problem } from '../Problem';
import { GradeTag } from '../Tags';
import { PlanChanges } from './PlanChanges';
import { PlanEdit } from './PlanEdit';
import { PlanIssue, PlanPapers, PlanVersions } from './PlanIssue';
import { PlanLines } from './PlanLines';
import { asShown, contentOf, gradeOf, lastIn, stepOf } from './plan';

interface Props {
  incident: Incident;
  /** As the facts of now make it: shown until the plan that people work on has come. */
  draft: DraftPlan;
  /** Whether the tab is looked at. */
  looks: boolean;
}

/** The plan: drafted from facts, worked on by people, issued under a number, printed. */
export function PlanTab({ incident, draft, looks }: Props) {
  const { t } = useTranslation();
  const query = usePlan(incident.id, looks);
  const mayHandle = useMay('handle', incident.drill) && incident.state !== 'closed';
  const view = query.data;
  const lines = view?.lines ?? draft.lines.map(asShown);
  const work = usePlanWork(incident.id);
  const [edited, setEdited] = useState<ShownLine | 'new' | null>(null);
  const begun = view?.begun ?? false;
  const change = async (line: string, what: PlanChange) => {
    if (await work.edit(line, what)) setEdited(null);
  };
  return (
    <div className="danger-tab" data-testid="plan" data-begun={begun}>
      <Head draft={draft} view={view} lines={lines} />
      <Problem query={query} />
      {view && (
        <Actions incident={incident.id} view={view} mayHandle={mayHandle} work={work}>
          {begun && mayHandle && (
            <Button
              size="small"
              disabled={work.busy}
              data-testid="plan-add"
              onClick={() => setEdited('new')}
            >
              {t('plan.add')}
            </Button>
          )}
        </Actions>
      )}
      {begun && view && (
        <PlanChanges
          changes={view.changes}
          busy={work.busy}
          onTake={mayHandle ? work.renew : undefined}
        />
      )}
      {lines.length === 0 && <p className="muted">{t('plan.none')}</p>}
      <PlanLines
        lines={lines}
        editing={
          begun && mayHandle ? { busy: work.busy, onEdit: setEdited, onChange: change } : null
        }
      />
      {view && <PlanVersions incident={incident.id} view={view} />}
      {edited && (
        <PlanEdit
          title={t(edited === 'new' ? 'plan.add' : 'plan.edit')}
          content={edited === 'new' ? null : contentOf(edited.line)}
          busy={work.busy}
          onCancel={() => setEdited(null)}
          onSubmit={(content, section) =>
            edited === 'new'
              ? change(`own-${randomKey()}`, {
                  kind: 'add',
                  section,
                  priority: lastIn(lines, section),
                  content,
                })
              : change(edited.line.id, { kind: 'write', content })
          }
        />
      )}
    </div>
  );
}

/** What people do with the plan. Each answer is the plan as it is then: what was asked for before must not come in after it. */
function usePlanWork(incident: number) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const queryKey = planKey(incident);
  const take = async (view: PlanView) => {
    await client.cancelQueries({ queryKey });
    client.setQueryData(queryKey, view);
  };
  const issue = async () => {
    try {
      return await issuePlan(incident);
    } catch (error) {
      // Lines in conflict are not offered to be issued: then nothing is other than in the version before.
      if (error instanceof ApiError && error.code === 'wrong-state') {
        throw new ApiError('plan-unchanged', error.status, error.message);
      }
      throw error;
    } finally {
      void client.invalidateQueries({ queryKey });
    }
  };
  const [said, setSaid] = useState('');
  return {
    busy,
    /** What came of issuing. */
    said,
    renew: () => void act(async () => take(await renewPlan(incident)), t('plan.renewed')),
    edit: (line: string, change: PlanChange) =>
      act(async () => take(await editPlan(incident, line, change))),
    issue: () =>
      act(async () => {
        const { number } = await issue();
        // That another has to approve is told by the next step itself.
        setSaid(number === null ? '' : t('plan.issued', { n: number }));
      }),
  };
}

function Head({
  draft,
  view,
  lines,
}: {
  draft: DraftPlan;
  view: PlanView | undefined;
  lines: readonly ShownLine[];
}) {
  const { t } = useTranslation();
  const text = useText();
  const lacking = lines.filter(({ line }) => line.missing.length > 0).length;
  const level = view ? view.level : draft.level;
  return (
    <header className="plan-head">
      <h3>{text(view?.title ?? draft.title)}</h3>
      {level && <GradeTag grade={gradeOf(level)} />}
      <span className="muted">
        {t(view?.begun ? 'plan.begun' : 'plan.draft')} <BriefMoment at={view?.at ?? draft.at} /> ·{' '}
        {draft.packs.map(([key, n]) => `${key} ${n}`).join(' · ')}
      </span>
      {lacking > 0 && <span className="badge not-now">⚠ {t('plan.lacking', { n: lacking })}</span>}
    </header>
  );
}

function Actions({
  incident,
  view,
  mayHandle,
  work,
  children,
}: {
  incident: number;
  view: PlanView;
  mayHandle: boolean;
  work: ReturnType<typeof usePlanWork>;
  children: React.ReactNode;
}) {
  const { t } = useTranslation();
  const step = stepOf(view, useMe().account);
  return (
    <div className="plan-actions">
      {mayHandle && step === 'begin' && (
        <>
          <Button
            size="small"
            type="primary"
            loading={work.busy}
            data-testid="plan-begin"
            onClick={work.renew}
          >
            {t('plan.begin')}
          </Button>
          <span className="muted small">{t('plan.beginHint')}</span>
        </>
      )}
      {children}
      {mayHandle && <PlanIssue view={view} step={step} busy={work.busy} onIssue={work.issue} />}
      <PlanPapers incident={incident} />
      {work.said && (
        <span className="done" role="status" data-testid="plan-said">
          ✓ {work.said}
        </span>
      )}
    </div>
  );
}
