import { useTranslation } from 'react-i18next';
import type { Alarm } from '../api/types';
import { useStore } from '../lib/store';
import { useText } from '../lib/text';
import { type Heard, news } from '../live/news';

const isUrgent = ({ alarm }: Heard) => alarm.priority === 'critical' || alarm.priority === 'high';

/** Reads new alarms out to screen readers: critical ones at once, others when the reader is idle. */
export function LiveRegion() {
  const heard = useStore(news, (n) => n.heard);
  return (
    <>
      <div
        className="visually-hidden"
        role="log"
        aria-live="assertive"
        aria-relevant="additions"
        data-testid="live-urgent"
      >
        <Lines heard={heard.filter(isUrgent)} />
      </div>
      <div
        className="visually-hidden"
        role="log"
        aria-live="polite"
        aria-relevant="additions"
        data-testid="live-polite"
      >
        <Lines heard={heard.filter((h) => !isUrgent(h))} />
      </div>
    </>
  );
}

/** Each alarm has a line of its own: what comes in the same moment does not take another's words away. */
function Lines({ heard }: { heard: Heard[] }) {
  const { t } = useTranslation();
  const text = useText();
  const words = (alarm: Alarm) =>
    t('alarms.announce', {
      priority: t(`priority.${alarm.priority}`),
      name: text(alarm.rule_name),
      place: alarm.place.place || alarm.device,
    });
  return heard.map(({ count, alarm }) => <p key={count}>{words(alarm)}</p>);
}
