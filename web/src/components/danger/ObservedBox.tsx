import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Popconfirm, Segmented, Select } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, post } from '../../api/client';
import {
  type GroundJudged,
  MEANS,
  type Means,
  type ObservableLevel,
  type Observed,
  type Observing,
  observedKey,
  type Told,
  useObserved,
} from '../../api/observed';
import type { Incident } from '../../api/types';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { serverNow } from '../../lib/clock';
import { useFirst } from '../../lib/first';
import { ringState } from '../../lib/ground';
import { formatShare } from '../../lib/number';
import { formatLocal, parseLocal } from '../../lib/time';
import { BriefMoment } from '../Age';
import { MoreButton } from '../MoreButton';
import { Problem } from '../Problem';
import { useLevelName } from './LevelTag';
import { RingTools } from './RingTools';
import type { Ring } from './useRings';

/** Rows at once. */
const ROWS = 20;

interface Props {
  incident: Incident;
  ring: Ring;
}

/** What was really seen on the ground: every version of the area is judged by it. */
export function ObservedBox(props: Props) {
  const { t } = useTranslation();
  const { incident } = props;
  const query = useObserved(incident.id);
  const may = useMay('handle', incident.drill);
  const heading = useRef<HTMLHeadingElement>(null);
  const { data } = query;
  const { shown, pages } = useFirst([...(data?.items ?? [])].reverse(), ROWS);
  const telling = may && data !== undefined && data.levels.length > 0;
  if (!telling && !data?.items.length) return <Problem query={query} />;
  const leftOut = data?.judged_left_out ?? 0;
  return (
    <section className="danger-tab" aria-label={t('observed.title')} data-testid="observed">
      <h3 ref={heading} tabIndex={-1}>
        {t('observed.title')}
      </h3>
      <p className="muted">{t('observed.hint')}</p>
      <Problem query={query} />
      {telling && <Tell {...props} levels={data.levels} onTold={() => heading.current?.focus()} />}
      <ul className="shares">
        {shown.map((one) => (
          <Row key={one.id} incident={incident} one={one} mayHandle={may} whole={leftOut === 0} />
        ))}
      </ul>
      <MoreButton pages={pages} />
      {leftOut > 0 && (
        <p className="muted small" data-testid="observed-left-out">
          {t('observed.judgedLeftOut', { n: leftOut })}
        </p>
      )}
    </section>
  );
}

/** Fire has no time when it is seen: it has burnt. */
function useSeenName() {
  const { t } = useTranslation();
  const nameOf = useLevelName();
  return (level: string) => (level === 'burnt' ? t('observed.burnt') : nameOf(level));
}

interface Said {
  level: string;
  at: string;
  means: Means;
  note?: string;
}

const about = ({ policy, level }: ObservableLevel) => `${policy} ${level}`;

interface TellProps extends Props {
  levels: readonly ObservableLevel[];
  onTold(): void;
}

function Tell({ incident, ring, levels, onTold }: TellProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const nameOf = useSeenName();
  const [form] = Form.useForm<Said>();
  const [ground, setGround] = useState(true);
  const { act, busy } = useAct();
  const outline = ringState(ring.drawn);
  const place = ring.drawn.at(-1);
  const tell = async (seen: Pick<Observing, 'rings' | 'place' | 'holds'>) => {
    const said = await form.validateFields().catch(() => null);
    const level = levels.find((one) => about(one) === said?.level);
    if (!said || !level) return;
    const order: Observing = {
      policy: level.policy,
      level: level.level,
      at: parseLocal(said.at),
      means: said.means,
      note: said.note ?? '',
      ...seen,
    };
    const done = await act(
      () => post<Told>(`/incidents/${incident.id}/observed`, order),
      ({ judged }) => t(judged ? 'observed.toldJudged' : 'observed.toldLater'),
    );
    if (!done) return;
    // The next one was seen at another moment.
    form.resetFields(['at', 'note']);
    ring.onDrawn([]);
    ring.onDrawing(false);
    onTold();
    void client.invalidateQueries({ queryKey: observedKey(incident.id) });
  };
  const option = (one: ObservableLevel) => {
    const name = nameOf(one.level);
    const twice = levels.some(({ policy, level }) => level === one.level && policy !== one.policy);
    return { value: about(one), label: twice ? `${name} · ${one.policy}` : name };
  };
  const first = levels[0];
  return (
    <Form
      form={form}
      layout="vertical"
      initialValues={{ level: first && about(first), means: 'drone' }}
    >
      <Segmented<boolean>
        value={ground}
        aria-label={t('observed.sort')}
        onChange={(next) => {
          setGround(next);
          // Corners of an outline are no place that was looked at.
          ring.onDrawn([]);
        }}
        options={[
          { value: true, label: t('observed.ground') },
          { value: false, label: t('observed.place') },
        ]}
      />
      <div className="what-if-fields observed-fields">
        <Form.Item name="level" label={t('observed.level')} rules={[{ required: true }]}>
          <Select data-testid="observed-level" options={levels.map(option)} />
        </Form.Item>
        <Form.Item
          name="at"
          label={t('observed.at')}
          rules={[{ required: true }]}
          extra={
            <Button
              size="small"
              data-testid="observed-now"
              onClick={() => form.setFieldsValue({ at: formatLocal(serverNow()) })}
            >
              {t('observed.now')}
            </Button>
          }
        >
          <Input type="datetime-local" data-testid="observed-at" />
        </Form.Item>
        <Form.Item name="means" label={t('observed.means')} rules={[{ required: true }]}>
          <Select
            options={MEANS.map((value) => ({ value, label: t(`observed.means.${value}`) }))}
          />
        </Form.Item>
        <Form.Item name="note" label={t('observed.note')}>
          <Input maxLength={500} />
        </Form.Item>
      </div>
      <RingTools id="observed" ring={ring} single={!ground}>
        {ground ? (
          <Button
            size="small"
            disabled={!outline.whole}
            loading={busy}
            data-testid="observed-tell"
            onClick={() => tell({ rings: [outline.ring] })}
          >
            {t('observed.tell')}
          </Button>
        ) : (
          [true, false].map((holds) => (
            <Button
              key={String(holds)}
              size="small"
              disabled={!place || busy}
              data-testid={holds ? 'observed-yes' : 'observed-no'}
              onClick={() => tell({ place, holds })}
            >
              {t(holds ? 'observed.yes' : 'observed.no')}
            </Button>
          ))
        )}
      </RingTools>
    </Form>
  );
}

