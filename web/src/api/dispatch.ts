// Dispatch: what all open incidents need, who and what is sent, and what is missing.
import { useQuery } from '@tanstack/react-query';
import { whileThere } from '../lib/active';
import { ApiError, get, post } from './client';
import type { WayView } from './danger';
import type { Position, Text } from './types';

export const DISPATCH_WHYS = ['nobody-can', 'nobody-in-time', 'all-busy', 'no-place'] as const;
export const DISPATCH_CHANGES = [
  'incident-over',
  'lost',
  'elsewhere',
  'ordered',
  'not-ready',
  'no-way',
  'less-needed',
  'better',
  'more-needed',
  'replaces',
  'time',
] as const;
export const DISPATCH_WARNINGS = [
  'no-roads',
  'off-road',
  'not-counted',
  'no-rule',
  'made-up',
  'unsure',
] as const;
export const DISPATCH_STALE = [
  'new-incident',
  'incident-over',
  'needs',
  'force-gone',
  'goods',
  'beds',
  'roads',
] as const;
/** Codes with which a line may be refused. */
export const DISPATCH_REFUSALS = [
  'conflict',
  'wrong-state',
  'not-enough',
  'not-found',
  'out-of-range',
  'forbidden',
] as const;

export type DispatchSort = 'force' | 'goods' | 'beds';

export interface DispatchStale {
  at: number;
  what: string;
  detail: string;
}

export interface DispatchScene {
  id: number;
  kind: string;
  name: Text;
  place: string;
  area: number;
  position: Position | null;
  grade: number | null;
  drill: boolean;
  people: number;
  threatened: number;
  patients: number;
  area_km2: number;
  counted: boolean;
  /** Open orders of forces for it, by whatever proposal or by hand. */
  orders: number;
}

export interface DispatchNeed {
  incident: number;
  rule: string;
  sort: DispatchSort;
  name: Text;
  amount: number;
  unit: string;
  under_way: number;
  sent: number;
  missing: number;
  why: (typeof DISPATCH_WHYS)[number] | null;
  priority: number;
  latest_min: number | null;
  vehicle: string;
  source: string;
  sure: boolean;
}

/** What a line sends. */
export type DispatchWhat =
  | {
      sort: 'force';
      kind: string;
      key: string;
      name: string;
      area: number;
      turnout_min: number;
    }
  | {
      sort: 'goods';
      lot: number;
      store: string;
      area: number;
      amount: number;
      unit: string;
      expiry: string;
    }
  | {
      sort: 'beds';
      hospital: string;
      name: string;
      ward: string;
      beds: number;
      said: number;
    };

export interface DispatchLine {
  line: number;
  incident: number;
  rule: string;
  position: Position | null;
  minutes: number;
  travel_min: number;
  by_road: boolean;
  what: DispatchWhat;
  accepted_by: string | null;
  order: number | null;
  /** How far that order is; null when it is none. */
  stage: string | null;
  allocations: number[];
}

export interface DispatchChange {
  incident: number;
  rule: string;
  kind: string;
  key: string;
  name: string;
  before_min: number | null;
  after_min: number | null;
  why: (typeof DISPATCH_CHANGES)[number];
}

export interface Dispatch {
  id: number;
  area: number;
  at: number;
  by: string;
  before: number | null;
  stale: DispatchStale | null;
  incidents: DispatchScene[];
  needs: DispatchNeed[];
  lines: DispatchLine[];
  changes: DispatchChange[];
  warnings: (typeof DISPATCH_WARNINGS)[number][];
}

export interface DispatchDone {
  line: number;
  done: boolean;
  order: number | null;
  allocations: number[];
  /** Beds that are spoken for. */
  beds: number | null;
  why: string | null;
}

export interface DispatchAsk {
  incidents: number[] | null;
  worth_min: number | null;
}

export const dispatchKeys = { last: ['dispatch'] as const };

/** The server looks every two seconds whether it still holds; the screen asks so often. */
const EVERY_MS = 5_000;

/** The last proposal; null before somebody asked for one. */
export const useDispatch = () =>
  useQuery({
    queryKey: dispatchKeys.last,
    queryFn: async () => {
      try {
        return await get<Dispatch>('/dispatch');
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    refetchInterval: whileThere(EVERY_MS),
  });

export const propose = (ask: DispatchAsk) => post<Dispatch>('/dispatch/propose', ask);
export const replan = (ask: DispatchAsk) => post<Dispatch>('/dispatch/replan', ask);
export const accept = (proposal: number, lines: number[]) =>
  post<DispatchDone[]>('/dispatch/accept', { proposal, lines });

/** The way by road between two places for a class of vehicles; null where none is known. */
export function useWay(
  from: Position | null | undefined,
  to: Position | null | undefined,
  vehicle: string,
) {
  return useQuery({
    queryKey: ['way', from, to, vehicle],
    queryFn: async () => {
      try {
        return await post<WayView>('/roads/way', { from, to, class: vehicle });
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    enabled: Boolean(from && to),
  });
}
