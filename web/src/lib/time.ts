// Time on screen: Asia/Shanghai, 24 hours, to the second. China has no summer time, so the offset is fixed.

const SHANGHAI_OFFSET_MS = 8 * 3_600_000;

/** `2026-11-23 14:02:05` in Shanghai. */
export function formatTime(at: number): string {
  return new Date(at + SHANGHAI_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ');
}

/** `14:02:05` in Shanghai. */
export function formatClock(at: number): string {
  return formatTime(at).slice(11);
}

/** `14:02:05` when it was on the day of `now`, with the date when it was not. */
export function formatBrief(at: number, now: number): string {
  const text = formatTime(at);
  return text.slice(0, 10) === formatTime(now).slice(0, 10) ? text.slice(11) : text;
}

/** Start and end of a time typed as `2026-11-23T14:02` in Shanghai, as milliseconds; NaN when it is none. */
export function parseLocal(text: string): number {
  return Date.parse(`${text.length === 16 ? `${text}:00` : text}Z`) - SHANGHAI_OFFSET_MS;
}

/** `2026-11-23T14:02` in Shanghai, for an input of type datetime-local. */
export function formatLocal(at: number): string {
  return new Date(at + SHANGHAI_OFFSET_MS).toISOString().slice(0, 16);
}

export type AgeUnit = 'second' | 'minute' | 'hour' | 'day';

/** How long ago, in the largest unit that says at least two of it (or seconds). */
export function ageParts(ms: number): { n: number; unit: AgeUnit } {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 120) return { n: s, unit: 'second' };
  if (s < 7200) return { n: Math.floor(s / 60), unit: 'minute' };
  if (s < 172_800) return { n: Math.floor(s / 3600), unit: 'hour' };
  return { n: Math.floor(s / 86_400), unit: 'day' };
}

/** A span of whole minutes in words, from an hour on with hours: nobody divides 312 by 60 in an emergency. */
export function spanWords(
  minutes: number,
  t: (key: string, values: { h: number; m: number }) => string,
): string {
  if (!Number.isFinite(minutes)) return '–';
  const whole = Math.max(0, Math.round(minutes));
  const parts = { h: Math.floor(whole / 60), m: whole % 60 };
  if (parts.h === 0) return t('span.minutes', parts);
  return t(parts.m === 0 ? 'span.hours' : 'span.hoursMinutes', parts);
}

/** `1:05` or `59 s`-style countdown text: minutes and seconds. */
export function countdown(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, '0')}`;
}
