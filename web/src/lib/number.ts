/** A measured value as people read it: at most three decimals, no trailing zeros. */
export function formatValue(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '—';
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3;
  return String(Number(value.toFixed(digits)));
}

/** A value with its unit; the unit `1` means that it has none. */
export function formatQuantity(value: number | null | undefined, unit: string): string {
  const words = formatValue(value);
  const sign = unitSign(unit);
  return sign && sign !== '1' ? `${words} ${sign}` : words;
}

/** A unit as people write it. */
export const unitSign = (unit: string) => (unit === 'deg' ? '°' : unit);

/** Whole per cent of a share; all and none only when it is so. */
export function wholePercent(share: number): number {
  if (share <= 0) return 0;
  if (share >= 1) return 100;
  return Math.min(99, Math.max(1, Math.round(share * 100)));
}

/** A share as people read it: `62%`. */
export const formatShare = (share: number | null) =>
  share === null ? '–' : `${wholePercent(share)}%`;
