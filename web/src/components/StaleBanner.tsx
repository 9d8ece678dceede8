import { useTranslation } from 'react-i18next';
import { useNow } from '../lib/clock';
import { useStore } from '../lib/store';
import { connection } from '../live/socket';

/** A connection that is being made for the first time is not a fault yet. */
const PATIENCE_S = 3;

/** Stale data must look stale: says for how long nothing came. */
export function StaleBanner() {
  const { t } = useTranslation();
  const { open, heard } = useStore(connection, (c) => c);
  useNow(1000);
  const age = Math.floor((Date.now() - heard) / 1000);
  if (open || age < PATIENCE_S) return null;
  return (
    <div className="stale" role="alert" data-testid="stale-banner">
      {t('live.stale', { n: age })}
    </div>
  );
}
