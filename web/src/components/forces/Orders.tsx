import { useQueryClient } from '@tanstack/react-query';
import { Button, Dropdown, Form, InputNumber, Segmented, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import { type ForceOrder, forceKeys, type OrderStep, useForceOrders } from '../../api/forces';
import { useCan } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { ActionTable } from '../ActionTable';
import { BriefMoment } from '../Age';
import { IncidentChoice } from '../incident/IncidentChoice';
import { MoreButton } from '../MoreButton';
import { Problem } from '../Problem';
import { ReasonModal } from '../ReasonModal';
import { momentOf, NEXT, ORDER_COLOUR } from './words';

/** The times that every order shows: given, accepted, left, arrived, done. */
const TIMES = ['order', 'accept', 'depart', 'arrive', 'finish'] as const;
const EXPLAINED: OrderStep[] = ['decline', 'lose', 'recall'];

/** Orders to forces: how far each is, with the times. */
export function Orders() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { nameOf } = useAreaNames();
  const { act, busy } = useAct();
  const can = useCan('handle');
  const [incident, setIncident] = useState<number>();
  const [open, setOpen] = useState(true);
  const [asked, setAsked] = useState<{ order: ForceOrder; step: OrderStep }>();
  const pages = useForceOrders({ incident, open });
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const send = async (order: ForceOrder, step: OrderStep, fields: object = {}) => {
    await post(`/forces/orders/${order.id}/steps`, { step, ...fields });
    void client.invalidateQueries({ queryKey: forceKeys.all });
  };
  const start = (order: ForceOrder, step: OrderStep) =>
    EXPLAINED.includes(step) || step === 'finish'
      ? setAsked({ order, step })
      : act(() => send(order, step));
  const submit = ({ reason, ...people }: { reason: string } & Record<string, number>) =>
    act(async () => {
      if (!asked) return;
      const told = asked.step === 'finish' ? { people } : {};
      await send(asked.order, asked.step, { note: reason, ...told });
      setAsked(undefined);
    });
  return (
    <>
      <div className="filters">
        <IncidentChoice clear value={incident} onChange={setIncident} />
        <Segmented<boolean>
          value={open}
          onChange={setOpen}
          options={[
            { value: true, label: t('stock.open') },
            { value: false, label: t('stock.closed') },
          ]}
        />
      </div>
      <Problem query={pages} />
      <ActionTable<ForceOrder>
        keyOf={(row) => row.id}
        loading={pages.isPending}
        dataSource={rows}
        locale={{ emptyText: <span className="muted">{t('force.noOrders')}</span> }}
        columns={[
          { title: t('force.name'), render: (_, row) => row.name || row.key },
          {
            title: t('stock.stage'),
            render: (_, row) => (
              <>
                <Tag color={ORDER_COLOUR[row.stage]}>{t(`force.stage.${row.stage}`)}</Tag>
                {row.drill && <Tag>{t('alarms.drill')}</Tag>}
              </>
            ),
          },
          { title: t('support.incident'), render: (_, row) => row.incident ?? '–' },
          { title: t('force.task'), dataIndex: 'task' },
          ...TIMES.map((what) => ({
            title: t(`force.what.${what}`),
            render: (_: unknown, row: ForceOrder) => {
              const at = momentOf(row, what);
              return at === null ? <span className="muted">–</span> : <BriefMoment at={at} />;
            },
          })),
          {
            title: t('force.people'),
            render: (_, { people }) => `${people.rescued} / ${people.injured} / ${people.dead}`,
          },
          { title: t('incident.area'), render: (_, row) => nameOf(row.area) },
        ]}
        actions={(row) => {
          const [first, ...more] = NEXT[row.stage];
          if (!can(row.drill) || !first) return null;
          const label = (step: OrderStep) => t(`force.step.${step}`);
          return (
            <span className="row-buttons">
              <Button
                size="small"
                type="primary"
                disabled={busy}
                data-testid={`force-${first}`}
                onClick={() => start(row, first)}
              >
                {label(first)}
              </Button>
              <Dropdown
                trigger={['click']}
                menu={{
                  items: more.map((step) => ({ key: step, label: label(step) })),
                  onClick: ({ key }) => start(row, key as OrderStep),
                }}
              >
                <Button size="small" disabled={busy} aria-label={t('force.more')}>
                  …
                </Button>
              </Dropdown>
            </span>
          );
        }}
      />
      <MoreButton pages={pages} />
      <ReasonModal
        open={asked !== undefined}
        title={asked ? `${t(`force.step.${asked.step}`)} · ${asked.order.name}` : ''}
        initial={asked?.order.people as unknown as Record<string, unknown>}
        danger={asked?.step === 'lose'}
        busy={busy}
        onCancel={() => setAsked(undefined)}
        onSubmit={submit}
      >
        {asked?.step === 'finish' && (
          <div className="force-people">
            {(['rescued', 'injured', 'dead'] as const).map((name) => (
              <Form.Item key={name} name={name} label={t(`force.people.${name}`)}>
                <InputNumber min={0} precision={0} />
              </Form.Item>
            ))}
          </div>
        )}
      </ReasonModal>
    </>
  );
}
