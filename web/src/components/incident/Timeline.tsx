import { useTranslation } from 'react-i18next';
import type { TimelineEntry } from '../../api/types';
import { useText } from '../../lib/text';
import { formatTime } from '../../lib/time';
import { BriefMoment } from '../Age';

/** A difference between happened and learned that is worth telling. */
const LATE_MS = 2000;

/** Everything that happened, newest first. */
export function Timeline({ lines }: { lines: TimelineEntry[] }) {
  const { t } = useTranslation();
  const text = useText();
  if (lines.length === 0) return <p className="empty">{t('incident.noTimeline')}</p>;
  return (
    <ol className="timeline" reversed>
      {[...lines]
        .sort((a, b) => b.line - a.line)
        .map((line) => (
          <li key={line.line} data-testid="timeline-line" data-source={line.source}>
            <span className="timeline-head">
              <BriefMoment at={line.at} />
              <span className={`source from-${line.source}`}>{t(`source.${line.source}`)}</span>
              {line.by && <span>{line.by.name}</span>}
              {line.at - line.happened > LATE_MS && (
                <span className="muted">
                  {t('timeline.happened', { time: formatTime(line.happened) })}
                </span>
              )}
            </span>
            <span>{text(line.text)}</span>
          </li>
        ))}
    </ol>
  );
}
