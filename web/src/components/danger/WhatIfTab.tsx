import { Alert, Button, Form, Input, InputNumber, Select, Table } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type Danger,
  type InsideReport,
  type ModelAnswer,
  type ModelField,
  useModels,
} from '../../api/danger';
import { useSubstances } from '../../api/substances';
import { useErrorText } from '../../lib/actions';
import { formatMetres, formatSurface } from '../../lib/ground';
import { unitSign } from '../../lib/number';
import { useText } from '../../lib/text';
import { Problem } from '../Problem';
import { Scroller } from '../Scroller';
import { LevelTag } from './LevelTag';
import { Count } from './People';
import { WindDial } from './WindDial';
import {
  type Changed,
  type Changes,
  type Compared,
  changesOf,
  compare,
  fieldsOf,
  freshValues,
} from './whatIf';

/** Bounds below this are written with an exponent. */
const TINY = 1e-6;

/** What was counted, or why it was not. */
interface Counted {
  data: InsideReport | undefined;
  error: unknown;
  refetch(): unknown;
}

interface Props {
  danger: Danger;
  answer: ModelAnswer | null;
  inside: Counted;
  insideIf: Counted;
  busy: boolean;
  error: unknown;
  onAsk(changed: Changed): void;
  /** The danger is as it is again. */
  onReset(): void;
  children: React.ReactNode;
}

/** What if the wind, the amount or the substance were other: the model answers, nothing real changes. Below it what follows from it. */
export function WhatIfTab(props: Props) {
  const { danger, answer, inside, insideIf, busy, error } = props;
  const { t } = useTranslation();
  const text = useText();
  const errorText = useErrorText();
  const models = useModels().data;
  const model = models?.find((one) => one.key === danger.model);
  const fields = fieldsOf(model);
  const [form] = Form.useForm<Changes>();
  const filled = useRef(danger.inputs);
  // A new version brings its own wind: only what somebody has changed stays as it was typed.
  useEffect(() => {
    if (filled.current === danger.inputs) return;
    form.setFieldsValue(freshValues(form.getFieldsValue(), filled.current, danger.inputs));
    filled.current = danger.inputs;
  }, [danger.inputs, form]);
  const reset = () => {
    form.resetFields();
    props.onReset();
  };
  const dial = fields.some((field) => field.name === 'wind_from_deg');
  return (
    <div className="danger-tab" data-testid="what-if">
      <Form
        form={form}
        layout="vertical"
        className="what-if-form"
        initialValues={danger.inputs}
        onFinish={(values) => props.onAsk(changesOf(danger, values))}
      >
        {dial && (
          <Form.Item name="wind_from_deg" noStyle>
            <WindDial />
          </Form.Item>
        )}
        <div className="what-if-fields">
          {fields.map((field) => (
            <Form.Item key={field.name} name={field.name} label={t(`whatIf.input.${field.name}`)}>
              <FieldInput field={field} />
            </Form.Item>
          ))}
          <div className="incident-actions">
            <Button
              type="primary"
              size="small"
              htmlType="submit"
              loading={busy}
              data-testid="what-if-ask"
            >
              {t('whatIf.ask')}
            </Button>
            <Button size="small" onClick={reset} data-testid="what-if-reset">
              {t('whatIf.reset')}
            </Button>
          </div>
        </div>
      </Form>
      {error !== null && (
        <Alert type="error" showIcon title={errorText(error)} data-testid="what-if-problem" />
      )}
      {answer && (
        <>
          {answer.report.warnings.length > 0 && (
            <Alert
              type="warning"
              showIcon
              title={answer.report.warnings.map((one) => text(one.text)).join(t('list.comma'))}
            />
          )}
          <Problem query={inside} />
          <Problem query={insideIf} />
          <Comparison
            rows={compare(danger.levels, answer.levels, inside.data, insideIf.data)}
            inside={inside.data}
            insideIf={insideIf.data}
            busy={busy}
          />
        </>
      )}
      {props.children}
    </div>
  );
}

