import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Modal, Select, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useBaseAreas } from '../../api/base';
import { post } from '../../api/client';
import { requestKey, type StockItem, stockKeys, useStockItems } from '../../api/stock';
import { useMay, useMe } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { IncidentChoice } from '../incident/IncidentChoice';
import { Problem } from '../Problem';
import { amount } from './words';

/** What there is of each item; goods are asked for by item, and what expires first goes first. */
export function Items() {
  const { t } = useTranslation();
  const mayHandle = useMay('handle');
  const query = useStockItems();
  const [asked, setAsked] = useState<StockItem>();
  const figure = (title: string, of: (row: StockItem) => number) => ({
    title: t(title),
    align: 'right' as const,
    render: (_: unknown, row: StockItem) => amount(of(row)),
  });
  return (
    <>
      <Problem query={query} />
      <Table<StockItem>
        rowKey={(row) => `${row.item} ${row.name} ${row.unit}`}
        size="small"
        loading={query.isPending}
        dataSource={query.data ?? []}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <span className="muted">{t('stock.noLots')}</span> }}
        columns={[
          { title: t('stock.item'), dataIndex: 'name' },
          { title: t('stock.code'), dataIndex: 'item' },
          { title: t('stock.lots'), dataIndex: 'lots', align: 'right' },
          figure('stock.account.available', (row) => row.sums.available),
          { title: t('stock.unit'), dataIndex: 'unit' },
          figure('stock.account.reserved', (row) => row.sums.reserved),
          figure('stock.account.transit', (row) => row.sums.loaded + row.sums.transit),
          figure('stock.account.received', (row) => row.sums.received),
          figure('stock.account.used', (row) => row.sums.used),
          figure('stock.account.difference', (row) => row.sums.difference),
          figure('stock.account.written-off', (row) => row.sums.written_off),
          {
            title: t('stock.next'),
            render: (_, row) =>
              mayHandle && (
                <Button size="small" type="primary" onClick={() => setAsked(row)}>
                  {t('stock.deed.ask')}
                </Button>
              ),
          },
        ]}
      />
      {asked && <AskModal item={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

interface AskFields {
  incident: number;
  from: number;
  quantity: number;
  reason: string;
}

function AskModal({ item, onClose }: { item: StockItem; onClose(): void }) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const { all } = useAreaNames();
  const [form] = Form.useForm<AskFields>();
  const { act, busy } = useAct();
  const [request] = useState(requestKey);
  const known = useBaseAreas().data ?? [];
  const own = known.filter(({ code }) => code === me.area);
  const areas = [...own.map(({ code, name }) => ({ value: code, label: name })), ...all];
  const submit = (fields: AskFields) =>
    act(async () => {
      const order = { request, item: item.item, unit: item.unit, ...fields };
      await post('/stock/allocations', order);
      void client.invalidateQueries({ queryKey: stockKeys.all });
      onClose();
    }, t('stock.saved'));
  return (
    <Modal
      open
      title={`${t('stock.deed.ask')} · ${item.name}`}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <p className="muted">{t('stock.askHint')}</p>
      <Form
        form={form}
        layout="vertical"
        onFinish={submit}
        initialValues={{ from: me.area, reason: '' }}
      >
        <Form.Item
          name="incident"
          label={t('support.incident')}
          rules={[{ required: true, message: t('base.required') }]}
        >
          <IncidentChoice />
        </Form.Item>
        <Form.Item name="from" label={t('stock.from')}>
          <Select
            options={areas.filter((a, i) => areas.findIndex((b) => b.value === a.value) === i)}
            showSearch={{ optionFilterProp: 'label' }}
          />
        </Form.Item>
        <Form.Item
          name="quantity"
          label={`${t('stock.quantity')} (${item.unit})`}
          rules={[{ required: true, message: t('base.required') }]}
        >
          <InputNumber min={0} />
        </Form.Item>
        <Form.Item name="reason" label={t('reason')}>
          <Input maxLength={200} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
