import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { SEVERITY_COLOUR, SEVERITY_SIGN } from '../../lib/colours';
import { useSpan } from '../../lib/text';
import { levelWords } from './levels';

/** Name of a level: in words where it has some, else its own letters. */
export function useLevelName() {
  const { t } = useTranslation();
  const span = useSpan();
  return useCallback(
    (level: string) => {
      const { id, n } = levelWords(level);
      return t(id, { n, span: span(n ?? 0), defaultValue: level.toUpperCase() });
    },
    [t, span],
  );
}

/** A level by its name, its sign and what it means. */
export function LevelTag({ level, severity }: { level: string; severity: number }) {
  const { t } = useTranslation();
  const nameOf = useLevelName();
  const colour = SEVERITY_COLOUR[severity] ?? '#b3c4e0';
  return (
    <span className="badge" style={{ color: colour, borderColor: colour }}>
      <span aria-hidden="true">{SEVERITY_SIGN[severity]}</span> {nameOf(level)}
      {severity in SEVERITY_SIGN && <> · {t(`danger.severity.${severity}`)}</>}
    </span>
  );
}
