import { useQueryClient } from '@tanstack/react-query';
import { Button, Drawer, Form, Input, InputNumber, Modal, Segmented, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import { requestKey, type StockLot, stockKeys, useLots, useMoves } from '../../api/stock';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { formatTime, parseLocal } from '../../lib/time';
import { ActionTable } from '../ActionTable';
import { IncidentChoice } from '../incident/IncidentChoice';
import { MoreButton } from '../MoreButton';
import { Problem } from '../Problem';
import { amount } from './words';

type Which = 'all' | 'soon' | 'expired';
type Deed = 'reserve' | 'count' | 'write-off';
const WITHIN: Record<Which, number | undefined> = { all: undefined, soon: 90, expired: 0 };

/** Goods by batch and store: what is free, promised, on its way, at sites; now or as it was. */
export function Lots() {
  const { t } = useTranslation();
  const { nameOf } = useAreaNames();
  const mayHandle = useMay('handle');
  const mayRecord = useMay('records');
  const [words, setWords] = useState('');
  const [which, setWhich] = useState<Which>('all');
  const [moment, setMoment] = useState('');
  const [opened, setOpened] = useState<StockLot>();
  const [asked, setAsked] = useState<{ lot: StockLot; deed: Deed }>();
  const at = moment ? parseLocal(moment) : undefined;
  const pages = useLots({ words: words.trim(), expires_within: WITHIN[which], at });
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const figure = (title: string, of: (lot: StockLot) => number, strong = false) => ({
    title: t(title),
    align: 'right' as const,
    render: (_: unknown, lot: StockLot) => {
      const value = of(lot);
      if (value === 0) return <span className="muted">0</span>;
      return strong ? <b>{amount(value)}</b> : amount(value);
    },
  });
  return (
    <>
      <div className="filters">
        <Input.Search
          allowClear
          className="search"
          placeholder={t('stock.find')}
          aria-label={t('stock.find')}
          onSearch={setWords}
        />
        <Segmented<Which>
          value={which}
          onChange={setWhich}
          options={(['all', 'soon', 'expired'] as const).map((value) => ({
            value,
            label: t(`stock.which.${value}`),
          }))}
        />
        <span className="stock-moment">
          {t('stock.asOf')}
          <Input
            type="datetime-local"
            aria-label={t('stock.asOf')}
            value={moment}
            onChange={(event) => setMoment(event.target.value)}
          />
        </span>
      </div>
      <Problem query={pages} />
      <ActionTable<StockLot>
        keyOf={(row) => row.id}
        loading={pages.isPending}
        dataSource={rows}
        locale={{ emptyText: <span className="muted">{t('stock.noLots')}</span> }}
        columns={[
          {
            title: t('stock.item'),
            render: (_, lot) => (
              <>
                {lot.name} <span className="muted small">{lot.spec}</span>{' '}
                {lot.synthetic && <Tag>{t('stock.synthetic')}</Tag>}
              </>
            ),
          },
          { title: t('stock.code'), dataIndex: 'item' },
          { title: t('stock.store'), render: (_, lot) => lot.store_name || lot.store },
          { title: t('incident.area'), render: (_, lot) => nameOf(lot.area) },
          { title: t('stock.batch'), render: (_, lot) => lot.batch || '–' },
          {
            title: t('stock.expiry'),
            render: (_, lot) =>
              lot.expiry === null ? (
                '–'
              ) : lot.freshness === 'good' ? (
                lot.expiry
              ) : (
                <Tag color={lot.freshness === 'expired' ? 'red' : 'orange'}>
                  {lot.expiry} {t(`stock.freshness.${lot.freshness}`)}
                </Tag>
              ),
          },
          figure('stock.account.available', (lot) => lot.sums.available, true),
          { title: t('stock.unit'), dataIndex: 'unit' },
          figure('stock.account.reserved', (lot) => lot.sums.reserved),
          figure('stock.account.transit', (lot) => lot.sums.loaded + lot.sums.transit),
          figure('stock.account.received', (lot) => lot.sums.received),
          figure('stock.account.used', (lot) => lot.sums.used),
          figure('stock.account.difference', (lot) => lot.sums.difference),
          figure('stock.account.written-off', (lot) => lot.sums.written_off),
        ]}
        actions={(lot) => (
          <span className="row-buttons">
            {mayHandle && at === undefined && lot.freshness !== 'expired' && (
              <Button
                size="small"
                type="primary"
                disabled={lot.sums.available === 0}
                data-testid="stock-reserve"
                onClick={() => setAsked({ lot, deed: 'reserve' })}
              >
                {t('stock.deed.reserve')}
              </Button>
            )}
            {mayRecord &&
              at === undefined &&
              (['count', 'write-off'] as const).map((deed) => (
                <Button key={deed} size="small" onClick={() => setAsked({ lot, deed })}>
                  {t(`stock.deed.${deed}`)}
                </Button>
              ))}
            <Button size="small" onClick={() => setOpened(lot)}>
              {t('stock.moves')}
            </Button>
          </span>
        )}
      />
      <MoreButton pages={pages} />
      {opened && <Moves lot={opened} onClose={() => setOpened(undefined)} />}
      {asked && <LotModal {...asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function Moves({ lot, onClose }: { lot: StockLot; onClose(): void }) {
  const { t } = useTranslation();
  const pages = useMoves(lot.id);
  return (
    <Drawer open size={720} title={`${lot.name} ${lot.batch} · ${lot.id}`} onClose={onClose}>
      <Problem query={pages} />
      <Table
        rowKey="id"
        size="small"
        loading={pages.isPending}
        dataSource={pages.data?.pages.flatMap((page) => page.items) ?? []}
        pagination={false}
        scroll={{ x: 'max-content' }}
        columns={[
          { title: t('stock.when'), render: (_, row) => formatTime(row.at) },
          { title: t('stock.what'), render: (_, row) => t(`stock.what.${row.what}`) },
          {
            title: t('stock.entries'),
            render: (_, row) =>
              row.entries.map(([account, value]) => (
                <div key={`${account}${value}`}>
                  {t(`stock.account.${account}`)} {value > 0 ? '+' : ''}
                  {amount(value)}
                </div>
              )),
          },
          { title: t('stock.number'), render: (_, row) => row.allocation ?? '–' },
          { title: t('reason'), dataIndex: 'reason' },
          { title: t('stock.by'), dataIndex: 'by' },
        ]}
      />
      <MoreButton pages={pages} />
    </Drawer>
  );
}

interface LotFields {
  incident?: number;
  quantity: number;
  reason?: string;
}

function LotModal({ lot, deed, onClose }: { lot: StockLot; deed: Deed; onClose(): void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form] = Form.useForm<LotFields>();
  const { act, busy } = useAct();
  // One key for this dialogue: whoever clicks twice, or clicks again after a cut line, gets it once.
  const [request] = useState(requestKey);
  const submit = (fields: LotFields) =>
    act(async () => {
      if (deed === 'reserve') {
        await post('/stock/allocations', { request, lot: lot.id, ...fields });
      } else if (deed === 'count') {
        await post(`/stock/lots/${lot.id}/count`, { request, ...fields });
      } else {
        await post(`/stock/lots/${lot.id}/write-off`, { request, ...fields });
      }
      void client.invalidateQueries({ queryKey: stockKeys.all });
      onClose();
    }, t('stock.saved'));
  const free = lot.sums.available;
  return (
    <Modal
      open
      title={`${t(`stock.deed.${deed}`)} · ${lot.name}`}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <p className="muted">
        {lot.store_name || lot.store}: {t('stock.account.available')} {amount(free)} {lot.unit}
      </p>
      <Form form={form} layout="vertical" onFinish={submit} initialValues={{ reason: '' }}>
        {deed === 'reserve' && (
          <Form.Item
            name="incident"
            label={t('support.incident')}
            rules={[{ required: true, message: t('base.required') }]}
          >
            <IncidentChoice />
          </Form.Item>
        )}
        <Form.Item
          name="quantity"
          label={`${t(deed === 'count' ? 'stock.counted' : 'stock.quantity')} (${lot.unit})`}
          rules={[{ required: true, message: t('base.required') }]}
        >
          <InputNumber min={0} max={deed === 'count' ? undefined : free} />
        </Form.Item>
        <Form.Item
          name="reason"
          label={t('reason')}
          rules={[
            { required: deed !== 'reserve', whitespace: true, message: t('reason.required') },
          ]}
        >
          <Input.TextArea rows={2} maxLength={200} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
