import { useTranslation } from 'react-i18next';
import type { Warning } from '../../api/types';
import { useText } from '../../lib/text';
import { formatTime } from '../../lib/time';
import { DrillTag } from '../Tags';

/** Warnings that were published: each replaces the one before it. */
export function WarningsTab({ warnings }: { warnings: Warning[] }) {
  const { t } = useTranslation();
  const text = useText();
  return (
    <ul className="notices">
      {[...warnings]
        .sort((a, b) => b.sequence - a.sequence)
        .map((warning) => (
          <li key={warning.sequence}>
            <span className="alarm-line">
              <strong>{text(warning.headline)}</strong>
              <span>{t(warning.cancel ? 'warning.cancel' : 'warning.active')}</span>
              {warning.drill && <DrillTag />}
            </span>
            <span className="alarm-line muted">
              <span>{formatTime(warning.sent)}</span>
              <span>{t('alarms.until', { time: formatTime(warning.expires) })}</span>
              {warning.document && (
                <a href={warning.document} target="_blank" rel="noreferrer">
                  CAP
                </a>
              )}
            </span>
            <span className="notice-text">{text(warning.instruction)}</span>
          </li>
        ))}
    </ul>
  );
}
