import { Alert, Timeline } from 'antd';
import { useTranslation } from 'react-i18next';
import type { BaseKind, BaseObject } from '../../api/base';
import { type RiskInput, type RiskStep, useObjectZoning, useRisk, useSite } from '../../api/risk';
import { formatQuantity } from '../../lib/number';
import { useText } from '../../lib/text';
import { formatTime } from '../../lib/time';
import { Problem } from '../Problem';
import { RiskTag } from './RiskTag';
import { useBaseWords } from './words';

const shown = (value: number | string | null, unit: string) =>
  value === null ? '–' : typeof value === 'number' ? formatQuantity(value, unit) : value;

/** How dangerous an object is, with everything it follows from, and what it was before. */
export function ObjectRisk({ kind, object }: { kind: BaseKind; object: BaseObject }) {
  const { t } = useTranslation();
  const query = useRisk(kind.key, object.key, object.risk !== null);
  if (object.risk === null) return null;
  const risk = query.data;
  return (
    <section data-testid="object-risk">
      <h3>{t('risk.title')}</h3>
      <Problem query={query} />
      {risk && <Step step={risk.now} />}
      {risk && risk.history.length > 0 && (
        <details>
          <summary>{t('risk.history', { count: risk.history.length })}</summary>
          <Timeline
            items={[risk.now, ...risk.history].map((step) => ({
              content: (
                <>
                  <RiskTag colour={step.colour} /> {formatTime(step.at)}
                  <Why step={step} />
                </>
              ),
            }))}
          />
        </details>
      )}
    </section>
  );
}

function Why({ step }: { step: RiskStep }) {
  const { t } = useTranslation();
  const text = useText();
  if (step.why.length === 0) return <div className="muted small">{t('risk.first')}</div>;
  return (
    <>
      {step.why.map((difference) => (
        <div key={difference.key} className="small">
          {text(difference.name)}: {shown(difference.before, difference.unit)} →{' '}
          {shown(difference.after, difference.unit)}
        </div>
      ))}
    </>
  );
}

function Step({ step }: { step: RiskStep }) {
  const { t } = useTranslation();
  const text = useText();
  return (
    <>
      <p className="row-buttons">
        <RiskTag colour={step.colour} />
        <span>
          {t(`risk.method.${step.method}`)} {step.grade}
        </span>
      </p>
      {text(step.formula) && <p className="risk-formula">{text(step.formula)}</p>}
      {step.hidden && <Alert type="info" showIcon title={t('risk.hidden')} />}
      {step.warnings.length > 0 && (
        <ul className="risk-warnings">
          {step.warnings.map((warning) => (
            <li key={warning.en}>{text(warning)}</li>
          ))}
        </ul>
      )}
      <table className="points">
        <thead>
          <tr>
            <th scope="col">{t('risk.input')}</th>
            <th scope="col">{t('risk.value')}</th>
            <th scope="col">{t('risk.from')}</th>
          </tr>
        </thead>
        <tbody>
          {step.inputs.map((input) => (
            <tr key={input.key}>
              <td>{text(input.name)}</td>
              <td>{shown(input.value, input.unit)}</td>
              <td className="muted small">
                <From input={input} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function From({ input }: { input: RiskInput }) {
  const { t } = useTranslation();
  const words = useBaseWords();
  switch (input.from) {
    case 'record':
      return words.origin(input.origin);
    case 'table':
      return `${input.source}${input.sure ? '' : ` · ${t('risk.unsure')}`}`;
    case 'neighbour':
      return t('risk.near', { metres: input.metres ?? 0 });
    case 'sum':
      return t('risk.sum');
  }
}

/** Whom an object endangers by its nearness, and which dangers it is too near to. */
export function ObjectZone({ kind, object }: { kind: BaseKind; object: BaseObject }) {
  const { t } = useTranslation();
  const zone = useObjectZoning(kind.key, object.key).data;
  if (!zone || (!zone.hazard && !zone.unknown && zone.dangers.length === 0)) return null;
  const near = zone.hazard?.near ?? [];
  return (
    <section>
      <h3>{t('zoning.title')}</h3>
      {zone.unknown && <p className="risk-warnings">{t('zoning.unknown')}</p>}
      {zone.hazard && (
        <p>
          {t('zoning.found', {
            required: Math.round(zone.hazard.required),
            count: zone.hazard.conflicts,
            people: zone.hazard.people,
          })}{' '}
          <span className="muted small">{zone.hazard.standard}</span>
        </p>
      )}
      <ul>
        {[...near, ...zone.dangers].map((conflict) => (
          <li key={conflict.object.id}>
            {conflict.object.name} · {Math.round(conflict.metres)} m
            {conflict.people !== null && ` · ${t('zoning.people', { count: conflict.people })}`}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What an object has of what it must have. */
export function ObjectNeeds({ kind, object }: { kind: BaseKind; object: BaseObject }) {
  const { t } = useTranslation();
  const text = useText();
  const site = useSite(kind.key, object.key, kind.needs.length > 0).data;
  if (!site || kind.needs.length === 0) return null;
  return (
    <section data-testid="object-needs">
      <h3>{t('sites.object', { score: Math.round(site.score * 100) })}</h3>
      <table className="points">
        <thead>
          <tr>
            <th scope="col">{t('sites.need')}</th>
            <th scope="col">{t('sites.required')}</th>
            <th scope="col">{t('sites.installed')}</th>
            <th scope="col">{t('sites.working')}</th>
            <th scope="col">{t('sites.expired')}</th>
          </tr>
        </thead>
        <tbody>
          {site.needs.map((need) => (
            <tr key={need.key} className={need.missing > 0 ? 'misses' : undefined}>
              <td>{text(need.name)}</td>
              <td>{need.required}</td>
              <td>{need.installed}</td>
              <td>{need.working}</td>
              <td>{need.expired}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
