import { useQueryClient } from '@tanstack/react-query';
import { Button, Drawer, Popconfirm, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKinds } from '../api/base';
import { del, post } from '../api/client';
import {
  type ConnectorRun,
  type ConnectorView,
  connectorKeys,
  connectorPath,
  useConnectorRuns,
  useConnectors,
} from '../api/connectors';
import { useMay } from '../app/session';
import { Age, Moment } from '../components/Age';
import { ConnectorForm } from '../components/base/ConnectorForm';
import { Problem } from '../components/Problem';
import { useAct } from '../lib/actions';
import { useAreaNames } from '../lib/areas';
import { clickableRow } from '../lib/rows';
import { useText } from '../lib/text';

const COLOURS = {
  running: 'blue',
  paused: 'default',
  new: 'default',
  good: 'green',
  failing: 'red',
};

/** Other systems that records are pulled from: how each does, and when it was good last. */
export default function ConnectorsPage() {
  const { t } = useTranslation();
  const text = useText();
  const query = useConnectors();
  const kinds = useKinds().data ?? [];
  const { nameOf } = useAreaNames();
  const allowed = useMay('records');
  const [making, setMaking] = useState(false);
  const [opened, setOpened] = useState<string>();
  const one = query.data?.find((c) => c.key === opened);
  const nameOfKind = (key: string) => {
    if (key === 'weather') return t('connectors.weather');
    const kind = kinds.find((k) => k.key === key);
    return kind ? text(kind.name) : key;
  };
  return (
    <section className="page">
      <h2>{t('page.connectors')}</h2>
      <p className="muted">{t('connectors.hint')}</p>
      {allowed && (
        <div className="filters">
          <Button type="primary" data-testid="connector-create" onClick={() => setMaking(true)}>
            {t('connectors.create')}
          </Button>
        </div>
      )}
      <Problem query={query} />
      <Table<ConnectorView>
        rowKey="key"
        size="small"
        loading={query.isLoading}
        dataSource={query.data ?? []}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <span className="muted">{t('connectors.none')}</span> }}
        onRow={(row) => clickableRow(() => setOpened(row.key))}
        columns={[
          { title: t('connectors.health'), render: (_, row) => <Health connector={row} /> },
          { title: t('base.name'), dataIndex: 'name' },
          { title: t('base.kind'), render: (_, row) => nameOfKind(row.kind) },
          { title: t('incident.area'), render: (_, row) => nameOf(row.area) },
          {
            title: t('connectors.type'),
            render: (_, row) => t(`connectors.type.${row.from.type}`),
          },
          { title: t('connectors.lastGood'), render: (_, row) => <Age at={row.last_good} /> },
          {
            title: t('connectors.next'),
            render: (_, row) => (row.enabled ? <Moment at={row.next} /> : '—'),
          },
          {
            title: t('connectors.last'),
            render: (_, row) => row.last && <Figures run={row.last} />,
          },
        ]}
      />
      {making && <ConnectorForm onClose={() => setMaking(false)} />}
      {one && <Opened connector={one} onClose={() => setOpened(undefined)} />}
    </section>
  );
}

function Health({ connector }: { connector: ConnectorView }) {
  const { t } = useTranslation();
  return (
    <Tag color={COLOURS[connector.health]} data-testid={`connector-${connector.key}`}>
      {t(`connectors.health.${connector.health}`)}
      {connector.failures > 0 && ` · ${connector.failures}`}
    </Tag>
  );
}

/** What a run brought, or why it did not. */
function Figures({ run }: { run: ConnectorRun }) {
  const { t } = useTranslation();
  const text = useText();
  return run.failed ? (
    <span className="misses">{text(run.failed)}</span>
  ) : (
    <span>
      {t('base.import.loadedRows', { ...run })}
      {run.late > 0 && ` · ${t('connectors.late', { count: run.late })}`}
    </span>
  );
}

function Opened({ connector, onClose }: { connector: ConnectorView; onClose(): void }) {
  const { t } = useTranslation();
  const text = useText();
  const client = useQueryClient();
  const allowed = useMay('records');
  const runs = useConnectorRuns(connector.key);
  const [changing, setChanging] = useState(false);
  const { act, busy } = useAct();
  const renew = () => client.invalidateQueries({ queryKey: connectorKeys.all });
  const run = () =>
    act(async () => {
      await post(`/base/connectors/${encodeURIComponent(connector.key)}/run`);
      await renew();
    }, t('connectors.started'));
  const remove = () =>
    act(async () => {
      await del(connectorPath(connector.key));
      await renew();
      onClose();
    });
  const { from } = connector;
  const address =
    from.type === 'postgres' ? `${from.user}@${from.host}:${from.port}/${from.database}` : from.url;
  return (
    <Drawer open size={720} title={connector.name} onClose={onClose}>
      <p>
        <Health connector={connector} /> {t(`connectors.type.${from.type}`)} · {address}
      </p>
      <p className="muted">{t('connectors.by', { by: connector.by })}</p>
      {allowed && (
        <p className="row-buttons">
          <Button
            type="primary"
            loading={busy}
            disabled={!connector.enabled || connector.health === 'running'}
            data-testid="connector-run"
            onClick={run}
          >
            {t('connectors.run')}
          </Button>
          <Button onClick={() => setChanging(true)}>{t('base.change')}</Button>
          <Popconfirm
            title={t('connectors.removeSure')}
            okText={t('ok')}
            cancelText={t('cancel')}
            onConfirm={remove}
          >
            <Button danger>{t('base.remove')}</Button>
          </Popconfirm>
        </p>
      )}
      <Problem query={runs} />
      <Table<ConnectorRun>
        rowKey="began"
        size="small"
        dataSource={runs.data ?? []}
        pagination={{ pageSize: 10, hideOnSinglePage: true, showSizeChanger: false }}
        locale={{ emptyText: <span className="muted">{t('connectors.noRuns')}</span> }}
        expandable={{
          rowExpandable: (row) => row.first.length > 0,
          expandedRowRender: (row) => (
            <ul>
              {row.first.map((bad) => (
                <li key={bad.row}>
                  {t('base.row')} {bad.row}: {text(bad.words)}
                </li>
              ))}
            </ul>
          ),
        }}
        columns={[
          { title: t('connectors.began'), render: (_, row) => <Moment at={row.began} /> },
          { title: t('connectors.rows'), dataIndex: 'rows' },
          { title: t('connectors.last'), render: (_, row) => <Figures run={row} /> },
        ]}
      />
      {changing && <ConnectorForm connector={connector} onClose={() => setChanging(false)} />}
    </Drawer>
  );
}
