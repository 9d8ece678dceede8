import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Input, List, Popconfirm, Select, Tag } from 'antd';
import { useDeferredValue, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type BaseKind, type BaseObject, baseKeys } from '../api/base';
import { useMe } from '../app/session';
import { ObjectForm } from '../components/base/ObjectForm';
import { useAct } from '../lib/actions';
import { useText } from '../lib/text';
import { formatTime } from '../lib/time';
import {
  forget,
  type Kit,
  open,
  send,
  takeAlong,
  tearUp,
  useField,
  type Written,
  writeDown,
} from './kit';

/** Objects that one looks through on a phone. */
const SHOWN = 50;

/** The field form: objects taken along, changed at the place, sent when there is a network again. */
export default function FieldPage({ offline = false }: { offline?: boolean }) {
  const { t } = useTranslation();
  const me = useMe();
  const { kit, written, sending, reviewed, ready } = useField((field) => field);
  useEffect(() => {
    void open(me.account).then(() => (offline ? undefined : send()));
    const back = () => void send();
    window.addEventListener('online', back);
    return () => window.removeEventListener('online', back);
  }, [me.account, offline]);
  const client = useQueryClient();
  useEffect(() => {
    // The form asks for the areas; without a network they are those that were taken along.
    if (kit) client.setQueryData(baseKeys.areas, kit.areas);
  }, [client, kit]);
  if (!ready) return null;
  return (
    <section className="page field">
      <h2>{t('page.field')}</h2>
      {offline && <Alert type="warning" showIcon title={t('field.offline')} />}
      {reviewed > 0 && <Alert type="info" showIcon title={t('field.reviewed', { n: reviewed })} />}
      {written.length > 0 && <Waiting written={written} kit={kit} sending={sending} />}
      {kit && <Objects kit={kit} />}
      {!offline && <TakeAlong kit={kit} />}
    </section>
  );
}

function TakeAlong({ kit }: { kit: Kit | null }) {
  const { t } = useTranslation();
  const text = useText();
  const me = useMe();
  const { act, busy } = useAct();
  const [kinds, setKinds] = useState<string[]>(kit ? Object.keys(kit.objects) : []);
  const known = useField((field) => field.kit?.kinds) ?? [];
  useEffect(() => {
    // The list of kinds is needed to choose from, before anything is taken along.
    if (!kit) void takeAlong(me, []).catch(() => {});
  }, [kit, me]);
  return (
    <details className="field-take" open={!kit || Object.keys(kit.objects).length === 0}>
      <summary>{t('field.take')}</summary>
      <p className="muted">{t('field.takeHint')}</p>
      <Select
        mode="multiple"
        className="wide"
        value={kinds}
        onChange={setKinds}
        aria-label={t('base.kinds')}
        placeholder={t('base.kinds')}
        data-testid="field-kinds"
        showSearch={{ optionFilterProp: 'label' }}
        options={known.map((kind) => ({ value: kind.key, label: text(kind.name) }))}
      />
      <span className="row-buttons">
        <Button
          type="primary"
          loading={busy}
          data-testid="field-take"
          onClick={() => act(() => takeAlong(me, kinds), t('field.taken'))}
        >
          {t('field.takeNow')}
        </Button>
        {kit && (
          <Popconfirm title={t('field.forgetAsk')} onConfirm={() => act(forget)}>
            <Button>{t('field.forget')}</Button>
          </Popconfirm>
        )}
      </span>
    </details>
  );
}

