// How data sets and their fields are called.
import { useTranslation } from 'react-i18next';
import type { DataSet, ShareState } from '../../api/sharing';
import { useText } from '../../lib/text';

export const STATE_COLOUR: Record<ShareState, string> = {
  requested: 'gold',
  approved: 'green',
  refused: 'red',
  withdrawn: 'default',
  expired: 'default',
  revoked: 'red',
};

export function useFieldName() {
  const { t } = useTranslation();
  const text = useText();
  return (set: DataSet | undefined, key: string): string => {
    const field = set?.fields.find((f) => f.key === key);
    return text(field?.name) || t(`share.field.${key}`, { defaultValue: key });
  };
}

/** An area of the region as a whole, beside its cities and counties. */
export function withRegion(all: { value: number; label: string }[]) {
  const first = all.find((area) => area.value !== 0);
  if (!first) return [];
  const PROVINCE = 10_000_000;
  const region = Math.floor(first.value / PROVINCE) * PROVINCE;
  return all.map((area) => (area.value === 0 ? { ...area, value: region } : area));
}