/** What a form gives to the input of a field. */
interface OfForm {
  id?: string;
  value?: never;
  onChange?(value: unknown): void;
}

function FieldInput({ field, ...form }: OfForm & { field: ModelField }) {
  const { t } = useTranslation();
  const { takes, unit, name } = field;
  if (takes === 'name') return <NameInput name={name} {...form} />;
  if ('word' in takes) {
    return (
      <Select
        {...form}
        options={takes.word.of.map((word) => ({
          value: word,
          label: t(`whatIf.word.${word}`, word),
        }))}
      />
    );
  }
  const bounds = 'number' in takes ? takes.number : undefined;
  // Readers do not know `1e-9`; the model itself says what is too small.
  const min = bounds && Math.abs(bounds.min) < TINY ? 0 : bounds?.min;
  return (
    <InputNumber
      {...form}
      min={min}
      max={bounds?.max}
      suffix={unitSign(unit)}
      data-testid={`if-${name}`}
    />
  );
}

/** A substance is looked for by any of its names; where the list cannot be had its key is typed. */
function NameInput({ name, ...form }: OfForm & { name: string }) {
  const { i18n } = useTranslation();
  const substances = useSubstances();
  if (substances.length === 0) return <Input {...form} maxLength={60} data-testid={`if-${name}`} />;
  const language = i18n.language.startsWith('en') ? 'en' : 'zh';
  return (
    <Select
      {...form}
      showSearch={{ optionFilterProp: 'search' }}
      popupMatchSelectWidth={false}
      data-testid={`if-${name}`}
      options={substances.map((one) => ({
        value: one.key,
        label: `${one[language]} ${one.formula}`,
        search: [one.key, one.zh, one.en, one.formula, one.cas, one.un ?? ''].join(' '),
      }))}
    />
  );
}

function Comparison({
  rows,
  inside,
  insideIf,
  busy,
}: {
  rows: Compared[];
  inside: InsideReport | undefined;
  insideIf: InsideReport | undefined;
  busy: boolean;
}) {
  const { t } = useTranslation();
  const side = (of: 'now' | 'other') => [
    {
      title: t('danger.reach'),
      align: 'right' as const,
      render: (_: unknown, row: Compared) => {
        const level = row[of];
        return level && level.surface_m2 > 0 ? formatMetres(level.reach_m) : '–';
      },
    },
    {
      title: t('danger.surface'),
      align: 'right' as const,
      render: (_: unknown, row: Compared) => {
        const level = row[of];
        return level && level.surface_m2 > 0 ? formatSurface(level.surface_m2) : '–';
      },
    },
    {
      title: t('danger.peopleIn'),
      align: 'right' as const,
      render: (_: unknown, row: Compared) => (
        <Count brief people={of === 'now' ? row.peopleNow : row.peopleOther} />
      ),
    },
  ];
  const more = (insideIf?.total.people.expected ?? 0) - (inside?.total.people.expected ?? 0);
  return (
    <section>
      <h3>{t('whatIf.compare')}</h3>
      <Scroller label={t('whatIf.compare')}>
        <Table<Compared>
          rowKey="level"
          size="small"
          bordered
          dataSource={rows}
          pagination={false}
          loading={busy}
          data-testid="compare"
          columns={[
            {
              title: t('danger.level'),
              render: (_, row) => <LevelTag level={row.level} severity={row.severity} />,
            },
            { title: t('whatIf.now'), children: side('now') },
            { title: t('whatIf.other'), children: side('other') },
          ]}
        />
      </Scroller>
      {inside && insideIf && (
        <p data-testid="compare-people">
          {t('whatIf.people', {
            now: inside.total.people.expected.toLocaleString('en'),
            other: insideIf.total.people.expected.toLocaleString('en'),
            more: `${more > 0 ? '+' : ''}${more.toLocaleString('en')}`,
          })}
        </p>
      )}
    </section>
  );
}