/** What is not on the server yet. */
function Waiting({
  written,
  kit,
  sending,
}: {
  written: Written[];
  kit: Kit | null;
  sending: boolean;
}) {
  const { t, i18n } = useTranslation();
  const text = useText();
  const nameOf = (kind: string) => {
    const found = kit?.kinds.find((k) => k.key === kind);
    return found ? text(found.name) : kind;
  };
  return (
    <div className="field-waiting" data-testid="field-waiting">
      <p>
        <strong>{t('field.waiting', { n: written.length })}</strong>{' '}
        <Button size="small" loading={sending} data-testid="field-send" onClick={() => send()}>
          {t('field.send')}
        </Button>
      </p>
      <List
        size="small"
        dataSource={written}
        rowKey="id"
        renderItem={(w) => (
          <List.Item
            actions={[
              <Popconfirm key="x" title={t('field.tearUpAsk')} onConfirm={() => tearUp(w.id)}>
                <Button size="small">{t('field.tearUp')}</Button>
              </Popconfirm>,
            ]}
          >
            <div>
              {nameOf(w.kind)} · {w.order.name || w.key}{' '}
              <span className="muted">{formatTime(w.at)}</span>
              {w.faults.map((fault) => (
                <p key={fault.column} className="problem-line">
                  {fault.column}: {text(fault.words)}
                </p>
              ))}
              {w.problem && (
                <p className="problem-line">
                  {i18n.exists(`error.${w.problem}`) ? t(`error.${w.problem}`) : w.problem}
                </p>
              )}
            </div>
          </List.Item>
        )}
      />
    </div>
  );
}

/** The objects that were taken along. */
function Objects({ kit }: { kit: Kit }) {
  const { t } = useTranslation();
  const text = useText();
  const [q, setQ] = useState('');
  const words = useDeferredValue(q.trim());
  const [chosen, setChosen] = useState<string>();
  const [form, setForm] = useState<{ kind: BaseKind; object?: BaseObject }>();
  const written = useField((field) => field.written);
  const kinds = kit.kinds.filter((kind) => kit.objects[kind.key]);
  const kind = kinds.find((k) => k.key === chosen) ?? kinds[0];
  if (!kind) return null;
  const own = kit.objects[kind.key] ?? [];
  const found = own.filter((object) => `${object.name} ${object.key}`.includes(words));
  const changed = (object: BaseObject) =>
    written.find((w) => w.kind === kind.key && w.key === object.key);
  return (
    <div>
      <div className="filters">
        <Select
          value={kind.key}
          onChange={setChosen}
          aria-label={t('base.kinds')}
          options={kinds.map((k) => ({ value: k.key, label: text(k.name) }))}
        />
        <Input
          className="search"
          allowClear
          value={q}
          placeholder={t('base.search')}
          aria-label={t('base.search')}
          onChange={(event) => setQ(event.target.value)}
        />
        <Button data-testid="field-create" onClick={() => setForm({ kind })}>
          {t('base.create')}
        </Button>
      </div>
      <p className="muted">{t('field.takenAt', { n: own.length, time: formatTime(kit.at) })}</p>
      <List
        size="small"
        dataSource={found.slice(0, SHOWN)}
        rowKey="id"
        renderItem={(object) => (
          <List.Item>
            <button
              type="button"
              className="link"
              data-testid={`field-${object.key}`}
              onClick={() => setForm({ kind, object: asWritten(object, changed(object)) })}
            >
              {object.name}
            </button>
            {changed(object) && <Tag color="blue">{t('field.changed')}</Tag>}
          </List.Item>
        )}
      />
      {form && (
        <ObjectForm
          kind={form.kind}
          object={form.object}
          onClose={() => setForm(undefined)}
          store={async (key, order) => {
            await writeDown(form.kind.key, key, order);
            if (navigator.onLine) void send();
            return { stored: true, faults: [] };
          }}
        />
      )}
    </div>
  );
}

/** An object as it was written down last: whoever opens it again goes on from there. */
function asWritten(object: BaseObject, written: Written | undefined): BaseObject {
  if (!written) return object;
  const { order } = written;
  return {
    ...object,
    name: order.name,
    area: Number(order.area) || object.area,
    address: order.address ?? '',
    post: order.post ?? '',
    geometry: order.geometry as BaseObject['geometry'],
    values: order.values as BaseObject['values'],
  };
}
