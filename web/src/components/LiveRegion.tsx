import { useTranslation } from 'react-i18next';
import { useStore } from '../lib/store';
import { useText } from '../lib/text';
import { news } from '../live/news';

/** Reads new alarms out to screen readers: critical ones at once, others when the reader is idle. */
export function LiveRegion() {
  const { t } = useTranslation();
  const text = useText();
  const raised = useStore(news, (n) => n.raised);
  const words = raised
    ? t('alarms.announce', {
        priority: t(`priority.${raised.priority}`),
        name: text(raised.rule_name),
        place: raised.place.place || raised.device,
      })
    : '';
  const urgent = raised?.priority === 'critical' || raised?.priority === 'high';
  return (
    <>
      <div className="visually-hidden" role="alert" aria-live="assertive" data-testid="live-urgent">
        {urgent ? words : ''}
      </div>
      <div className="visually-hidden" aria-live="polite" data-testid="live-polite">
        {urgent ? '' : words}
      </div>
    </>
  );
}
