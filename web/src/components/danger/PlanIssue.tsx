import { Alert, Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PAPERS, type Paper, type PlanView, planPaper } from '../../api/plan';
import { useAct } from '../../lib/actions';
import { save } from '../../lib/save';
import { Moment } from '../Age';
import { changesOf, nextNumber, type Step } from './plan';

/** Towards the next version: asks, approves or issues, each read once more before it is done. */
export function PlanIssue({
  view,
  step,
  busy,
  onIssue,
}: {
  view: PlanView;
  step: Step;
  busy: boolean;
  onIssue(): Promise<boolean>;
}) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const n = nextNumber(view);
  const by = view.asked_by ?? '';
  if (step === 'begin') return null;
  if (step === 'conflicts') {
    return <span className="bad">{t('plan.step.conflicts', { n: view.conflicts })}</span>;
  }
  if (step === 'wait') {
    return (
      <span role="status" data-testid="plan-waits">
        … {t('plan.step.wait', { by })}
      </span>
    );
  }
  const behind = changesOf(view.changes);
  return (
    <>
      <Button
        size="small"
        type={behind === 0 ? 'primary' : 'default'}
        disabled={busy}
        data-testid="plan-issue"
        onClick={() => setAsked(true)}
      >
        {t(`plan.step.${step}`, { n })}
      </Button>
      <Modal
        open={asked}
        title={t(`plan.step.${step}`, { n })}
        okText={t('ok')}
        cancelText={t('cancel')}
        confirmLoading={busy}
        onCancel={() => setAsked(false)}
        onOk={async () => {
          if (await onIssue()) setAsked(false);
        }}
      >
        {behind > 0 && (
          <Alert
            type="warning"
            showIcon
            className="page-hint"
            title={t('plan.behind', { n: behind })}
          />
        )}
        <p>{t(`plan.hint.${step}`, { n, by })}</p>
        <p className="muted">
          {t('plan.contains', {
            n: view.lines.filter(({ removed }) => !removed).length,
            edited: view.lines.filter(({ edited }) => edited !== null).length,
          })}
        </p>
      </Modal>
    </>
  );
}

/** What was issued, newest first, each to be printed as it was. */
export function PlanVersions({ incident, view }: { incident: number; view: PlanView }) {
  const { t } = useTranslation();
  if (view.versions.length === 0) return null;
  return (
    <section aria-label={t('plan.versions')}>
      <h3>
        {t('plan.versions')} <span className="muted">{view.versions.length}</span>
      </h3>
      <ul className="shares" data-testid="plan-versions">
        {view.versions.map((one) => (
          <li key={one.number}>
            <b>{t('plan.version', { n: one.number })}</b> <Moment at={one.at} />{' '}
            {one.level && t('plan.versionLevel', { level: one.level })}{' '}
            <span className="muted">
              {t('plan.versionBy', { asked: one.asked_by, approved: one.approved_by })} ·{' '}
              {one.summary}
            </span>{' '}
            <PlanPapers incident={incident} version={one.number} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The plan on paper in the language of the screen. A paper that cannot be made says why. */
export function PlanPapers({ incident, version }: { incident: number; version?: number }) {
  const { t, i18n } = useTranslation();
  const { act, busy } = useAct();
  const print = (format: Paper) =>
    act(async () => {
      const lang = i18n.language.startsWith('en') ? 'en' : 'zh';
      const file = await planPaper(incident, format, lang, version);
      save(file, `plan-${incident}${version === undefined ? '' : `-${version}`}.${format}`);
    });
  return (
    <span className="row-buttons">
      {PAPERS.map((format) => (
        <Button
          key={format}
          size="small"
          disabled={busy}
          data-testid={`plan-${format}${version === undefined ? '' : `-${version}`}`}
          onClick={() => print(format)}
        >
          {t(`plan.paper.${format}`)}
        </Button>
      ))}
    </span>
  );
}
