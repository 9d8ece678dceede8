import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWeather } from '../../api/danger';
import type { Position } from '../../api/types';
import { useMay } from '../../app/session';
import { WeatherModal } from './WeatherModal';
import { AirLine } from './Wind';

/** The air at a place, and a way to say how it is. */
export function PlaceWeather({ at, area }: { at: Position; area: number }) {
  const { t } = useTranslation();
  const mayHandle = useMay('handle', false);
  const air = useWeather(at).data;
  const [asked, setAsked] = useState(false);
  return (
    <section aria-label={t('weather.here')}>
      <h3>{t('weather.here')}</h3>
      {air && <AirLine air={air} />}
      {mayHandle && (
        <Button size="small" data-testid="weather-ask" onClick={() => setAsked(true)}>
          {t('weather.title')}
        </Button>
      )}
      {asked && <WeatherModal at={at} area={area} air={air} onClose={() => setAsked(false)} />}
    </section>
  );
}
