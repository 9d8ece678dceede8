import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Modal, Segmented, Select, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { BaseKind } from '../../api/base';
import { post, put } from '../../api/client';
import {
  type By,
  qualityKeys,
  type SpotDraw,
  type SpotErrors,
  type SpotItem,
  useDraw,
  useDraws,
  useSpotErrors,
} from '../../api/quality';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { clickableRow } from '../../lib/rows';
import { useText } from '../../lib/text';
import { formatTime } from '../../lib/time';
import { ObjectDrawer } from '../base/ObjectDrawer';
import { MoreButton } from '../MoreButton';
import { Problem } from '../Problem';
import { withRegion } from '../sharing/words';
import { useKeyName } from './League';

const MOST = 500;
const USUAL = 30;
/** What can be wrong beside the fields of the kind. */
const COMMON = ['name', 'area', 'address', 'post', 'geom'];

function useRate() {
  const { t } = useTranslation();
  const percent = (part: number) => `${(100 * part).toFixed(1)}%`;
  return (errors: SpotErrors) =>
    errors.rate === null
      ? '–'
      : t('quality.rate', {
          rate: percent(errors.rate),
          low: percent(errors.low),
          high: percent(errors.high),
        });
}

/** Random checks: what was drawn and found, and what that says of all. */
export function Spots({ kinds, area }: { kinds: BaseKind[]; area?: number }) {
  const { t } = useTranslation();
  const allowed = useMay('records');
  const [by, setBy] = useState<By>('domain');
  const keyName = useKeyName(kinds);
  const errors = useSpotErrors(by, area);
  const rate = useRate();
  return (
    <>
      <div className="filters">
        <strong>{t('quality.errors')}</strong>
        <Segmented<By>
          value={by}
          onChange={setBy}
          options={(['domain', 'kind', 'city', 'county'] as const).map((value) => ({
            value,
            label: t(`quality.by.${value}`),
          }))}
        />
      </div>
      <Problem query={errors} />
      <Table
        rowKey="key"
        size="small"
        loading={errors.isPending}
        dataSource={errors.data ?? []}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <span className="muted">{t('quality.noErrors')}</span> }}
        columns={[
          { title: t(`quality.by.${by}`), render: (_, row) => keyName(by, row.key) },
          { title: t('quality.checked'), align: 'right', render: (_, row) => row.errors.checked },
          { title: t('quality.wrong'), align: 'right', render: (_, row) => row.errors.wrong },
          { title: t('quality.errorRate'), render: (_, row) => rate(row.errors) },
        ]}
      />
      {allowed && <Draws kinds={kinds} />}
    </>
  );
}

function Draws({ kinds }: { kinds: BaseKind[] }) {
  const { t } = useTranslation();
  const text = useText();
  const { nameOf } = useAreaNames();
  const rate = useRate();
  const [drawing, setDrawing] = useState(false);
  const [opened, setOpened] = useState<number>();
  const pages = useDraws(true);
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const kindOf = (key: string) => kinds.find((kind) => kind.key === key);
  return (
    <>
      <div className="filters">
        <strong>{t('quality.draws')}</strong>
        <Button type="primary" data-testid="quality-draw" onClick={() => setDrawing(true)}>
          {t('quality.draw')}
        </Button>
      </div>
      <Problem query={pages} />
      <Table<SpotDraw>
        rowKey="id"
        size="small"
        loading={pages.isPending}
        dataSource={rows}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <span className="muted">{t('quality.noDraws')}</span> }}
        onRow={(row) => clickableRow(() => setOpened(row.id))}
        columns={[
          { title: t('share.number'), dataIndex: 'id' },
          { title: t('base.kind'), render: (_, row) => text(kindOf(row.kind)?.name) || row.kind },
          { title: t('incident.area'), render: (_, row) => nameOf(row.area) },
          {
            title: t('quality.checked'),
            align: 'right',
            render: (_, row) => `${row.errors.checked} / ${row.drawn}`,
          },
          { title: t('quality.errorRate'), render: (_, row) => rate(row.errors) },
          { title: t('quality.seed'), dataIndex: 'seed' },
          { title: t('share.when'), render: (_, row) => `${row.by} · ${formatTime(row.at)}` },
        ]}
      />
      <MoreButton pages={pages} />
      {drawing && <DrawForm kinds={kinds} onClose={() => setDrawing(false)} />}
      {opened !== undefined && (
        <Drawn id={opened} kinds={kinds} onClose={() => setOpened(undefined)} />
      )}
    </>
  );
}

