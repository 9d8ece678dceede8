import { useTranslation } from 'react-i18next';
import { SEVERITY_COLOUR, SEVERITY_SIGN } from '../../lib/colours';

/** A level by its name, its sign and what it means. */
export function LevelTag({ level, severity }: { level: string; severity: number }) {
  const { t } = useTranslation();
  const colour = SEVERITY_COLOUR[severity] ?? '#b3c4e0';
  return (
    <span className="badge" style={{ color: colour, borderColor: colour }}>
      <span aria-hidden="true">{SEVERITY_SIGN[severity]}</span> {level.toUpperCase()}
      {severity in SEVERITY_SIGN && <> · {t(`danger.severity.${severity}`)}</>}
    </span>
  );
}
