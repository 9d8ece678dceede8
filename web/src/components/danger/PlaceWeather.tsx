import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWeather } from '../../api/danger';
import type { Incident, Position } from '../../api/types';
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

/** Writing down the weather at the danger of an incident. */
export function IncidentWeather({
  incident,
  at,
}: {
  incident: Incident;
  at: Position | undefined;
}) {
  const { t } = useTranslation();
  const mayHandle = useMay('handle', false);
  const air = useWeather(at).data;
  const [asked, setAsked] = useState(false);
  if (!mayHandle || !at) return null;
  // The weather is the same for drills and for what is real: what an exercise supposes must not move real areas.
  if (incident.drill) return <span className="muted small">{t('weather.notInDrill')}</span>;
  return (
    <>
      <Button size="small" data-testid="weather-ask" onClick={() => setAsked(true)}>
        {t('weather.title')}
      </Button>
      {asked && (
        <WeatherModal at={at} area={incident.area} air={air} onClose={() => setAsked(false)} />
      )}
    </>
  );
}
