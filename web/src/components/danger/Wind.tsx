import { useTranslation } from 'react-i18next';
import type { Air } from '../../api/danger';
import { eighth, formatMetres } from '../../lib/ground';
import { formatValue } from '../../lib/number';
import { Age } from '../Age';

/** Wind of a direction in words: `NW 315°`. */
export function useWindWords() {
  const { t } = useTranslation();
  return (fromDeg: number) => `${t(`compass.${eighth(fromDeg)}`)} ${Math.round(fromDeg)}°`;
}

/** Which way the air goes; what is old looks old. */
export function WindArrow({ air, size }: { air: Air; size: number }) {
  if (air.wind_from_deg === null) return null;
  return (
    <svg
      aria-hidden="true"
      viewBox="-20 -20 40 40"
      width={size}
      height={size}
      className={air.stale ? 'wind-arrow stale-air' : 'wind-arrow'}
    >
      <circle r="19" fill="#0b1628" stroke="currentColor" strokeWidth="1" />
      <g transform={`rotate(${air.wind_from_deg + 180})`}>
        <path d="M0 -15 L8 -3 L2.5 -5 L2.5 14 L-2.5 14 L-2.5 -5 L-8 -3 Z" fill="currentColor" />
      </g>
    </svg>
  );
}

/** The air that an area was made with: wind, who says so, how old, how far away. */
export function AirLine({ air }: { air: Air }) {
  const { t } = useTranslation();
  const known = air.wind_m_s !== null && air.wind_from_deg !== null;
  return (
    <div className={air.stale ? 'air-line stale-air' : 'air-line'} data-testid="air">
      <WindArrow air={air} size={30} />
      <b>
        {known
          ? t('danger.wind', {
              from: t(`compass.${eighth(air.wind_from_deg ?? 0)}`),
              deg: Math.round(air.wind_from_deg ?? 0),
              speed: formatValue(air.wind_m_s),
            })
          : t('danger.windUnknown')}
      </b>
      <span>
        {t(`danger.air.${air.source}`)} {air.by}
        {air.metres >= 1 && ` · ${formatMetres(air.metres)}`}
      </span>
      {air.source !== 'none' && <Age at={air.at} />}
      {air.temperature_c !== null && <span>{formatValue(air.temperature_c)} °C</span>}
      {air.stale && <span className="badge">⚠ {t('danger.airStale')}</span>}
    </div>
  );
}
