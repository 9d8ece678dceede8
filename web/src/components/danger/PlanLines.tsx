import { Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import { SECTIONS } from '../../api/danger';
import type { PlanChange, PlanConflict, PlanContent, ShownLine } from '../../api/plan';
import { useNow } from '../../lib/clock';
import { useSpan, useText } from '../../lib/text';
import { BriefMoment } from '../Age';
import { Clause, Facts, Missing } from './Facts';

/** What can be done with a line; none for those who may not, and as long as nobody began the plan. */
export interface Editing {
  busy: boolean;
  onEdit(shown: ShownLine): void;
  onChange(line: string, change: PlanChange): void;
}

/** The lines by section: what protects people first. */
export function PlanLines({
  lines,
  editing,
}: {
  lines: readonly ShownLine[];
  editing: Editing | null;
}) {
  const { t } = useTranslation();
  return SECTIONS.map((section) => {
    const here = lines.filter(({ line }) => line.section === section);
    if (here.length === 0) return null;
    return (
      <section key={section} aria-label={t(`plan.section.${section}`)}>
        <h3>{t(`plan.section.${section}`)}</h3>
        <ol className="plan-lines">
          {here.map((shown) => (
            <Line key={shown.line.id} shown={shown} editing={editing} />
          ))}
        </ol>
      </section>
    );
  });
}

function Line({ shown, editing }: { shown: ShownLine; editing: Editing | null }) {
  const { t } = useTranslation();
  const text = useText();
  const { line, removed, conflict } = shown;
  return (
    <li
      className={line.protective ? 'plan-line protective-line' : 'plan-line'}
      data-testid="plan-line"
      data-line={line.id}
      data-removed={removed}
    >
      <p>
        {line.protective && <span className="badge best">{t('plan.protective')}</span>}{' '}
        {removed ? <del>{text(line.text)}</del> : text(line.text)}
      </p>
      <Meta shown={shown} />
      <Missing missing={line.missing} />
      <Facts facts={line.facts} />
      {conflict && <Conflict shown={shown} conflict={conflict} editing={editing} />}
      {editing && !conflict && <Deeds shown={shown} editing={editing} />}
    </li>
  );
}

/** Who does it, until when, after which clause, and who changed it last. */
function Meta({ shown: { line, edited, removed } }: { shown: ShownLine }) {
  const { t } = useTranslation();
  const text = useText();
  const span = useSpan();
  const now = useNow();
  const { deadline } = line;
  const due = deadline?.due ?? null;
  return (
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
      {edited && (
        <span className="plan-edited" data-testid="plan-edited">
          ✎ {t(removed ? 'plan.removedBy' : 'plan.editedBy', { by: edited[0] })}{' '}
          <BriefMoment at={edited[1]} />
        </span>
      )}
    </p>
  );
}

function Deeds({ shown, editing }: { shown: ShownLine; editing: Editing }) {
  const { t } = useTranslation();
  const { line, edited, removed } = shown;
  const { busy, onEdit, onChange } = editing;
  // A line without a rule is a person's own: nothing is generated that could be taken in its place.
  const own = line.rule === '';
  const words = { okText: t('ok'), cancelText: t('cancel') };
  return (
    <span className="row-buttons">
      {!removed && (
        <Button
          size="small"
          disabled={busy}
          data-testid="plan-write"
          aria-label={`${t('plan.edit')} ${line.id}`}
          onClick={() => onEdit(shown)}
        >
          {t('plan.edit')}
        </Button>
      )}
      {!removed && (own || !line.protective) && (
        <Popconfirm
          {...words}
          title={t('plan.removeAsk')}
          onConfirm={() => onChange(line.id, own ? { kind: 'take' } : { kind: 'remove' })}
        >
          <Button size="small" disabled={busy} data-testid="plan-remove">
            {t('plan.remove')}
          </Button>
        </Popconfirm>
      )}
      {edited && !own && (
        <Popconfirm
          {...words}
          title={t('plan.restoreAsk')}
          onConfirm={() => onChange(line.id, { kind: 'take' })}
        >
          <Button size="small" disabled={busy} data-testid="plan-restore">
            {t('plan.restore')}
          </Button>
        </Popconfirm>
      )}
    </span>
  );
}

/** Both wordings side by side; a person decides. */
function Conflict({
  shown: { line, edited },
  conflict,
  editing,
}: {
  shown: ShownLine;
  conflict: PlanConflict;
  editing: Editing | null;
}) {
  const { t } = useTranslation();
  const keep: PlanChange = conflict.edited
    ? { kind: 'write', content: conflict.edited }
    : { kind: 'remove' };
  // What came to protect people is not taken out again.
  const mayKeep = conflict.edited !== null || !line.protective;
  return (
    <section className="plan-conflict" aria-label={t('plan.conflict')} data-testid="plan-conflict">
      <b>⚠ {t('plan.conflict')}</b>
      <dl>
        <dt>{t('plan.conflict.edited', { by: edited?.[0] ?? '' })}</dt>
        <dd>
          <Words content={conflict.edited} none={t('plan.conflict.takenOut')} />
        </dd>
        <dt>{t('plan.conflict.generated')}</dt>
        <dd>
          <Words content={conflict.generated} none={t('plan.conflict.gone')} />
        </dd>
      </dl>
      {editing && (
        <span className="row-buttons">
          {mayKeep && (
            <Button
              size="small"
              disabled={editing.busy}
              data-testid="plan-keep"
              onClick={() => editing.onChange(line.id, keep)}
            >
              {t('plan.conflict.keep')}
            </Button>
          )}
          <Button
            size="small"
            disabled={editing.busy}
            data-testid="plan-generated"
            onClick={() => editing.onChange(line.id, { kind: 'take' })}
          >
            {t('plan.conflict.take')}
          </Button>
        </span>
      )}
    </section>
  );
}

function Words({ content, none }: { content: PlanContent | null; none: string }) {
  const { t } = useTranslation();
  const text = useText();
  const span = useSpan();
  if (!content) return <i>{none}</i>;
  return (
    <>
      {text(content.text)}
      <span className="muted small">
        {text(content.who) && ` · ${t('plan.who')} ${text(content.who)}`}
        {content.within_min !== null &&
          ` · ${t('plan.within', { span: span(content.within_min) })}`}
      </span>
    </>
  );
}
