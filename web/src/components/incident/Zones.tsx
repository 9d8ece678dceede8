import { useTranslation } from 'react-i18next';
import type { Zone } from '../../api/types';
import { ZONE_COLOUR } from '../../lib/colours';
import { useText } from '../../lib/text';

/** The danger area in words; the map shows the same. */
export function Zones({ zones }: { zones: Zone[] }) {
  const { t } = useTranslation();
  const text = useText();
  if (zones.length === 0) return null;
  return (
    <ul className="zones" aria-label={t('incident.zones')}>
      {zones.map((zone) => (
        <li
          key={`${zone.properties.action} ${zone.properties.name.zh}`}
          style={{ borderColor: ZONE_COLOUR[zone.properties.action] ?? '#69b1ff' }}
        >
          <b>{t(`protective.${zone.properties.action}`)}</b> {text(zone.properties.name)}
        </li>
      ))}
    </ul>
  );
}
