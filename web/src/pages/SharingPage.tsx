import { Button, Segmented, Select, Table, Tabs, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DOMAINS } from '../api/base';
import { type DataSet, type Share, useDataSets, useShares } from '../api/sharing';
import { MoreButton } from '../components/MoreButton';
import { Problem } from '../components/Problem';
import { ShareDrawer } from '../components/sharing/ShareDrawer';
import { TermsForm } from '../components/sharing/TermsForm';
import { STATE_COLOUR, useFieldName } from '../components/sharing/words';
import { useAreaNames } from '../lib/areas';
import { clickableRow } from '../lib/rows';
import { useText } from '../lib/text';
import { formatTime } from '../lib/time';

/** What other departments can get, who asked for it, and who gets it. */
export default function SharingPage() {
  const { t } = useTranslation();
  const sets = useDataSets();
  const all = sets.data ?? [];
  return (
    <section className="page">
      <h2>{t('page.sharing')}</h2>
      <Problem query={sets} />
      <Tabs
        items={[
          { key: 'requests', label: t('share.requests'), children: <Requests sets={all} /> },
          {
            key: 'catalogue',
            label: t('share.catalogue'),
            children: <Catalogue sets={all} loading={sets.isPending} />,
          },
        ]}
      />
    </section>
  );
}

type Which = 'all' | 'own' | 'decide' | 'grants';

function Requests({ sets }: { sets: DataSet[] }) {
  const { t } = useTranslation();
  const text = useText();
  const { nameOf } = useAreaNames();
  const [which, setWhich] = useState<Which>('all');
  const [opened, setOpened] = useState<number>();
  const pages = useShares();
  const wanted = (share: Share) =>
    which === 'all' ||
    (which === 'own' && share.own) ||
    (which === 'decide' && share.decides && share.state === 'requested') ||
    (which === 'grants' && share.state === 'approved');
  const rows = pages.data?.pages.flatMap((page) => page.items).filter(wanted) ?? [];
  return (
    <>
      <div className="filters">
        <Segmented<Which>
          value={which}
          onChange={setWhich}
          options={(['all', 'own', 'decide', 'grants'] as const).map((value) => ({
            value,
            label: t(`share.which.${value}`),
          }))}
        />
      </div>
      <Problem query={pages} />
      <Table<Share>
        rowKey="id"
        size="small"
        loading={pages.isPending}
        dataSource={rows}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <span className="muted">{t('share.none')}</span> }}
        onRow={(row) => clickableRow(() => setOpened(row.id))}
        columns={[
          { title: t('share.number'), dataIndex: 'id' },
          {
            title: t('share.state'),
            render: (_, row) => (
              <Tag color={STATE_COLOUR[row.state]}>{t(`share.state.${row.state}`)}</Tag>
            ),
          },
          {
            title: t('share.set'),
            render: (_, row) => text(sets.find((s) => s.kind === row.kind)?.name) || row.kind,
          },
          { title: t('incident.area'), render: (_, row) => nameOf(row.grant?.area ?? row.area) },
          { title: t('share.recipient'), dataIndex: 'recipient' },
          { title: t('share.until'), render: (_, r) => formatTime(r.grant?.expires ?? r.until) },
          { title: t('share.by'), dataIndex: 'by' },
          { title: t('share.when'), render: (_, row) => formatTime(row.at) },
        ]}
      />
      <MoreButton pages={pages} />
      {opened !== undefined && (
        <ShareDrawer id={opened} sets={sets} onClose={() => setOpened(undefined)} />
      )}
    </>
  );
}

function Catalogue({ sets, loading }: { sets: DataSet[]; loading: boolean }) {
  const { t } = useTranslation();
  const text = useText();
  const fieldName = useFieldName();
  const [domain, setDomain] = useState<string>();
  const [asking, setAsking] = useState<DataSet>();
  const rows = sets
    .filter((set) => !domain || set.domain === domain)
    .sort((a, b) => b.count - a.count);
  const fields = (set: DataSet, given: string) =>
    set.fields.filter((f) => f.given === given).map((f) => fieldName(set, f.key));
  return (
    <>
      <div className="filters">
        <Select
          allowClear
          placeholder={t('quality.domain')}
          aria-label={t('quality.domain')}
          value={domain}
          onChange={setDomain}
          options={DOMAINS.map((value) => ({ value, label: t(`base.domain.${value}`) }))}
        />
      </div>
      <Table<DataSet>
        rowKey="kind"
        size="small"
        loading={loading}
        dataSource={rows}
        pagination={{ pageSize: 20, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={{ x: 'max-content' }}
        expandable={{
          expandedRowRender: (set) => (
            <div className="share-fields">
              {(['whole', 'blurred', 'never'] as const).map((given) => {
                const names = fields(set, given);
                return names.length === 0 ? null : (
                  <p key={given}>
                    <Tag>{t(`share.given.${given}`)}</Tag> {names.join('、')}
                  </p>
                );
              })}
            </div>
          ),
        }}
        columns={[
          {
            title: t('share.set'),
            render: (_, set) => (
              <>
                {text(set.name)} {set.private && <Tag color="cyan">{t('share.private')}</Tag>}
              </>
            ),
          },
          { title: t('quality.domain'), render: (_, set) => t(`base.domain.${set.domain}`) },
          { title: t('share.count'), dataIndex: 'count', align: 'right' },
          {
            title: t('share.personal'),
            align: 'right',
            render: (_, set) => set.fields.filter((f) => f.given !== 'whole').length,
          },
          {
            title: t('share.stale'),
            align: 'right',
            render: (_, set) => set.stale ?? '–',
          },
          {
            title: t('share.newest'),
            render: (_, set) => (set.newest === null ? '–' : formatTime(set.newest)),
          },
          {
            title: t('share.deed'),
            render: (_, set) => (
              <Button
                size="small"
                data-testid={`share-ask-${set.kind}`}
                onClick={() => setAsking(set)}
              >
                {t('share.request')}
              </Button>
            ),
          },
        ]}
      />
      {asking && <TermsForm set={asking} onClose={() => setAsking(undefined)} />}
    </>
  );
}
