// Colours of states. Never the only sign: each has a shape (map/icons.ts) and a word (catalogue) beside it.
import type { Domain } from '../api/base';
import type { Colour } from '../api/risk';
import type { DeviceState, Priority } from '../api/types';

export const STATE_COLOUR: Record<DeviceState, string> = {
  alarm: '#ff6b6b',
  fault: '#ffa940',
  offline: '#98a3b3',
  maintenance: '#69b1ff',
  normal: '#49c774',
  unknown: '#c3cbd8',
};

export const PRIORITY_COLOUR: Record<Priority, string> = {
  critical: '#ff6b6b',
  high: '#ffa940',
  medium: '#fadb14',
  low: '#69b1ff',
};

/** Signs of priorities, for eyes that do not tell colours apart. */
export const PRIORITY_SIGN: Record<Priority, string> = {
  critical: '▲',
  high: '◆',
  medium: '■',
  low: '●',
};

/** Colours of response levels by law: red, orange, yellow, blue. */
export const GRADE_COLOUR: Record<number, string> = {
  1: '#ff6b6b',
  2: '#ffa940',
  3: '#fadb14',
  4: '#69b1ff',
};

export const ZONE_COLOUR: Record<string, string> = {
  leave: '#ff4d4f',
  shelter: '#ffa940',
  'stay-away': '#fadb14',
};

/** Colours of the six domains; none is one of the colours of danger. */
export const DOMAIN_COLOUR: Record<Domain, string> = {
  production: '#c792ea',
  living: '#5fd3bc',
  ecology: '#8bc34a',
  forces: '#f48fb1',
  supplies: '#d4a373',
  infrastructure: '#7aa8ff',
};

/** The four colours of risk, and what is not known. */
export const RISK_COLOUR: Record<Colour, string> = {
  red: '#ff6b6b',
  orange: '#ffa940',
  yellow: '#fadb14',
  blue: '#69b1ff',
  unknown: '#98a3b3',
};

/** Signs of risk, for eyes that do not tell colours apart. */
export const RISK_SIGN: Record<Colour, string> = {
  red: '▲',
  orange: '◆',
  yellow: '■',
  blue: '●',
  unknown: '?',
};

/** Colours of how bad a level of a danger is: 3 threatens life. */
export const SEVERITY_COLOUR: Record<number, string> = {
  3: '#ff4d4f',
  2: '#ffa940',
  1: '#fadb14',
};

/** Signs of how bad a level is, for eyes that do not tell colours apart. */
export const SEVERITY_SIGN: Record<number, string> = { 3: '▲', 2: '◆', 1: '■' };

/** What dispatch sends: teams, goods, patients to beds. */
export const SORT_COLOUR = { force: '#f48fb1', goods: '#e0b287', beds: '#7fd1ff' };
/** Their signs, for eyes that do not tell colours apart. */
export const SORT_SIGN = { force: '●', goods: '■', beds: '✚' };
