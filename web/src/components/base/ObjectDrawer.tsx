import { useQueryClient } from '@tanstack/react-query';
import { Button, Descriptions, Drawer, Popconfirm, Tag, Timeline } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type BaseKind,
  type BaseObject,
  baseKeys,
  objectPath,
  useObject,
  useObjectHistory,
} from '../../api/base';
import { del } from '../../api/client';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { goTo } from '../../lib/route';
import { flyTo } from '../../lib/selection';
import { useText } from '../../lib/text';
import { formatTime } from '../../lib/time';
import { Problem } from '../Problem';
import { Documents } from './Documents';
import { ObjectDuty } from './ObjectDuty';
import { ObjectForm } from './ObjectForm';
import { ObjectNeeds, ObjectRisk, ObjectZone } from './ObjectRisk';
import { RiskTag } from './RiskTag';
import { useBaseWords } from './words';

/** One object: its facts, where each comes from, and what happened to it. */
export function ObjectDrawer({
  kind,
  objectKey,
  onClose,
}: {
  kind: BaseKind;
  objectKey: string;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const text = useText();
  const [changing, setChanging] = useState(false);
  const query = useObject(kind.key, objectKey);
  const allowed = useMay('records');
  const client = useQueryClient();
  const { act, busy } = useAct();
  const object = query.data;
  const remove = () =>
    act(async () => {
      await del(objectPath(kind.key, objectKey));
      void client.invalidateQueries({ queryKey: baseKeys.all });
      onClose();
    });
  return (
    <Drawer
      open
      size={560}
      onClose={onClose}
      title={object?.name ?? objectKey}
      extra={
        allowed &&
        object && (
          <span className="row-buttons">
            <Button size="small" data-testid="base-change" onClick={() => setChanging(true)}>
              {t('base.change')}
            </Button>
            <Popconfirm
              title={t('base.removeSure')}
              okText={t('ok')}
              cancelText={t('cancel')}
              onConfirm={remove}
            >
              <Button size="small" danger loading={busy}>
                {t('base.remove')}
              </Button>
            </Popconfirm>
          </span>
        )
      }
    >
      <Problem query={query} />
      {object && <Facts kind={kind} object={object} />}
      {object && <Documents kind={kind} objectKey={object.key} />}
      {object && <ObjectRisk kind={kind} object={object} />}
      {object && <ObjectZone kind={kind} object={object} />}
      {object && <ObjectNeeds kind={kind} object={object} />}
      {object && <ObjectDuty kind={kind} object={object} />}
      {object && <History kind={kind} object={object} />}
      {object && changing && (
        <ObjectForm kind={kind} object={object} onClose={() => setChanging(false)} />
      )}
      {!object && !query.error && <p className="muted">{text(kind.name)}…</p>}
    </Drawer>
  );
}

function Facts({ kind, object }: { kind: BaseKind; object: BaseObject }) {
  const { t } = useTranslation();
  const text = useText();
  const words = useBaseWords();
  const { nameOf } = useAreaNames();
  const at = object.geometry?.type === 'Point' ? (object.geometry.coordinates as number[]) : null;
  const sourceOf = (column: string) =>
    object.origins[String(object.column_origins[column] ?? object.origin)];
  const flaws = (column: string) => object.flaws.filter((flaw) => flaw.column === column);
  // What is wrong with the object as a whole, or with a column that has no row below.
  const rows = ['area', 'post', ...kind.fields.map((field) => field.key)];
  const general = object.flaws.filter((flaw) => !rows.includes(flaw.column));
  const fact = (column: string, label: string, value: React.ReactNode) => ({
    key: column,
    label,
    children: (
      <>
        <div>
          {value} {object.in_review.includes(column) && <Tag color="gold">{t('review.tag')}</Tag>}
        </div>
        {flaws(column).map((flaw) => (
          <div key={flaw.code} className="small fair">
            ⚠ {text(flaw.words)}
          </div>
        ))}
        {value !== '–' && <div className="muted small">{words.origin(sourceOf(column))}</div>}
      </>
    ),
  });
  return (
    <>
      <p className="row-buttons">
        <Tag>{text(kind.name)}</Tag>
        {object.risk && <RiskTag colour={object.risk} />}
        {object.stale && <Tag color="orange">{t('base.stale')}</Tag>}
        {object.doubtful && <Tag color="gold">{t('base.doubtful')}</Tag>}
        {object.synthetic && <Tag className="tag-synthetic">{t('base.synthetic')}</Tag>}
        {object.blurred && <Tag>{t('base.blurred')}</Tag>}
        {!object.geometry && <Tag color="red">{t('base.noPlace')}</Tag>}
        {!object.post && <Tag color="red">{t('base.noPost')}</Tag>}
      </p>
      {general.map((flaw) => (
        <p key={`${flaw.code} ${flaw.column}`} className="small fair">
          ⚠ {text(flaw.words)}
        </p>
      ))}
      {at && (
        <Button
          size="small"
          onClick={() => {
            flyTo(at[0] ?? 0, at[1] ?? 0, 15);
            goTo('map');
          }}
        >
          {t('incident.show')}
        </Button>
      )}
      <Descriptions
        column={1}
        size="small"
        bordered
        className="base-facts"
        items={[
          fact('key', t('base.key'), object.key),
          fact('area', t('incident.area'), nameOf(object.area)),
          fact('address', t('base.address'), object.address || '–'),
          fact('post', t('base.post'), object.post || '–'),
          ...kind.fields.map((field) =>
            fact(field.key, text(field.name), words.value(field, object.values[field.key])),
          ),
        ]}
      />
      <p className="muted small">
        {t('base.checked', { time: formatTime(object.checked_at) })} ·{' '}
        {t('base.changed', { time: formatTime(object.changed_at) })}
      </p>
    </>
  );
}

function History({ kind, object }: { kind: BaseKind; object: BaseObject }) {
  const { t } = useTranslation();
  const text = useText();
  const words = useBaseWords();
  const changes = useObjectHistory(kind.key, object.key).data ?? [];
  if (changes.length === 0) return null;
  const label = (column: string) => {
    const field = kind.fields.find((f) => f.key === column);
    return field ? text(field.name) : t(`base.column.${column}`);
  };
  const before = (value: unknown) =>
    value === null || value === '' ? '–' : typeof value === 'object' ? '…' : String(value);
  return (
    <>
      <h3>{t('base.history')}</h3>
      <Timeline
        items={changes.toReversed().map((change) => ({
          content: (
            <>
              <div>
                {t(`base.what.${change.what}`)} · {formatTime(change.at)}
              </div>
              {change.what === 'updated' &&
                Object.entries(change.before).map(([column, value]) => (
                  <div key={column} className="small">
                    {label(column)}: {t('base.before', { value: before(value) })}
                  </div>
                ))}
              <div className="muted small">{words.origin(change.origin)}</div>
            </>
          ),
        }))}
      />
    </>
  );
}
