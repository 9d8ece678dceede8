import { useTranslation } from 'react-i18next';
import { type DraftPlan, type PlanLine, SECTIONS } from '../../api/danger';
import { useNow } from '../../lib/clock';
import { useSpan, useText } from '../../lib/text';
import { BriefMoment } from '../Age';
import { Clause, Facts, Missing } from './Facts';

/** The draft of the plan: what protects people first, each line with who, until when, why. */
export function PlanTab({ plan, actions }: { plan: DraftPlan; actions?: React.ReactNode }) {
  const { t } = useTranslation();
  const text = useText();
  const lacking = plan.lines.filter((line) => line.missing.length > 0).length;
  return (
    <div className="danger-tab" data-testid="plan">
      <header className="plan-head">
        <h3>{text(plan.title)}</h3>
        <span className="muted">
          <BriefMoment at={plan.at} /> · {plan.packs.map(([key, n]) => `${key} ${n}`).join(' · ')}
        </span>
        {lacking > 0 && (
          <span className="badge not-now">⚠ {t('plan.lacking', { n: lacking })}</span>
        )}
        {/* What can be done with the plan: edits, issue, print. */}
        {actions && <div className="plan-actions">{actions}</div>}
      </header>
      {plan.lines.length === 0 && <p className="muted">{t('plan.none')}</p>}
      {SECTIONS.map((section) => {
        const lines = plan.lines.filter((line) => line.section === section);
        if (lines.length === 0) return null;
        return (
          <section key={section} aria-label={t(`plan.section.${section}`)}>
            <h3>{t(`plan.section.${section}`)}</h3>
            <ol className="plan-lines">
              {lines.map((line) => (
                <Line key={line.id} line={line} />
              ))}
            </ol>
          </section>
        );
      })}
    </div>
  );
}

function Line({ line }: { line: PlanLine }) {
  const { t } = useTranslation();
  const text = useText();
  const span = useSpan();
  const now = useNow();
  const { deadline } = line;
  const due = deadline?.due ?? null;
  return (
    <li
      className={line.protective ? 'plan-line protective-line' : 'plan-line'}
      data-testid="plan-line"
    >
      <p>
        {line.protective && <span className="badge best">{t('plan.protective')}</span>}{' '}
        {text(line.text)}
      </p>
      <p className="plan-meta">
        {text(line.who) && (
          <span>
            {t('plan.who')} <b>{text(line.who)}</b>
          </span>
        )}
        {deadline && (
          <span className={due !== null && due < now ? 'overdue' : ''}>
            {t('plan.within', { span: span(deadline.within_min) })}
            {due !== null && (
              <>
                {' '}
                · {t('plan.until')} <BriefMoment at={due} />
              </>
            )}
          </span>
        )}
        <Clause clause={line.clause} />
      </p>
      <Missing missing={line.missing} />
      <Facts facts={line.facts} />
    </li>
  );
}
