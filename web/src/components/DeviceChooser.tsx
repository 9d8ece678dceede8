import { useTranslation } from 'react-i18next';
import { useMapDevices } from '../api/queries';
import { selection } from '../lib/selection';
import { rowOf } from '../live/merge';
import { rankOf } from '../map/data';
import { StateTag } from './Tags';

/** Devices that stand at one place, the worst on top: choose one. */
export function DeviceChooser({ keys, onClose }: { keys: string[]; onClose(): void }) {
  const { t } = useTranslation();
  const devices = useMapDevices().data;
  if (keys.length === 0 || !devices) return null;
  const rows = keys
    .map((key) => ({ key, state: devices.state[rowOf(devices, key) ?? -1] ?? 'unknown' }))
    .sort((a, b) => rankOf(b.state) - rankOf(a.state));
  return (
    <section className="chooser" aria-label={t('map.chooser', { n: keys.length })}>
      <header>
        <h3>{t('map.chooser', { n: keys.length })}</h3>
        <button type="button" className="link" onClick={onClose}>
          {t('close')}
        </button>
      </header>
      <ul>
        {rows.map(({ key, state }) => (
          <li key={key}>
            <button
              type="button"
              onClick={() => {
                selection.set({ device: key });
                onClose();
              }}
            >
              <StateTag state={state} /> {key}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
