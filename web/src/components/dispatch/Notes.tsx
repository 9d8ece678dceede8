import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { DISPATCH_STALE, type Dispatch } from '../../api/dispatch';
import { useIncidentName, useText } from '../../lib/text';
import { Age } from '../Age';
import { nameInDetail } from './view';

/** Why the proposal no longer holds. */
export function StaleNote({
  dispatch: { stale, incidents },
  nameOf,
  busy,
  onAnew,
}: {
  dispatch: Dispatch;
  /** Name of an open incident. */
  nameOf(id: number): string | undefined;
  busy: boolean;
  /** None for those who may not. */
  onAnew?(): void;
}) {
  const { t } = useTranslation();
  const wordsOf = useIncidentName();
  if (!stale) return null;
  const incident = (detail: string) => {
    const known = incidents.find((one) => String(one.id) === detail);
    return `${detail} ${(known && wordsOf(known)) ?? nameOf(Number(detail)) ?? ''}`.trim();
  };
  const detail = {
    'new-incident': incident,
    'incident-over': incident,
    needs: (words: string) => words,
    'force-gone': nameInDetail,
    goods: (words: string) => words,
    beds: (words: string) => words,
    roads: (words: string) => words,
  }[stale.what as (typeof DISPATCH_STALE)[number]];
  const known = (DISPATCH_STALE as readonly string[]).includes(stale.what);
  const why = known ? t(`dispatch.stale.${stale.what}`) : stale.what;
  return (
    <div className="stale-dispatch" data-testid="dispatch-stale">
      <span>
        <span role="alert">
          ⚠ <b>{t('dispatch.stale')}</b> {why} {detail ? detail(stale.detail) : stale.detail}
        </span>{' '}
        <Age at={stale.at} />
      </span>
      {onAnew && (
        <Button type="primary" loading={busy} data-testid="dispatch-anew" onClick={onAnew}>
          {t('dispatch.anew')}
        </Button>
      )}
    </div>
  );
}

export function Warnings({ warnings }: { warnings: Dispatch['warnings'] }) {
  const { t } = useTranslation();
  if (warnings.length === 0) return null;
  return (
    <Alert
      type="warning"
      showIcon
      className="dispatch-warnings"
      data-testid="dispatch-warnings"
      title={
        <ul>
          {warnings.map((warning) => (
            <li key={warning}>{t(`dispatch.warning.${warning}`)}</li>
          ))}
        </ul>
      }
    />
  );
}

/** What is different from the proposal before, and why. */
export function Changes({
  dispatch: { changes, before, incidents, needs },
}: {
  dispatch: Dispatch;
}) {
  const { t } = useTranslation();
  const text = useText();
  const wordsOf = useIncidentName();
  if (before === null) return null;
  const minutes = (value: number) => t('danger.minutes', { n: Math.round(value) });
  const name = (id: number) => {
    const scene = incidents.find((one) => one.id === id);
    return scene ? wordsOf(scene) : '';
  };
  const need = (incident: number, rule: string) =>
    text(needs.find((one) => one.incident === incident && one.rule === rule)?.name) || rule;
  return (
    <details className="dispatch-changes" open={changes.length > 0} data-testid="dispatch-changes">
      <summary>
        {t('dispatch.changes', { n: before })} <b>{changes.length}</b>
      </summary>
      {changes.length === 0 && <p className="muted">{t('dispatch.noChanges')}</p>}
      <ul className="shares">
        {changes.map((change) => {
          const { incident, rule, kind, key, before_min, after_min, why } = change;
          const deed = before_min === null ? 'in' : after_min === null ? 'out' : 'time';
          return (
            <li key={`${incident} ${rule} ${kind} ${key} ${why}`}>
              <span className={`change ${deed}`}>{t(`dispatch.deed.${deed}`)}</span>{' '}
              <b>{change.name || key}</b>{' '}
              <span className="muted">
                {incident} {name(incident)} · {need(incident, rule)}
              </span>{' '}
              <span className="change-min">
                {before_min !== null && <s>{minutes(before_min)}</s>}{' '}
                {after_min !== null && minutes(after_min)}
              </span>{' '}
              {t(`dispatch.change.${why}`)}
            </li>
          );
        })}
      </ul>
    </details>
  );
}