interface RowProps {
  incident: Incident;
  one: Observed;
  mayHandle: boolean;
  /** Whether all that was judged is told. */
  whole: boolean;
}

function Row({ incident, one, mayHandle, whole }: RowProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const nameOf = useSeenName();
  const { act, busy } = useAct();
  const withdraw = async () => {
    const path = `/incidents/${incident.id}/observed/${one.id}`;
    if (await act(() => del(path), t('observed.withdrawn'))) {
      void client.invalidateQueries({ queryKey: observedKey(incident.id) });
    }
  };
  const said = one.holds === null ? '' : ` ${t(one.holds ? 'observed.yes' : 'observed.no')}`;
  return (
    <li data-testid="observed-row">
      <span className={one.withdrawn ? 'muted' : ''}>
        <BriefMoment at={one.at} /> {nameOf(one.level)}
        {said} · {t(`observed.means.${one.means}`)} {one.note}
      </span>{' '}
      <span className="muted">
        {one.policy} · {one.by}
      </span>{' '}
      {one.withdrawn ? (
        <span className="muted">{t('observed.withdrawn')}</span>
      ) : (
        mayHandle && (
          <Popconfirm
            title={t('observed.withdrawAsk')}
            okText={t('ok')}
            cancelText={t('cancel')}
            onConfirm={withdraw}
          >
            <Button size="small" disabled={busy} data-testid="observed-withdraw">
              {t('observed.withdraw')}
            </Button>
          </Popconfirm>
        )
      )}
      {one.waits && <div className="muted small">{t('observed.waits')}</div>}
      {!one.withdrawn && !one.waits && one.judged.length === 0 && whole && (
        <div className="muted small">{t('observed.none')}</div>
      )}
      <AllJudged pairs={one.judged} />
    </li>
  );
}

/** How each version lies on what was seen: a long incident has many, and they are drawn for whoever opens them. */
function AllJudged({ pairs }: { pairs: readonly GroundJudged[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (pairs.length === 0) return null;
  return (
    <details
      className="small"
      data-testid="observed-all"
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>{t('observed.judged', { n: pairs.length })}</summary>
      {open && pairs.map((pair) => <Judged key={pair.forecast} pair={pair} />)}
    </details>
  );
}

/** How one version of the area lies on what was seen. */
function Judged({ pair }: { pair: GroundJudged }) {
  const { t } = useTranslation();
  const version = t('danger.version', { n: pair.version });
  if (pair.place) {
    return (
      <div data-testid="observed-judged">
        {version}: {t(`observed.result.${pair.place}`)}
      </div>
    );
  }
  return (
    <div data-testid="observed-judged">
      {version}:{' '}
      {t('observed.overlap', {
        overlap: formatShare(pair.overlap),
        missed: formatShare(pair.missed),
        vain: formatShare(pair.in_vain),
      })}
      {pair.reference_value !== null && (
        <span className="muted">
          {' '}
          {t('observed.stays', { overlap: formatShare(pair.reference_value) })}
        </span>
      )}
    </div>
  );
}
