import { useQueryClient } from '@tanstack/react-query';
import { Form, Input, InputNumber, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKinds } from '../../api/base';
import { post } from '../../api/client';
import { requestKey, stockKeys } from '../../api/stock';
import { useAct } from '../../lib/actions';
import { useText } from '../../lib/text';

/** Kinds of the domain that are goods, and no stores. */
const GOODS = ['stock-item', 'agreement-stock'];

interface Fields {
  kind: string;
  store: string;
  item: string;
  name: string;
  spec: string;
  unit: string;
  batch: string;
  expiry: string;
  quantity: number;
  reason: string;
}

/** Goods come into a store. */
export function StockInModal({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const text = useText();
  const client = useQueryClient();
  const [form] = Form.useForm<Fields>();
  const { act, busy } = useAct();
  const [request] = useState(requestKey);
  const stores = (useKinds().data ?? []).filter(
    (kind) => kind.domain === 'supplies' && !GOODS.includes(kind.key),
  );
  const submit = ({ expiry, ...fields }: Fields) =>
    act(async () => {
      await post('/stock/lots', { request, ...fields, expiry: expiry || null });
      void client.invalidateQueries({ queryKey: stockKeys.all });
      onClose();
    }, t('stock.saved'));
  const needed = [{ required: true, whitespace: true, message: t('base.required') }];
  const line = (name: keyof Fields, label: string, rules?: object[]) => (
    <Form.Item name={name} label={t(label)} rules={rules}>
      <Input maxLength={80} />
    </Form.Item>
  );
  return (
    <Modal
      open
      width={720}
      title={t('stock.deed.in')}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form
        form={form}
        layout="vertical"
        className="base-form"
        onFinish={submit}
        initialValues={{ kind: 'relief-store', spec: '', batch: '', expiry: '', reason: '' }}
      >
        <Form.Item name="kind" label={t('stock.storeKind')}>
          <Select options={stores.map(({ key, name }) => ({ value: key, label: text(name) }))} />
        </Form.Item>
        {line('store', 'stock.storeKey', needed)}
        {line('item', 'stock.code', [
          { pattern: /^\d{7}$/, required: true, message: t('stock.codeRule') },
        ])}
        {line('name', 'stock.item', needed)}
        {line('spec', 'stock.spec')}
        {line('unit', 'stock.unit', needed)}
        {line('batch', 'stock.batch')}
        <Form.Item name="expiry" label={t('stock.expiry')}>
          <Input type="date" />
        </Form.Item>
        <Form.Item
          name="quantity"
          label={t('stock.quantity')}
          rules={[{ required: true, message: t('base.required') }]}
        >
          <InputNumber min={0} />
        </Form.Item>
        {line('reason', 'stock.origin')}
      </Form>
    </Modal>
  );
}
