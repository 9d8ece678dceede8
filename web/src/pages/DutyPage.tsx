import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Modal, Select, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, post } from '../api/client';
import {
  type CallDownItem,
  dutyKeys,
  type RosterSpan,
  useCallDown,
  useCallDowns,
  useRoster,
} from '../api/duty';
import { useMay, useMe } from '../app/session';
import { Problem } from '../components/Problem';
import { useAct } from '../lib/actions';
import { useAreaNames } from '../lib/areas';
import { clickableRow } from '../lib/rows';
import { formatLocal, formatTime, parseLocal } from '../lib/time';

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

/** Who holds which post from when to when, and whether posts answer. */
export default function DutyPage() {
  const { t } = useTranslation();
  return (
    <section className="page">
      <h2>{t('page.duty')}</h2>
      <Roster />
      <CallDowns />
    </section>
  );
}

function Spans({ spans, colour, word }: { spans: RosterSpan[]; colour: string; word: string }) {
  return spans.map((span) => (
    <Tag key={span.from} color={colour}>
      {word} {formatTime(span.from).slice(5, 16)} – {formatTime(span.until).slice(5, 16)}
    </Tag>
  ));
}

function Roster() {
  const { t } = useTranslation();
  const { nameOf } = useAreaNames();
  const client = useQueryClient();
  const allowed = useMay('roster');
  // The start stays while the page is open: a window that moves would be asked for anew every second.
  const [from] = useState(() => Math.floor(Date.now() / HOUR) * HOUR);
  const [adding, setAdding] = useState(false);
  const { act } = useAct();
  const query = useRoster(from, from + WEEK);
  const changed = () => void client.invalidateQueries({ queryKey: dutyKeys.roster });
  const remove = (id: number) =>
    act(async () => {
      await del(`/base/roster/${id}`);
      changed();
    });
  return (
    <>
      <div className="filters">
        <h3>{t('roster.title')}</h3>
        {allowed && (
          <Button type="primary" data-testid="roster-add" onClick={() => setAdding(true)}>
            {t('roster.add')}
          </Button>
        )}
      </div>
      <Problem query={query} />
      <Table
        rowKey="post"
        size="small"
        loading={query.isFetching}
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={query.data ?? []}
        locale={{ emptyText: <span className="muted">{t('roster.none')}</span> }}
        columns={[
          { title: t('base.post'), render: (_, row) => row.name || row.post },
          { title: t('incident.area'), render: (_, row) => nameOf(row.area) },
          {
            title: t('roster.shifts'),
            render: (_, row) =>
              row.shifts.map((shift) => (
                <div key={shift.id}>
                  {formatTime(shift.from).slice(5, 16)} – {formatTime(shift.until).slice(5, 16)}{' '}
                  <b>{shift.person}</b> {shift.phone}{' '}
                  {allowed && (
                    <Button
                      size="small"
                      type="text"
                      aria-label={t('roster.remove', { person: shift.person })}
                      onClick={() => remove(shift.id)}
                    >
                      ✕
                    </Button>
                  )}
                </div>
              )),
          },
          {
            title: t('roster.defects'),
            render: (_, row) => (
              <span className="row-buttons">
                <Spans spans={row.gaps} colour="red" word={t('duty.defect.gap')} />
                <Spans spans={row.overlaps} colour="orange" word={t('duty.defect.overlap')} />
              </span>
            ),
          },
        ]}
      />
      {adding && (
        <ShiftForm
          from={from}
          onClose={() => setAdding(false)}
          onDone={() => {
            changed();
            setAdding(false);
          }}
        />
      )}
    </>
  );
}

interface ShiftFields {
  post: string;
  person: string;
  phone: string;
  from: string;
  until: string;
}

