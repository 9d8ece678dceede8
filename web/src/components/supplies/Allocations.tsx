import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Modal, Segmented, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import {
  requestKey,
  type StockAllocation,
  type StockStepName,
  stockKeys,
  useAllocations,
  useStockItems,
} from '../../api/stock';
import { useCan } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { formatTime } from '../../lib/time';
import { ActionTable } from '../ActionTable';
import { Age } from '../Age';
import { IncidentChoice } from '../incident/IncidentChoice';
import { MoreButton } from '../MoreButton';
import { Problem } from '../Problem';
import { amount, nextSteps, STAGE_COLOUR } from './words';

/** Steps that need no further word. */
const PLAIN: StockStepName[] = ['approve', 'release', 'depart', 'arrive'];

/** Goods that are asked for, promised, on their way and at sites. */
export function Allocations() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { nameOf } = useAreaNames();
  const { act, busy } = useAct();
  const handle = useCan('handle');
  const supplies = useCan('supplies');
  const [incident, setIncident] = useState<number>();
  const [open, setOpen] = useState(true);
  const [asked, setAsked] = useState<{ one: StockAllocation; step: StockStepName }>();
  const items = useStockItems().data ?? [];
  const pages = useAllocations({ incident, open });
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const nameOfItem = (code: string) => items.find((one) => one.item === code)?.name ?? code;
  const send = async (id: number, body: { request: string; step: StockStepName }) => {
    await post(`/stock/allocations/${id}/steps`, body);
    void client.invalidateQueries({ queryKey: stockKeys.all });
  };
  const start = (one: StockAllocation, step: StockStepName) =>
    PLAIN.includes(step)
      ? act(() => send(one.id, { request: requestKey(), step }))
      : setAsked({ one, step });
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
      <ActionTable<StockAllocation>
        keyOf={(row) => row.id}
        loading={pages.isPending}
        dataSource={rows}
        locale={{ emptyText: <span className="muted">{t('stock.noAllocations')}</span> }}
        expandable={{ expandedRowRender: (row) => <Steps row={row} /> }}
        columns={[
          { title: t('stock.number'), dataIndex: 'id' },
          {
            title: t('stock.stage'),
            render: (_, row) => (
              <>
                <Tag color={STAGE_COLOUR[row.stage]}>{t(`stock.stage.${row.stage}`)}</Tag>
                {row.drill && <Tag>{t('alarms.drill')}</Tag>}
              </>
            ),
          },
          { title: t('stock.item'), render: (_, row) => nameOfItem(row.item) },
          {
            title: t('stock.asked'),
            align: 'right',
            render: (_, row) => `${amount(row.asked)} ${row.unit}`,
          },
          {
            title: t('stock.held'),
            align: 'right',
            render: (_, row) => (row.open ? amount(row.held) : '–'),
          },
          {
            title: t('stock.got'),
            align: 'right',
            render: (_, row) =>
              row.got !== null && row.got !== row.asked ? (
                <b className="stock-bad">{amount(row.got)}</b>
              ) : (
                amount(row.got)
              ),
          },
          { title: t('stock.from'), render: (_, row) => nameOf(row.area_from) },
          { title: t('stock.to'), render: (_, row) => row.to || nameOf(row.area_to) },
          { title: t('support.incident'), render: (_, row) => row.incident ?? '–' },
          { title: t('stock.vehicle'), render: (_, row) => row.vehicle || '–' },
          { title: t('stock.changed'), render: (_, row) => <Age at={row.changed_at} /> },
        ]}
        actions={(row) => {
          const may = { handle: handle(row.drill), supplies: supplies(row.drill) };
          const steps = nextSteps(row, may);
          if (steps.length === 0) return null;
          return (
            <span className="row-buttons">
              {steps.map((step, place) => (
                <Button
                  key={step}
                  size="small"
                  type={place === 0 ? 'primary' : 'default'}
                  danger={step === 'lose' || step === 'refuse'}
                  disabled={busy}
                  data-testid={`stock-${step}`}
                  onClick={() => start(row, step)}
                >
                  {t(`stock.step.${step}`)}
                </Button>
              ))}
            </span>
          );
        }}
      />
      <MoreButton pages={pages} />
      {asked && (
        <StepModal
          {...asked}
          busy={busy}
          onCancel={() => setAsked(undefined)}
          onSubmit={(request, fields) =>
            act(async () => {
              await send(asked.one.id, { request, step: asked.step, ...fields });
              setAsked(undefined);
            })
          }
        />
      )}
    </>
  );
}

function Steps({ row }: { row: StockAllocation }) {
  const { t } = useTranslation();
  return (
    <ol className="stock-steps">
      {row.steps.map((step) => (
        <li key={step.id}>
          <time>{formatTime(step.at)}</time> <b>{t(`stock.what.${step.what}`)}</b> {step.by}
          {step.reason && <span className="muted"> {step.reason}</span>}
        </li>
      ))}
    </ol>
  );
}

interface StepFields {
  vehicle?: string;
  quantity?: number;
  reason?: string;
}

export function StepModal({
  one,
  step,
  busy,
  onCancel,
  onSubmit,
}: {
  one: StockAllocation;
  step: StockStepName;
  busy: boolean;
  onCancel(): void;
  onSubmit(request: string, fields: StepFields): void;
}) {
  const { t } = useTranslation();
  const [form] = Form.useForm<StepFields>();
  // One key for this dialogue: what is used up is used up once, also when the answer was lost and somebody clicks again.
  const [request] = useState(requestKey);
  const counted = ['load', 'receive', 'use', 'return'].includes(step);
  const quantity = Form.useWatch('quantity', form);
  const differs = step === 'receive' && quantity !== undefined && quantity !== one.held;
  const explained = step === 'refuse' || step === 'lose' || differs;
  return (
    <Modal
      open
      title={`${t(`stock.step.${step}`)} · ${one.id}`}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onCancel}
    >
      <Form
        form={form}
        layout="vertical"
        onFinish={(fields) => onSubmit(request, fields)}
        initialValues={{ quantity: counted ? one.held : undefined }}
      >
        {step === 'load' && (
          <Form.Item
            name="vehicle"
            label={t('stock.vehicle')}
            rules={[{ required: true, whitespace: true, message: t('base.required') }]}
          >
            <Input maxLength={80} autoFocus />
          </Form.Item>
        )}
        {counted && (
          <Form.Item
            name="quantity"
            label={`${t('stock.quantity')} (${one.unit})`}
            rules={[{ required: true, message: t('base.required') }]}
          >
            <InputNumber min={0} max={step === 'receive' ? undefined : one.held} step={1} />
          </Form.Item>
        )}
        {differs && <p className="stock-bad">{t('stock.differs')}</p>}
        <Form.Item
          name="reason"
          label={t('reason')}
          rules={[{ required: explained, whitespace: true, message: t('reason.required') }]}
        >
          <Input.TextArea rows={2} maxLength={200} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
