import { useTranslation } from 'react-i18next';
import { useNow } from '../lib/clock';
import { ageParts, formatBrief, formatTime } from '../lib/time';

/** `12 s ago`, with the exact time for whoever asks for it. */
export function Age({
  at,
  stale = Number.POSITIVE_INFINITY,
}: {
  at: number | null;
  stale?: number;
}) {
  const { t } = useTranslation();
  const now = useNow();
  if (at === null) return <span className="age old">{t('age.never')}</span>;
  const { n, unit } = ageParts(now - at);
  return (
    <time
      className={now - at > stale ? 'age old' : 'age'}
      dateTime={new Date(at).toISOString()}
      title={formatTime(at)}
    >
      {t(`age.${unit}`, { n })}
    </time>
  );
}

/** An exact moment of what goes on now: the date is told only when it is not today's. */
export function BriefMoment({ at }: { at: number }) {
  // Only the day of it is looked at.
  const now = useNow(10_000);
  return (
    <time dateTime={new Date(at).toISOString()} title={formatTime(at)}>
      {formatBrief(at, now)}
    </time>
  );
}

/** An exact moment. */
export function Moment({ at }: { at: number | null }) {
  if (at === null) return <span>—</span>;
  return <time dateTime={new Date(at).toISOString()}>{formatTime(at)}</time>;
}