function ShiftForm({ from, onClose, onDone }: { from: number; onClose(): void; onDone(): void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<ShiftFields>();
  const { act, busy } = useAct();
  const submit = (fields: ShiftFields) =>
    act(async () => {
      const shift = { ...fields, from: parseLocal(fields.from), until: parseLocal(fields.until) };
      await post('/base/roster', shift);
      onDone();
    });
  const needed = [{ required: true, whitespace: true, message: t('base.required') }];
  return (
    <Modal
      open
      title={t('roster.add')}
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
        initialValues={{ from: formatLocal(from), until: formatLocal(from + 12 * HOUR) }}
      >
        <Form.Item name="post" label={t('roster.post')} rules={needed}>
          <Input maxLength={64} />
        </Form.Item>
        <Form.Item name="person" label={t('roster.person')} rules={needed}>
          <Input maxLength={60} />
        </Form.Item>
        <Form.Item name="phone" label={t('roster.phone')} rules={needed}>
          <Input maxLength={32} />
        </Form.Item>
        <Form.Item name="from" label={t('roster.from')} rules={needed}>
          <Input type="datetime-local" />
        </Form.Item>
        <Form.Item name="until" label={t('roster.until')} rules={needed}>
          <Input type="datetime-local" />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function CallDowns() {
  const { t } = useTranslation();
  const { nameOf } = useAreaNames();
  const allowed = useMay('drills');
  const [starting, setStarting] = useState(false);
  const [opened, setOpened] = useState<CallDownItem>();
  const query = useCallDowns();
  return (
    <>
      <div className="filters">
        <h3>{t('callDown.title')}</h3>
        {allowed && (
          <Button data-testid="call-down-start" onClick={() => setStarting(true)}>
            {t('callDown.start')}
          </Button>
        )}
      </div>
      <p className="muted">{t('callDown.hint')}</p>
      <Problem query={query} />
      <Table
        rowKey="incident"
        size="small"
        loading={query.isFetching}
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={query.data ?? []}
        locale={{ emptyText: <span className="muted">{t('callDown.none')}</span> }}
        onRow={(row) => clickableRow(() => setOpened(row))}
        columns={[
          { title: t('callDown.name'), dataIndex: 'name' },
          { title: t('incident.area'), render: (_, row) => nameOf(row.area) },
          { title: t('callDown.at'), render: (_, row) => formatTime(row.at) },
          { title: t('callDown.minutes'), dataIndex: 'minutes' },
          { title: t('callDown.posts'), dataIndex: 'posts' },
          {
            title: t('callDown.ended'),
            render: (_, row) =>
              row.ended === null ? t('callDown.running') : formatTime(row.ended),
          },
        ]}
      />
      {starting && <StartForm onClose={() => setStarting(false)} />}
      {opened && <Report incident={opened.incident} onClose={() => setOpened(undefined)} />}
    </>
  );
}

function StartForm({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const { all } = useAreaNames();
  const [form] = Form.useForm();
  const { act, busy } = useAct();
  const submit = (fields: { name: string; area: number; minutes: number; posts?: string }) =>
    act(async () => {
      const posts = (fields.posts ?? '').split(/[\s,]+/).filter(Boolean);
      await post('/base/call-downs', { ...fields, posts });
      void client.invalidateQueries({ queryKey: dutyKeys.tests });
      onClose();
    });
  return (
    <Modal
      open
      title={t('callDown.start')}
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
        initialValues={{ area: me.area, minutes: 10 }}
      >
        <Form.Item name="name" label={t('callDown.name')} rules={[{ required: true }]}>
          <Input maxLength={100} />
        </Form.Item>
        <Form.Item name="area" label={t('incident.area')}>
          <Select options={all} showSearch={{ optionFilterProp: 'label' }} />
        </Form.Item>
        <Form.Item name="posts" label={t('callDown.keys')}>
          <Input />
        </Form.Item>
        <Form.Item name="minutes" label={t('callDown.minutes')}>
          <InputNumber min={1} max={60} />
        </Form.Item>
      </Form>
    </Modal>
  );
}

function Report({ incident, onClose }: { incident: number; onClose(): void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const allowed = useMay('drills');
  const answers = useMay('handle');
  const query = useCallDown(incident);
  const report = query.data;
  const changed = () => void client.invalidateQueries({ queryKey: dutyKeys.tests });
  const end = () =>
    act(async () => {
      await post(`/base/call-downs/${incident}/end`);
      changed();
    });
  const answer = (notice: number) =>
    act(async () => {
      await post(`/notices/${notice}/answer`, { state: 'acknowledged' });
      changed();
    });
  return (
    <Modal
      open
      width={760}
      title={report?.test.name ?? t('callDown.title')}
      onCancel={onClose}
      footer={
        allowed && report?.test.ended === null ? (
          <Button danger loading={busy} data-testid="call-down-end" onClick={end}>
            {t('callDown.end')}
          </Button>
        ) : null
      }
    >
      <Problem query={query} />
      {report && (
        <>
          <p data-testid="call-down-counts">{t('callDown.counts', { ...report.counts })}</p>
          {report.levels.map(({ level, counts }) => (
            <p key={level} className="muted small">
              {t(`callDown.level.${level}`)}: {t('callDown.counts', { ...counts })}
            </p>
          ))}
          <Table
            rowKey="notice"
            size="small"
            pagination={false}
            scroll={{ x: 'max-content', y: 360 }}
            dataSource={report.posts}
            columns={[
              { title: t('base.post'), dataIndex: 'name' },
              { title: t('callDown.result'), render: (_, row) => t(`callDown.state.${row.state}`) },
              {
                title: t('callDown.answered'),
                render: (_, row) =>
                  row.answered === null ? '–' : `${formatTime(row.answered)} · ${row.by}`,
              },
              {
                title: t('callDown.answer'),
                render: (_, row) =>
                  answers &&
                  row.answered === null &&
                  report.test.ended === null && (
                    <Button size="small" onClick={() => answer(row.notice)}>
                      {t('callDown.answerFor')}
                    </Button>
                  ),
              },
            ]}
          />
        </>
      )}
    </Modal>
  );
}