function DrawForm({ kinds, onClose }: { kinds: BaseKind[]; onClose(): void }) {
  const { t } = useTranslation();
  const text = useText();
  const client = useQueryClient();
  const { all } = useAreaNames();
  const { act, busy } = useAct();
  const [form] = Form.useForm<{ kind: string; area?: number; count: number }>();
  const submit = (order: { kind: string; area?: number; count: number }) =>
    act(async () => {
      await post('/quality/draws', order);
      void client.invalidateQueries({ queryKey: qualityKeys.draws });
      onClose();
    });
  return (
    <Modal
      open
      title={t('quality.draw')}
      okText={t('ok')}
      cancelText={t('cancel')}
      confirmLoading={busy}
      onOk={form.submit}
      onCancel={onClose}
    >
      <p className="muted">{t('quality.drawHint')}</p>
      <Form form={form} layout="vertical" onFinish={submit} initialValues={{ count: USUAL }}>
        <Form.Item name="kind" label={t('base.kind')} rules={[{ required: true }]}>
          <Select
            showSearch={{ optionFilterProp: 'label' }}
            options={kinds
              .filter((kind) => kind.count > 0)
              .map((kind) => ({ value: kind.key, label: `${text(kind.name)} · ${kind.count}` }))}
          />
        </Form.Item>
        <Form.Item name="area" label={t('incident.area')} extra={t('quality.ownArea')}>
          <Select allowClear showSearch={{ optionFilterProp: 'label' }} options={withRegion(all)} />
        </Form.Item>
        <Form.Item name="count" label={t('quality.count')} rules={[{ required: true }]}>
          <InputNumber min={1} max={MOST} precision={0} className="wide" />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function Drawn({ id, kinds, onClose }: { id: number; kinds: BaseKind[]; onClose(): void }) {
  const { t } = useTranslation();
  const text = useText();
  const query = useDraw(id);
  const kind = kinds.find((one) => one.key === query.data?.draw.kind);
  const [checking, setChecking] = useState<SpotItem>();
  const [opened, setOpened] = useState<string>();
  const column = (key: string) => {
    const field = kind?.fields.find((f) => f.key === key);
    return field ? text(field.name) : t(`base.column.${key}`);
  };
  return (
    <Modal open width={860} footer={null} title={t('quality.drawn', { id })} onCancel={onClose}>
      <Problem query={query} />
      <Table<SpotItem>
        rowKey="id"
        size="small"
        loading={query.isPending}
        dataSource={query.data?.items ?? []}
        pagination={{ pageSize: 10, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={{ x: 'max-content' }}
        columns={[
          {
            title: t('base.name'),
            render: (_, item) =>
              item.key ? (
                <Button type="link" size="small" onClick={() => setOpened(item.key)}>
                  {item.name}
                </Button>
              ) : (
                <span className="muted">{t('quality.gone')}</span>
              ),
          },
          { title: t('base.key'), dataIndex: 'key' },
          {
            title: t('quality.found'),
            render: (_, item) =>
              item.check === null ? (
                '–'
              ) : item.check.wrong.length === 0 ? (
                <Tag color="green">{t('quality.allRight')}</Tag>
              ) : (
                item.check.wrong.map((key) => (
                  <Tag key={key} color="red">
                    {column(key)}
                  </Tag>
                ))
              ),
          },
          { title: t('quality.by'), render: (_, item) => item.check?.by ?? '–' },
          {
            title: t('share.deed'),
            render: (_, item) => (
              <Button size="small" onClick={() => setChecking(item)}>
                {t('quality.check')}
              </Button>
            ),
          },
        ]}
      />
      {checking && kind && (
        <Verdict
          draw={id}
          item={checking}
          columns={[...COMMON, ...kind.fields.map((field) => field.key)].map((value) => ({
            value,
            label: column(value),
          }))}
          onClose={() => setChecking(undefined)}
        />
      )}
      {opened && kind && (
        <ObjectDrawer kind={kind} objectKey={opened} onClose={() => setOpened(undefined)} />
      )}
    </Modal>
  );
}

function Verdict({
  draw,
  item,
  columns,
  onClose,
}: {
  draw: number;
  item: SpotItem;
  columns: { value: string; label: string }[];
  onClose(): void;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const [form] = Form.useForm<{ wrong: string[]; note: string }>();
  const submit = (verdict: { wrong: string[]; note: string }) =>
    act(async () => {
      await put(`/quality/draws/${draw}/items/${item.id}`, verdict);
      void client.invalidateQueries({ queryKey: qualityKeys.all });
      onClose();
    });
  return (
    <Modal
      open
      title={`${t('quality.check')} · ${item.name}`}
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
        initialValues={{ wrong: item.check?.wrong ?? [], note: item.check?.note ?? '' }}
      >
        <Form.Item name="wrong" label={t('quality.wrongFields')} extra={t('quality.wrongHint')}>
          <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={columns} />
        </Form.Item>
        <Form.Item name="note" label={t('quality.note')}>
          <Input.TextArea rows={2} maxLength={2000} />
        </Form.Item>
      </Form>
    </Modal>
  );
}
