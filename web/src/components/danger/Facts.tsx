import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { useKinds } from '../../api/base';
import type { ClauseRef, MissingFact, UsedFact } from '../../api/danger';
import { selection } from '../../lib/selection';
import { useText } from '../../lib/text';
import { Age } from '../Age';

/** Facts that something rests on, each with where it comes from: a device or an object opens. */
export function Facts({ facts }: { facts: readonly UsedFact[] }) {
  const { t } = useTranslation();
  const text = useText();
  if (facts.length === 0) return null;
  return (
    <details className="fact-list">
      <summary>{t('danger.facts', { n: facts.length })}</summary>
      <ul>
        {facts.map((fact) => (
          <li key={fact.key}>
            {text(fact.label)}: <b>{text(fact.value)}</b> <Source fact={fact} />{' '}
            <span className="muted">
              <Age at={fact.at} />
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Source({ fact }: { fact: UsedFact }) {
  const { t } = useTranslation();
  const text = useText();
  const kinds = useKinds().data;
  const { kind, reference, label } = fact.source;
  const [first = '', ...rest] = reference.split('/');
  const key = rest.join('/');
  const words = `${t(`danger.source.${kind}`)} · ${text(label) || reference}`;
  const isDevice = kind === 'reading' && first === 'device';
  const isObject = kind === 'row' && key !== '' && kinds?.some((one) => one.key === first);
  if (!isDevice && !isObject) return <span className="muted">{words}</span>;
  return (
    <button
      type="button"
      className="link"
      onClick={() => selection.set(isDevice ? { device: key } : { object: { kind: first, key } })}
    >
      {words}
    </button>
  );
}

/** Facts that are lacking: marked, never passed over. */
export function Missing({ missing }: { missing: readonly MissingFact[] }) {
  const { t } = useTranslation();
  const text = useText();
  if (missing.length === 0) return null;
  return (
    <span className="missing-facts">
      {missing.map((fact) => (
        <Tag key={fact.key} className="defect">
          ⚠ {t('danger.missing', { what: text(fact.label) })}
        </Tag>
      ))}
    </span>
  );
}

/** The clause that something follows; one that nobody checked says so. */
export function Clause({ clause }: { clause: ClauseRef | null }) {
  const { t } = useTranslation();
  const text = useText();
  if (!clause) return null;
  return (
    <span className="muted clause" title={clause.key}>
      {text(clause.label) || clause.key}
      {!clause.sure && ` · ${t('danger.unsureClause')}`}
    </span>
  );
}
