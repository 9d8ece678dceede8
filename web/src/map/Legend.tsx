import { useTranslation } from 'react-i18next';
import { useOverview } from '../api/queries';
import { DEVICE_STATES, type DeviceState } from '../api/types';
import { STATE_COLOUR, ZONE_COLOUR } from '../lib/colours';
import { STATE_SIGN } from './icons';
import { ObjectLayers } from './ObjectLayers';

interface Props {
  hidden: ReadonlySet<DeviceState>;
  onToggle(state: DeviceState): void;
}

/** What the signs mean; each device state can be hidden and shown. */
export function Legend({ hidden, onToggle }: Props) {
  const { t } = useTranslation();
  const counts = useOverview().data?.devices;
  return (
    <details className="legend" open={window.innerWidth >= 1000}>
      <summary>{t('map.legend')}</summary>
      <fieldset className="legend-states" aria-label={t('map.legendHint')}>
        {DEVICE_STATES.map((state) => (
          <button
            key={state}
            type="button"
            aria-pressed={!hidden.has(state)}
            className={hidden.has(state) ? 'legend-item hidden-state' : 'legend-item'}
            onClick={() => onToggle(state)}
          >
            <span aria-hidden="true" style={{ color: STATE_COLOUR[state] }}>
              {STATE_SIGN[state]}
            </span>
            <span>{t(`state.${state}`)}</span>
            <b>{counts?.[state] ?? ''}</b>
          </button>
        ))}
      </fieldset>
      <ObjectLayers />
      <ul className="legend-zones">
        <li>
          <svg aria-hidden="true" viewBox="0 0 44 44" width="16" height="16">
            <path d="M11 25a14 14 0 1 1 22 0L22 42z" fill="#d3222a" stroke="#fff" strokeWidth="3" />
            <circle cx="22" cy="17" r="5" fill="#fff" />
          </svg>
          {t('map.incident')}
        </li>
        {Object.entries(ZONE_COLOUR).map(([action, colour]) => (
          <li key={action}>
            <span aria-hidden="true" className="legend-zone" style={{ borderColor: colour }} />
            {t('map.zone')} · {t(`protective.${action}`)}
          </li>
        ))}
      </ul>
    </details>
  );
}
