// How values and sources of the base database are read by people.
import { useTranslation } from 'react-i18next';
import type { BaseField, BaseOrigin, BaseValue } from '../../api/base';
import { useText } from '../../lib/text';
import { formatTime } from '../../lib/time';

/** A unit as people write it; one that has no words of its own stands as it is. */
export function useUnit() {
  const { t, i18n } = useTranslation();
  return (unit: string) => (i18n.exists(`unit.${unit}`) ? t(`unit.${unit}`) : unit);
}

export function useBaseWords() {
  const { t } = useTranslation();
  const text = useText();
  const unitOf = useUnit();
  return {
    /** A value in words, with its unit. */
    value(field: BaseField, value: BaseValue | undefined): string {
      if (value === null || value === undefined || value === '') return '–';
      if (typeof value === 'boolean') return t(value ? 'base.yes' : 'base.no');
      const choice = field.choices.find((c) => c.key === value);
      if (choice) return text(choice.name);
      const unit = unitOf(field.unit).trim();
      return unit ? `${value} ${unit}` : String(value);
    },
    /** Where something comes from. */
    origin(origin: BaseOrigin | null | undefined): string {
      if (!origin) return '–';
      const source = t(`base.source.${origin.source}`);
      return `${source} · ${origin.detail} · ${origin.by} · ${formatTime(origin.at)}`;
    },
  };
}
