import { useTranslation } from 'react-i18next';
import type { Colour } from '../../api/risk';
import { RISK_COLOUR, RISK_SIGN } from '../../lib/colours';

/** One of the four colours, with its sign and its word. */
export function RiskTag({ colour, uncertain }: { colour: Colour; uncertain?: boolean }) {
  const { t } = useTranslation();
  return (
    <span
      className="badge"
      style={{ color: RISK_COLOUR[colour], borderColor: RISK_COLOUR[colour] }}
    >
      <span aria-hidden="true">{RISK_SIGN[colour]}</span> {t(`risk.colour.${colour}`)}
      {uncertain && ` ${t('risk.uncertain')}`}
    </span>
  );
}
