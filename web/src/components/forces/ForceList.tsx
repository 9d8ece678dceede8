import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Modal, Segmented, Select, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKinds } from '../../api/base';
import { post, put, seg } from '../../api/client';
import { type Force, forceKeys, READINESS, useForces } from '../../api/forces';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { useText } from '../../lib/text';
import { ActionTable } from '../ActionTable';
import { Age } from '../Age';
import { IncidentChoice } from '../incident/IncidentChoice';
import { MoreButton } from '../MoreButton';
import { Problem } from '../Problem';
import { ORDER_COLOUR, READY_COLOUR } from './words';

const STATES = ['all', 'available', 'busy', 'mine'] as const;
type State = (typeof STATES)[number];
/** A place that was said longer ago is marked: a team drives a county in that time. */
const OLD_MS = 30 * 60_000;

/** Teams and vehicles: what they can do, whether they could leave, where they are, whom they work for. */
export function ForceList() {
  const { t } = useTranslation();
  const text = useText();
  const { nameOf } = useAreaNames();
  const mayHandle = useMay('handle');
  const [kind, setKind] = useState<string>();
  const [words, setWords] = useState('');
  const [state, setState] = useState<State>('all');
  const [ordered, setOrdered] = useState<Force>();
  const [changed, setChanged] = useState<Force>();
  const all = useKinds().data ?? [];
  const kinds = all.filter((one) => one.domain === 'forces');
  const pages = useForces({ kind, words: words.trim(), state });
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const skill = (force: Force, key: string) => {
    const fields = kinds.find((one) => one.key === force.kind)?.fields ?? [];
    const flag = fields.find((field) => field.key === key);
    const choice = fields.flatMap((f) => f.choices).find((one) => one.key === key);
    return text(choice?.name ?? flag?.name) || key;
  };
  return (
    <>
      <div className="filters">
        <Select
          allowClear
          value={kind}
          onChange={setKind}
          placeholder={t('force.kind')}
          aria-label={t('force.kind')}
          options={kinds.map((one) => ({ value: one.key, label: text(one.name) }))}
        />
        <Input.Search
          allowClear
          className="search"
          placeholder={t('force.find')}
          aria-label={t('force.find')}
          onSearch={setWords}
        />
        <Segmented<State>
          value={state}
          onChange={setState}
          options={STATES.map((value) => ({ value, label: t(`force.state.${value}`) }))}
        />
      </div>
      <Problem query={pages} />
      <ActionTable<Force>
        keyOf={(row) => `${row.kind} ${row.key}`}
        loading={pages.isPending}
        dataSource={rows}
        locale={{ emptyText: <span className="muted">{t('force.none')}</span> }}
        columns={[
          {
            title: t('force.name'),
            render: (_, row) => (
              <>
                {row.name} {row.synthetic && <Tag>{t('stock.synthetic')}</Tag>}
              </>
            ),
          },
          {
            title: t('force.kind'),
            render: (_, row) => text(kinds.find((k) => k.key === row.kind)?.name) || row.kind,
          },
          { title: t('incident.area'), render: (_, row) => nameOf(row.area) },
          {
            title: t('force.readiness'),
            render: (_, row) => (
              <>
                <Tag color={READY_COLOUR[row.readiness]}>{t(`force.ready.${row.readiness}`)}</Tag>
                <Age at={row.readiness_at} /> <span className="muted small">{row.note}</span>
              </>
            ),
          },
          {
            title: t('force.order'),
            render: (_, { order }) =>
              order ? (
                <>
                  <Tag color={ORDER_COLOUR[order.stage]}>{t(`force.stage.${order.stage}`)}</Tag>
                  {order.incident !== null && `${t('support.incident')} ${order.incident} `}
                  <Age at={order.changed_at} />
                </>
              ) : (
                <span className="muted">–</span>
              ),
          },
          {
            title: t('force.skills'),
            render: (_, row) =>
              row.capabilities
                .filter((key) => key !== row.kind)
                .map((key) => <Tag key={key}>{skill(row, key)}</Tag>),
          },
          { title: t('force.staff'), align: 'right', render: (_, row) => row.staff ?? '–' },
          { title: t('force.vehicles'), align: 'right', render: (_, row) => row.vehicles ?? '–' },
          {
            title: t('force.turnout'),
            align: 'right',
            render: (_, row) => row.turnout_min ?? '–',
          },
          {
            title: t('force.place'),
            render: (_, { place }) =>
              place ? (
                <>
                  {place.position.lon.toFixed(4)}, {place.position.lat.toFixed(4)}{' '}
                  <span className="muted small">{t(`force.source.${place.source}`)}</span>{' '}
                  {place.source !== 'record' && <Age at={place.at} stale={OLD_MS} />}
                </>
              ) : (
                '–'
              ),
          },
          { title: t('force.phone'), render: (_, row) => row.phone || '–' },
        ]}
        actions={(row) =>
          mayHandle && (
            <span className="row-buttons">
              <Button
                size="small"
                type="primary"
                disabled={!row.available}
                data-testid="force-order"
                onClick={() => setOrdered(row)}
              >
                {t('force.send')}
              </Button>
              <Button size="small" onClick={() => setChanged(row)}>
                {t('force.readiness')}
              </Button>
            </span>
          )
        }
      />
      <MoreButton pages={pages} />
      {ordered && <OrderModal force={ordered} onClose={() => setOrdered(undefined)} />}
      {changed && <ReadyModal force={changed} onClose={() => setChanged(undefined)} />}
    </>
  );
}

function OrderModal({ force, onClose }: { force: Force; onClose(): void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form] = Form.useForm<{ incident: number; task: string }>();
  const { act, busy } = useAct();
  const submit = (fields: { incident: number; task: string }) =>
    act(async () => {
      await post('/forces/orders', { kind: force.kind, key: force.key, ...fields });
      void client.invalidateQueries({ queryKey: forceKeys.all });
      onClose();
    }, t('force.sent'));
  return (
    <Modal
      open
      title={`${t('force.send')} · ${force.name}`}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form form={form} layout="vertical" onFinish={submit}>
        <Form.Item
          name="incident"
          label={t('support.incident')}
          rules={[{ required: true, message: t('base.required') }]}
        >
          <IncidentChoice />
        </Form.Item>
        <Form.Item
          name="task"
          label={t('force.task')}
          rules={[{ required: true, whitespace: true, message: t('base.required') }]}
        >
          <Input.TextArea rows={2} maxLength={200} data-testid="force-task" />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function ReadyModal({ force, onClose }: { force: Force; onClose(): void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form] = Form.useForm<{ readiness: string; note: string }>();
  const { act, busy } = useAct();
  const submit = (fields: { readiness: string; note: string }) =>
    act(async () => {
      await put(`/forces/${seg(force.kind)}/${seg(force.key)}/readiness`, fields);
      void client.invalidateQueries({ queryKey: forceKeys.all });
      onClose();
    });
  const words = READINESS.filter((one) => one !== 'unknown');
  return (
    <Modal
      open
      title={`${t('force.readiness')} · ${force.name}`}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        onFinish={submit}
        initialValues={{ readiness: force.readiness, note: '' }}
      >
        <Form.Item name="readiness" label={t('force.readiness')}>
          <Select options={words.map((one) => ({ value: one, label: t(`force.ready.${one}`) }))} />
        </Form.Item>
        <Form.Item name="note" label={t('reason')}>
          <Input maxLength={200} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
