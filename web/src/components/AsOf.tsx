import { useTranslation } from 'react-i18next';
import { useAway } from '../lib/active';
import { Age } from './Age';

/** How old what is shown is, and whether it stands still. */
export function AsOf({ at }: { at: number }) {
  const { t } = useTranslation();
  return (
    <span className="as-of" data-testid="as-of">
      <span className="muted">
        {t('asOf')} <Age at={at} />
      </span>{' '}
      <Paused />
    </span>
  );
}

/** Says that nothing is asked for any more, because nobody has touched the page for long. */
export function Paused() {
  const { t } = useTranslation();
  if (!useAway()) return null;
  return (
    <span className="badge not-now" role="status" data-testid="paused">
      ‖ {t('asOf.paused')}
    </span>
  );
}
