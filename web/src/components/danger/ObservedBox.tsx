import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Popconfirm, Segmented, Select } from 'antd';
import { useState } from 'react';
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
  useObserved,
} from '../../api/observed';
import type { Incident, Position } from '../../api/types';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useNow } from '../../lib/clock';
import { formatBrief, formatLocal, parseLocal } from '../../lib/time';
import { Problem } from '../Problem';
import { useLevelName } from './LevelTag';

interface Props {
  incident: Incident;
  drawing: boolean;
  drawn: readonly Position[];
  onDrawing(on: boolean): void;
  onDrawn(corners: Position[]): void;
  /** The middle of the map: for those who set corners without a mouse. */
  middle(): Position | null;
}

/** What was really seen on the ground: every version of the area is judged by it. */
export function ObservedBox(props: Props) {
  const { t } = useTranslation();
  const { incident } = props;
  const query = useObserved(incident.id);
  const may = useMay('handle', incident.drill);
  const { data } = query;
  const telling = may && data !== undefined && data.levels.length > 0;
  if (!telling && !data?.items.length) return <Problem query={query} />;
  return (
    <section className="danger-tab" aria-label={t('observed.title')} data-testid="observed">
      <h3>{t('observed.title')}</h3>
      <p className="muted">{t('observed.hint')}</p>
      <Problem query={query} />
      {telling && <Tell {...props} levels={data.levels} />}
      <ul className="shares">
        {[...(data?.items ?? [])].reverse().map((one) => (
          <Row key={one.id} incident={incident} one={one} mayHandle={may} />
        ))}
      </ul>
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

function Tell(props: Props & { levels: readonly ObservableLevel[] }) {
  const { t } = useTranslation();
  const { incident, drawing, drawn, levels } = props;
  const client = useQueryClient();
  const nameOf = useSeenName();
  const [form] = Form.useForm<Said>();
  const [ground, setGround] = useState(true);
  const { act, busy } = useAct();
  const add = () => {
    const at = props.middle();
    if (at) props.onDrawn([...drawn, at]);
  };
  const tell = async (said: Said, seen: Pick<Observing, 'rings' | 'place' | 'holds'>) => {
    const level = levels.find((one) => about(one) === said.level);
    if (!level) return;
    const order: Observing = {
      policy: level.policy,
      level: level.level,
      at: parseLocal(said.at),
      means: said.means,
      note: said.note ?? '',
      ...seen,
    };
    const path = `/incidents/${incident.id}/observed`;
    if (!(await act(() => post(path, order), t('observed.told')))) return;
    form.resetFields(['note']);
    props.onDrawn([]);
    props.onDrawing(false);
    void client.invalidateQueries({ queryKey: observedKey(incident.id) });
  };
  const tellGround = async () => {
    const said = await form.validateFields().catch(() => null);
    if (said) await tell(said, { rings: [drawn] });
  };
  const tellPlace = async (holds: boolean) => {
    const said = await form.validateFields().catch(() => null);
    const place = drawn.at(-1);
    if (said && place) await tell(said, { place, holds });
  };
  const first = levels[0];
  return (
    <Form
      form={form}
      layout="vertical"
      initialValues={{
        level: first && about(first),
        at: formatLocal(Date.now()),
        means: 'drone',
      }}
    >
      <Segmented<boolean>
        value={ground}
        onChange={setGround}
        options={[
          { value: true, label: t('observed.ground') },
          { value: false, label: t('observed.place') },
        ]}
      />
      <div className="what-if-fields">
        <Form.Item name="level" label={t('observed.level')} rules={[{ required: true }]}>
          <Select
            data-testid="observed-level"
            options={levels.map((one) => ({ value: about(one), label: nameOf(one.level) }))}
          />
        </Form.Item>
        <Form.Item name="at" label={t('observed.at')} rules={[{ required: true }]}>
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
      <div className="incident-actions">
        <Button
          size="small"
          type={drawing ? 'primary' : 'default'}
          aria-pressed={drawing}
          data-testid="observed-draw"
          onClick={() => props.onDrawing(!drawing)}
        >
          {t(drawing ? 'roads.done' : 'roads.draw')}
        </Button>
        <Button size="small" data-testid="observed-corner" onClick={add}>
          {t('roads.corner')}
        </Button>
        {drawn.length > 0 && (
          <Button size="small" onClick={() => props.onDrawn([])}>
            {t('roads.clear')}
          </Button>
        )}
        <span className="muted">{t('roads.corners', { n: drawn.length })}</span>
      </div>
      <div className="incident-actions">
        {ground ? (
          <Button
            size="small"
            disabled={drawn.length < 3}
            loading={busy}
            data-testid="observed-tell"
            onClick={tellGround}
          >
            {t('observed.tell')}
          </Button>
        ) : (
          [true, false].map((holds) => (
            <Button
              key={String(holds)}
              size="small"
              disabled={drawn.length === 0 || busy}
              data-testid={holds ? 'observed-yes' : 'observed-no'}
              onClick={() => tellPlace(holds)}
            >
              {t(holds ? 'observed.yes' : 'observed.no')}
            </Button>
          ))
        )}
      </div>
    </Form>
  );
}

function Row({
  incident,
  one,
  mayHandle,
}: {
  incident: Incident;
  one: Observed;
  mayHandle: boolean;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const now = useNow();
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
        {formatBrief(one.at, now)} {nameOf(one.level)}
        {said} · {t(`observed.means.${one.means}`)} {one.note}
      </span>{' '}
      <span className="muted">{one.by}</span>{' '}
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
      {!one.withdrawn && one.judged.length === 0 && (
        <div className="muted small">{t('observed.none')}</div>
      )}
      {one.judged.map((pair) => (
        <Judged key={pair.forecast} pair={pair} />
      ))}
    </li>
  );
}

const percent = (share: number | null) => (share === null ? '–' : `${Math.round(share * 100)}%`);

/** How one version of the area lies on what was seen. */
function Judged({ pair }: { pair: GroundJudged }) {
  const { t } = useTranslation();
  const version = t('danger.version', { n: pair.version });
  if (pair.place) {
    return (
      <div className="small" data-testid="observed-judged">
        {version}: {t(`observed.result.${pair.place}`)}
      </div>
    );
  }
  return (
    <div className="small" data-testid="observed-judged">
      {version}:{' '}
      {t('observed.overlap', {
        overlap: percent(pair.overlap),
        missed: percent(pair.missed),
        vain: percent(pair.in_vain),
      })}
      {pair.reference_value !== null && (
        <span className="muted">
          {' '}
          {t('observed.stays', { overlap: percent(pair.reference_value) })}
        </span>
      )}
    </div>
  );
}
