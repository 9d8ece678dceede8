import { Button, Form, Radio, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import type { Choices, Judgement, OptionChoice } from '../../api/danger';
import type { Incident } from '../../api/types';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useAsked } from '../../lib/asked';
import { useSpan, useText } from '../../lib/text';
import { ReasonModal } from '../ReasonModal';
import { GradeTag } from '../Tags';
import { Clause, Facts, Missing } from './Facts';
import { gradeOf } from './plan';

interface Props {
  incident: Incident;
  judgement: Judgement;
  options: Choices;
  /** Whether this is only supposed: then no level is set. */
  supposed: boolean;
}

/** Which level the rules ask for and why; what can be done, side by side. */
export function OptionsTab({ incident, judgement, options, supposed }: Props) {
  const { t } = useTranslation();
  const text = useText();
  return (
    <div className="danger-tab">
      <Level incident={incident} judgement={judgement} supposed={supposed} />
      <section aria-label={t('options.title')}>
        <h3>
          {t('options.title')} <span className="muted">{options.choices.length}</span>
        </h3>
        {options.choices.length === 0 && <p className="muted">{t('options.none')}</p>}
        <div className="option-cards" data-testid="options">
          {options.choices.map((choice) => (
            <OptionCard
              key={choice.key}
              choice={choice}
              recommended={choice.key === options.recommended}
            />
          ))}
        </div>
        {options.left_out.length > 0 && (
          <details>
            <summary>{t('options.leftOut', { n: options.left_out.length })}</summary>
            <ul className="bullets">
              {options.left_out.map((one) => (
                <li key={one.key}>
                  <b>{text(one.name)}</b> <span className="muted">{text(one.why)}</span>
                </li>
              ))}
            </ul>
          </details>
        )}
      </section>
    </div>
  );
}

function Level({ incident, judgement, supposed }: Omit<Props, 'options'>) {
  const { t } = useTranslation();
  const text = useText();
  const mayHandle = useMay('handle', incident.drill) && incident.state !== 'closed' && !supposed;
  const { act, busy } = useAct();
  const [asked, setAsked] = useAsked<true>(mayHandle);
  const proposed = gradeOf(judgement.level);
  const submit = async (values: object) => {
    if (await act(() => post(`/incidents/${incident.id}/grade`, values))) setAsked(null);
  };
  return (
    <section aria-label={t('level.title')}>
      <h3>{t('level.title')}</h3>
      <div className="level-line">
        <span>
          {t('level.proposed')}{' '}
          {proposed ? <GradeTag grade={proposed} /> : <b>{t('level.none')}</b>}
        </span>
        <span>
          {t('level.set')} <GradeTag grade={incident.grade} />
        </span>
        {mayHandle && (
          <Button
            size="small"
            type={proposed && proposed !== incident.grade ? 'primary' : 'default'}
            data-testid="level-set"
            onClick={() => setAsked(true)}
          >
            {t('incident.setGrade')}
          </Button>
        )}
      </div>
      <ul className="because">
        {judgement.because.map((one) => (
          <li key={one.rule}>
            <GradeTag grade={gradeOf(one.level)} /> {text(one.text)}{' '}
            {one.automatic && <Tag>{t('level.automatic')}</Tag>}
            <Clause clause={one.clause} />
            <Facts facts={one.facts} />
          </li>
        ))}
        {judgement.open.map((one) => (
          <li key={one.rule} className="open-rule">
            <GradeTag grade={gradeOf(one.level)} /> {t('level.open')}{' '}
            <Missing
              missing={one.missing.map((label) => ({ key: `${one.rule} ${label.en}`, label }))}
            />
          </li>
        ))}
      </ul>
      {mayHandle && (
        <ReasonModal
          open={asked !== null}
          title={t('incident.setGrade')}
          initial={{ grade: proposed ?? incident.grade ?? 4 }}
          busy={busy}
          onCancel={() => setAsked(null)}
          onSubmit={submit}
        >
          <Form.Item name="grade" label={t('incident.grade')} rules={[{ required: true }]}>
            <Radio.Group
              optionType="button"
              options={[1, 2, 3, 4].map((n) => ({ value: n, label: t(`incident.grade.${n}`) }))}
            />
          </Form.Item>
        </ReasonModal>
      )}
    </section>
  );
}

function OptionCard({ choice, recommended }: { choice: OptionChoice; recommended: boolean }) {
  const { t } = useTranslation();
  const span = useSpan();
  const text = useText();
  return (
    <article
      className={`option-card ${recommended ? 'recommended' : ''}`}
      aria-label={text(choice.name)}
      data-testid="option"
    >
      <header>
        <b>{text(choice.name)}</b>
        <Tag>{t(`options.kind.${choice.kind}`)}</Tag>
        {recommended && <span className="badge best">★ {t('options.recommended')}</span>}
        {!choice.allowed_now && <span className="badge not-now">⊘ {t('options.notNow')}</span>}
      </header>
      <p className="option-why">{text(choice.why)}</p>
      <dl>
        <Row label={t('options.effect')}>{text(choice.effect)}</Row>
        <Row label={t('options.people')}>
          {choice.people === null ? '–' : Math.round(choice.people).toLocaleString('en')}
          {choice.dose !== null && (
            <span className="muted">
              {' '}
              · {t('options.dose', { n: Math.round(choice.dose * 100) })}
            </span>
          )}
        </Row>
        <Row label={t('options.minutes')}>{span(choice.minutes)}</Row>
        <Row label={t('options.cost')}>{text(choice.cost)}</Row>
        <Row label={t('options.who')}>{text(choice.who)}</Row>
        {choice.against.length > 0 && (
          <Row label={t('options.against')}>
            <ul className="bullets">
              {choice.against.map((one) => (
                <li key={one.zh}>{text(one)}</li>
              ))}
            </ul>
          </Row>
        )}
      </dl>
      {choice.assumed.length > 0 && (
        <p className="muted">
          {t('options.assumed', {
            what: choice.assumed.map((one) => text(one)).join(t('list.comma')),
          })}
        </p>
      )}
      <Missing missing={choice.missing} />
      <Clause clause={choice.clause} />
      <Facts facts={choice.inputs} />
    </article>
  );
}

function Row({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
