import { Alert, Button, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { get } from '../api/client';
import { useAudit } from '../api/queries';
import type { AuditRow, AuditVerdict } from '../api/types';
import { Moment } from '../components/Age';
import { MoreButton } from '../components/MoreButton';
import { Problem } from '../components/Problem';
import { useAct } from '../lib/actions';

/** The chain of everything that was done, and whether it is whole. */
export default function AuditPage() {
  const { t, i18n } = useTranslation();
  const pages = useAudit();
  const [verdict, setVerdict] = useState<AuditVerdict | null>(null);
  const { act, busy } = useAct();
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const verify = () => act(async () => setVerdict(await get<AuditVerdict>('/audit/verify')));
  const deed = (what: string) =>
    i18n.exists(`audit.what.${what}`) ? t(`audit.what.${what}`) : what;
  return (
    <section className="page">
      <h2>{t('page.audit')}</h2>
      <div className="filters">
        <Button loading={busy} data-testid="audit-verify" onClick={verify}>
          {t('audit.verify')}
        </Button>
      </div>
      {verdict && (
        <Alert
          showIcon
          className="page-hint"
          type={verdict.ok ? 'success' : 'error'}
          title={
            verdict.ok
              ? t('audit.whole', { n: verdict.rows })
              : t('audit.broken', { n: verdict.rows, at: verdict.broken_at ?? '?' })
          }
          description={<code className="sample">{verdict.head}</code>}
        />
      )}
      <Problem query={pages} />
      <Table<AuditRow>
        rowKey="seq"
        size="small"
        loading={pages.isFetching}
        dataSource={rows}
        pagination={false}
        scroll={{ x: 'max-content' }}
        columns={[
          { title: t('audit.seq'), dataIndex: 'seq' },
          { title: t('audit.at'), render: (_, row) => <Moment at={row.at} /> },
          {
            title: t('audit.entries'),
            render: (_, row) => (
              <ul className="audit-entries">
                {row.entries.map((entry, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: entries of a row never move
                  <li key={i}>
                    <b>{entry.who}</b> {deed(entry.what)} <code className="key">{entry.what}</code>{' '}
                    <span className="muted">{entry.object}</span>{' '}
                    {entry.detail && <span className="muted">{entry.detail}</span>}
                    {entry.done === false && <Tag color="red">{t('audit.refused')}</Tag>}
                  </li>
                ))}
              </ul>
            ),
          },
          {
            title: t('audit.link'),
            render: (_, row) => <code title={row.link}>{row.link.slice(0, 16)}…</code>,
          },
        ]}
      />
      <MoreButton pages={pages} />
    </section>
  );
}
