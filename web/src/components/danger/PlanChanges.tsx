import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { FactChange, PlanDiff } from '../../api/plan';
import { useText } from '../../lib/text';
import { changesOf } from './plan';

interface Props {
  changes: PlanDiff;
  busy: boolean;
  /** None for those who may not. */
  onTake?(): void;
  /** Whether they come from what is only supposed: then they are folded, and there is nothing to take. */
  supposed?: boolean;
}

/** What the facts of now would make other than the plan that is worked on, and which fact makes it so. */
export function PlanChanges({ changes, busy, onTake, supposed = false }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const count = changesOf(changes);
  if (count === 0) {
    return <p className="muted">✓ {t(supposed ? 'whatIf.planSame' : 'plan.current')}</p>;
  }
  const title = t(supposed ? 'whatIf.planOther' : 'plan.changes', { n: count });
  const { level, option, added, removed, changed } = changes;
  return (
    <section className="plan-changes" aria-label={title}>
      <details open={!supposed} data-testid="plan-changes" data-count={count}>
        <summary>
          ⚠ <b>{title}</b>
        </summary>
        <ul className="bullets">
          {level && (
            <li>
              {t('plan.levelChange', {
                before: level[0] ?? t('level.none'),
                after: level[1] ?? t('level.none'),
              })}
            </li>
          )}
          {option && <li>{t('plan.optionChange')}</li>}
          {added.map(({ line, why }) => (
            <li key={line.id}>
              <b className="change in">{t('plan.added')}</b> <ins>{text(line.text)}</ins>
              <Why why={why} />
            </li>
          ))}
          {removed.map(({ line, why }) => (
            <li key={line.id}>
              <b className="change out">{t('plan.removed')}</b> <del>{text(line.text)}</del>
              <Why why={why} />
            </li>
          ))}
          {changed.map(({ before, after, parts, why }) => (
            <li key={after.id}>
              <b className="change time">{t('plan.changed')}</b>{' '}
              {parts.includes('text') ? (
                <>
                  <del>{text(before.text)}</del> <ins>{text(after.text)}</ins>
                </>
              ) : (
                text(after.text)
              )}{' '}
              <span className="muted small">
                {parts.map((part) => t(`plan.part.${part}`)).join(t('list.comma'))}
              </span>
              <Why why={why} />
            </li>
          ))}
        </ul>
      </details>
      {onTake && (
        <p>
          <Button
            size="small"
            type="primary"
            loading={busy}
            data-testid="plan-take"
            onClick={onTake}
          >
            {t('plan.take')}
          </Button>{' '}
          <span className="muted small">{t('plan.takeHint')}</span>
        </p>
      )}
    </section>
  );
}

/** So many facts are read at a glance; the others are a click away. */
const AT_ONCE = 3;

function Why({ why }: { why: readonly FactChange[] }) {
  const { t } = useTranslation();
  const text = useText();
  if (why.length === 0) return null;
  const known = (value: FactChange['before']) => text(value) || t('plan.notKnown');
  const words = (facts: readonly FactChange[]) =>
    facts
      .map(({ label, before, after }) => `${text(label)} ${known(before)} → ${known(after)}`)
      .join(t('list.comma'));
  const rest = why.slice(AT_ONCE);
  return (
    <div className="muted small">
      {t('plan.why')} {words(why.slice(0, AT_ONCE))}
      {rest.length > 0 && (
        <details>
          <summary>{t('plan.whyMore', { n: rest.length })}</summary>
          {words(rest)}
        </details>
      )}
    </div>
  );
}
