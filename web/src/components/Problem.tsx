import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useErrorText } from '../lib/actions';

interface Query {
  error: unknown;
  refetch(): unknown;
}

/** Says why something cannot be shown, and offers to ask again. */
export function Problem({ query }: { query: Query }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  if (!query.error) return null;
  return (
    <Alert
      type="error"
      showIcon
      className="page-hint"
      title={errorText(query.error)}
      action={
        <Button size="small" onClick={() => query.refetch()}>
          {t('error.retry')}
        </Button>
      }
    />
  );
}
