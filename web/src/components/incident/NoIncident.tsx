import { Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { Problem } from '../Problem';

interface Query {
  data: unknown;
  error: unknown;
  refetch(): unknown;
}

/** In the place of incidents: still asked for, not to be had, or truly none. Only the last is said to be so. */
export function NoIncident({ query }: { query: Query }) {
  const { t } = useTranslation();
  if (query.error) return <Problem query={query} />;
  if (query.data === undefined) {
    return <Spin className="page-spin" description={t('loading')} />;
  }
  return <p className="empty">{t('danger.noIncident')}</p>;
}
