import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, InputNumber, Modal, Select, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKinds } from '../../api/base';
import { put, seg } from '../../api/client';
import { forceKeys, type Hospital, useBeds } from '../../api/forces';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { useText } from '../../lib/text';
import { Age } from '../Age';
import { Problem } from '../Problem';

const WARDS = ['all', 'icu'] as const;
/** Free beds that were told longer ago are not to be relied on. */
const OLD_MS = 12 * 3_600_000;

/** Hospitals with their free beds, and how old that word is. */
export function BedList() {
  const { t } = useTranslation();
  const text = useText();
  const { nameOf } = useAreaNames();
  const mayHandle = useMay('handle');
  const [told, setTold] = useState<Hospital>();
  const query = useBeds();
  const fields = useKinds().data?.find((kind) => kind.key === 'hospital')?.fields ?? [];
  const skill = (key: string) =>
    text(
      fields.flatMap((field) => field.choices).find((one) => one.key === key)?.name ??
        fields.find((field) => field.key === key)?.name,
    ) || key;
  return (
    <>
      <Problem query={query} />
      <Table<Hospital>
        rowKey="key"
        size="small"
        loading={query.isPending}
        dataSource={query.data ?? []}
        pagination={{ pageSize: 50, showSizeChanger: false, hideOnSinglePage: true }}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <span className="muted">{t('force.noBeds')}</span> }}
        columns={[
          { title: t('force.hospital'), dataIndex: 'name' },
          { title: t('incident.area'), render: (_, row) => nameOf(row.area) },
          ...WARDS.map((ward) => ({
            title: t(`force.ward.${ward}`),
            render: (_: unknown, row: Hospital) => {
              const beds = row.beds.find((one) => one.ward === ward);
              if (!beds) return <span className="muted">–</span>;
              return (
                <>
                  <b>{beds.free}</b> / {beds.total} · <Age at={beds.at} stale={OLD_MS} />{' '}
                  <span className="muted small">
                    {beds.by === 'record' ? t('force.source.record') : beds.by}
                  </span>
                </>
              );
            },
          })),
          {
            title: t('force.skills'),
            render: (_, row) => row.capabilities.map((key) => <Tag key={key}>{skill(key)}</Tag>),
          },
          {
            title: t('stock.next'),
            render: (_, row) =>
              mayHandle && (
                <Button size="small" data-testid="beds-set" onClick={() => setTold(row)}>
                  {t('force.setBeds')}
                </Button>
              ),
          },
        ]}
      />
      {told && <BedsModal hospital={told} onClose={() => setTold(undefined)} />}
    </>
  );
}

interface BedFields {
  ward: string;
  total: number;
  free: number;
}

export function BedsModal({ hospital, onClose }: { hospital: Hospital; onClose(): void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form] = Form.useForm<BedFields>();
  const total = Form.useWatch('total', form);
  const { act, busy } = useAct();
  const bedsOf = (ward: string) => {
    const known = hospital.beds.find((one) => one.ward === ward);
    return { ward, total: known?.total, free: known?.free };
  };
  const submit = (fields: BedFields) =>
    act(async () => {
      await put(`/forces/beds/${seg(hospital.key)}`, fields);
      void client.invalidateQueries({ queryKey: forceKeys.beds });
      onClose();
    });
  const needed = [{ required: true, message: t('base.required') }];
  return (
    <Modal
      open
      title={`${t('force.setBeds')} · ${hospital.name}`}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <Form form={form} layout="vertical" onFinish={submit} initialValues={bedsOf('all')}>
        <Form.Item name="ward" label={t('force.ward')}>
          <Select
            data-testid="beds-ward"
            options={WARDS.map((one) => ({ value: one, label: t(`force.wardName.${one}`) }))}
            onChange={(ward: string) => form.setFieldsValue(bedsOf(ward))}
          />
        </Form.Item>
        <Form.Item name="total" label={t('force.beds')} rules={needed}>
          <InputNumber min={0} precision={0} />
        </Form.Item>
        <Form.Item name="free" label={t('force.bedsFree')} rules={needed}>
          <InputNumber min={0} max={total} precision={0} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
