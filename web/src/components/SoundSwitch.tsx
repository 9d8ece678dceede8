import { AudioMutedOutlined, SoundOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useOpenAlarms } from '../api/queries';
import { useNow } from '../lib/clock';
import { useStore } from '../lib/store';
import { countdown } from '../lib/time';
import { alarmSound, enableSound, mute, REMIND_MS, sound } from '../live/sound';

/** Whether alarms can be heard: off until a person touched the page, muted for five minutes at most, always visible. */
export function SoundSwitch() {
  const { t } = useTranslation();
  const { ready, mutedUntil } = useStore(sound, (s) => s);
  useNow(1000);
  useReminder();
  const left = mutedUntil - Date.now();
  if (!ready) {
    return (
      <button type="button" className="sound off" data-testid="sound" onClick={enableSound}>
        <AudioMutedOutlined /> <span className="sound-text">{t('sound.off')}</span>
      </button>
    );
  }
  if (left > 0) {
    return (
      <button
        type="button"
        className="sound muted"
        data-testid="sound"
        title={t('sound.unmute')}
        onClick={() => mute(false)}
      >
        <AudioMutedOutlined /> <span>{t('sound.muted', { left: countdown(left) })}</span>
      </button>
    );
  }
  return (
    <Button
      type="text"
      className="sound"
      data-testid="sound"
      aria-label={t('sound.mute')}
      title={t('sound.mute')}
      onClick={() => mute(true)}
    >
      <SoundOutlined /> <span className="sound-text">{t('sound.mute')}</span>
    </Button>
  );
}

/** A critical alarm that nobody acknowledged is heard again and again. */
function useReminder() {
  const waiting = useOpenAlarms().data?.some(
    (alarm) => alarm.state === 'unacknowledged' && alarm.priority === 'critical',
  );
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(() => alarmSound('critical'), REMIND_MS);
    return () => clearInterval(timer);
  }, [waiting]);
}
