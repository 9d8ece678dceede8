import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Modal, Progress, Select, Table, Upload } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type BaseImport, type BaseKind, baseKeys, bringFile, useImport } from '../../api/base';
import { del, post } from '../../api/client';
import { useAct } from '../../lib/actions';
import { useText } from '../../lib/text';
import { Problem } from '../Problem';

const COMMON = ['key', 'name', 'area', 'address', 'post', 'lon', 'lat', 'synthetic'];
const ENDS = '.xlsx,.csv,.tsv,.txt,.geojson,.json,.gpkg,.zip,.pbf';
const DATUMS = ['wgs84', 'gcj02', 'bd09'];

/** Brings a file: choose, see row by row what is wrong, then load the good rows. */
export function ImportWizard({ kind, onClose }: { kind: BaseKind; onClose(): void }) {
  const { t } = useTranslation();
  const text = useText();
  const client = useQueryClient();
  const [datum, setDatum] = useState('wgs84');
  const [sent, setSent] = useState<number | null>(null);
  const [id, setId] = useState<number | null>(null);
  const sending = useRef<AbortController | null>(null);
  const { act, busy } = useAct();
  const query = useImport(id);
  const done = query.data?.state;
  // What was loaded is in the lists behind.
  useEffect(() => {
    if (done === 'loaded') void client.invalidateQueries({ queryKey: baseKeys.all });
  }, [done, client]);

  const bring = (file: File) =>
    act(async () => {
      sending.current = new AbortController();
      setSent(0);
      try {
        setId((await bringFile(kind.key, file, datum, setSent, sending.current.signal)).id);
      } finally {
        setSent(null);
      }
    });
  const cancel = () => {
    sending.current?.abort();
    if (id !== null && (done === 'checking' || done === 'loading')) void del(`/base/imports/${id}`);
    onClose();
  };

  return (
    <Modal
      open
      width={860}
      title={`${t('base.import')} · ${text(kind.name)}`}
      footer={null}
      onCancel={cancel}
    >
      {id === null && (
        <>
          <p>
            {t('base.datum')}{' '}
            <Select
              value={datum}
              onChange={setDatum}
              aria-label={t('base.datum')}
              options={DATUMS.map((value) => ({ value, label: t(`base.datum.${value}`) }))}
            />
          </p>
          <Upload.Dragger
            accept={ENDS}
            showUploadList={false}
            disabled={busy}
            beforeUpload={(file) => {
              void bring(file);
              return false;
            }}
          >
            <p>{t('base.drop')}</p>
            <p className="muted">{t('base.formats')}</p>
          </Upload.Dragger>
          {sent !== null && <Progress percent={Math.round(sent * 100)} />}
        </>
      )}
      <Problem query={query} />
      {query.data && (
        <Looked
          kind={kind}
          found={query.data}
          datum={datum}
          onAgain={() => setId(null)}
          onClose={onClose}
        />
      )}
    </Modal>
  );
}

function Looked({
  kind,
  found,
  datum,
  onAgain,
  onClose,
}: {
  kind: BaseKind;
  found: BaseImport;
  datum: string;
  onAgain(): void;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const text = useText();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const works = found.state === 'checking' || found.state === 'loading';
  const renew = () => client.invalidateQueries({ queryKey: baseKeys.import(found.id) });
  const look = (mapping: Record<string, string | null>, layer: string | null) =>
    act(async () => {
      await post(`/base/imports/${found.id}/check`, { mapping, datum, layer });
      await renew();
    });
  const remap = (heading: string, field: string | null) => {
    const chosen = found.columns.map((c) => [c.heading, c.heading === heading ? field : c.field]);
    return look(Object.fromEntries(chosen), found.layers[0] ?? null);
  };
  const load = () =>
    act(async () => {
      await post(`/base/imports/${found.id}/load`);
      await renew();
    });
  const fields = [
    ...COMMON.map((value) => ({ value, label: t(`base.column.${value}`) })),
    ...kind.fields.map((field) => ({ value: field.key, label: text(field.name) })),
  ];
  const label = (column: string) => fields.find((f) => f.value === column)?.label ?? column;
  return (
    <div data-testid="base-import" data-state={found.state}>
      <p>
        <strong>{found.file}</strong> · {t(`base.import.${found.state}`)}
      </p>
      {found.layers.length > 1 && (
        <p>
          {t('base.layer')}{' '}
          <Select
            value={found.layers[0]}
            disabled={busy || works || found.state === 'loaded'}
            aria-label={t('base.layer')}
            data-testid="base-layer"
            popupMatchSelectWidth={false}
            onChange={(layer) => look({}, layer)}
            options={[...found.layers].sort().map((value) => ({ value, label: value }))}
          />
        </p>
      )}
      {works && <Progress percent={Math.round(found.progress * 100)} />}
      {found.state === 'failed' && <Alert type="error" showIcon title={found.why} />}
      <p data-testid="base-import-figures">
        {found.state === 'loaded' || found.state === 'loading'
          ? t('base.import.loadedRows', { ...found })
          : t('base.import.checkedRows', { ...found })}
      </p>
      {found.in_review > 0 && (
        <p>
          <a href="#/reviews">{t('base.import.inReview', { count: found.in_review })}</a>
        </p>
      )}
      {found.state === 'checked' && (
        <div className="base-columns">
          {found.columns.map((column) => (
            <div key={column.heading} className="base-column">
              <span>{column.heading}</span>
              <Select
                size="small"
                allowClear
                aria-label={column.heading}
                disabled={busy}
                value={column.field}
                placeholder={t('base.passedOver')}
                showSearch={{ optionFilterProp: 'label' }}
                onChange={(field) => remap(column.heading, field ?? null)}
                options={fields}
              />
            </div>
          ))}
        </div>
      )}
      {found.first.length > 0 && (
        <Table
          size="small"
          rowKey="row"
          pagination={{ pageSize: 8, hideOnSinglePage: true, showSizeChanger: false }}
          dataSource={found.first}
          columns={[
            { title: t('base.row'), dataIndex: 'row', width: 90 },
            {
              title: t('base.wrong'),
              render: (_, row) =>
                row.faults.map((f) => `${label(f.column)}: ${text(f.words)}`).join('; '),
            },
          ]}
        />
      )}
      <p className="row-buttons base-import-buttons">
        {found.bad > 0 && !works && (
          <Button href={`/api/v1/base/imports/${found.id}/sheet`}>{t('base.sheet')}</Button>
        )}
        {!works && <Button onClick={onAgain}>{t('base.otherFile')}</Button>}
        {found.state === 'checked' && (
          <Button
            type="primary"
            loading={busy}
            disabled={found.good === 0}
            data-testid="base-load"
            onClick={load}
          >
            {t('base.load', { count: found.good })}
          </Button>
        )}
        {found.state === 'loaded' && (
          <Button type="primary" onClick={onClose}>
            {t('close')}
          </Button>
        )}
      </p>
    </div>
  );
}
