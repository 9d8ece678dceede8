import { App } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { selection } from '../lib/selection';
import { useStore } from '../lib/store';
import { formatTime } from '../lib/time';
import { news } from '../live/news';

/** Shows who is to be called because nobody acted in time; stays until it is closed. */
export function Escalations() {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const latest = useStore(news, (n) => n.escalation);
  useEffect(() => {
    if (!latest) return;
    const { call } = latest;
    const role = t([`post.${call.role}`, 'post.other'], { role: call.role });
    notification.warning({
      // The same post about the same thing: one message that is renewed, not a pile.
      key: `escalation-${call.role}-${call.incident}-${call.alarm}-${call.run}`,
      title: `${t('escalation.title')} ${formatTime(call.at)}`,
      description: call.phone
        ? t('escalation.text', { role, person: call.person, phone: call.phone })
        : t('escalation.nobody', { role }),
      duration: 60,
      onClick: () => call.incident !== null && selection.set({ incident: call.incident }),
    });
  }, [latest, notification, t]);
  return null;
}
