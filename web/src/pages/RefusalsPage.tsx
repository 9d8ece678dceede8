import { Alert, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { useRefusals } from '../api/queries';
import type { RefusalRow } from '../api/types';
import { Age } from '../components/Age';
import { Problem } from '../components/Problem';

/** Who sends what cannot be used: refused with a reason to the sender, counted here. */
export default function RefusalsPage() {
  const { t, i18n } = useTranslation();
  const query = useRefusals();
  const { data, isPending } = query;
  const reason = (code: string) => (i18n.exists(`refusal.${code}`) ? t(`refusal.${code}`) : code);
  return (
    <section className="page">
      <h2>{t('page.refusals')}</h2>
      <Alert type="info" showIcon title={t('refusals.hint')} className="page-hint" />
      <Problem query={query} />
      <Table<RefusalRow>
        rowKey={(row) => `${row.sender} ${row.reason}`}
        size="small"
        loading={isPending}
        dataSource={[...(data ?? [])].sort((a, b) => b.last_at - a.last_at)}
        pagination={{ pageSize: 50, hideOnSinglePage: true }}
        scroll={{ x: 'max-content' }}
        columns={[
          { title: t('refusals.sender'), dataIndex: 'sender' },
          { title: t('reason'), render: (_, row) => reason(row.reason) },
          { title: t('refusals.count'), dataIndex: 'count' },
          { title: t('refusals.last'), render: (_, row) => <Age at={row.last_at} /> },
          {
            title: t('refusals.sample'),
            render: (_, row) => <code className="sample">{row.sample}</code>,
          },
        ]}
      />
    </section>
  );
}
