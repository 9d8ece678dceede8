import { useTranslation } from 'react-i18next';
import type { PointInfo } from '../../api/types';
import { formatQuantity } from '../../lib/number';
import { useText } from '../../lib/text';
import { Age } from '../Age';

/** Values older than this look old. */
const STALE_MS = 5 * 60_000;

interface Props {
  points: PointInfo[];
  chosen: string;
  onChoose(name: string): void;
}

/** Each point with its latest value and how old it is; choosing one draws its chart. */
export function PointTable({ points, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const text = useText();
  return (
    <table className="points">
      <thead>
        <tr>
          <th scope="col">{t('device.point')}</th>
          <th scope="col">{t('device.value')}</th>
          <th scope="col">{t('device.age')}</th>
        </tr>
      </thead>
      <tbody>
        {points.map((point) => (
          <tr key={point.name} className={point.name === chosen ? 'chosen' : ''}>
            <td>
              <button
                type="button"
                className="link"
                aria-pressed={point.name === chosen}
                onClick={() => onChoose(point.name)}
              >
                {text(point.label) || point.name}
              </button>
            </td>
            <td>
              <PointValue point={point} />
              {point.latest && point.latest.quality !== 'good' && (
                <span className="quality"> {t(`quality.${point.latest.quality}`)}</span>
              )}
            </td>
            <td>
              <Age at={point.latest?.at ?? null} stale={STALE_MS} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A switch shows the name of its state, everything else a number with its unit. */
function PointValue({ point }: { point: PointInfo }) {
  const text = useText();
  if (!point.latest) return <>—</>;
  const { value } = point.latest;
  const state = point.states.find(([number]) => Math.abs(number - value) < 1e-9);
  if (state) return <b>{text(state[1])}</b>;
  return <b>{formatQuantity(value, point.unit)}</b>;
}
