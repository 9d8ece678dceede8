// What people saw of a danger on the ground: forecasts are judged by it.
import { useQuery } from '@tanstack/react-query';
import { whileThere } from '../lib/active';
import { get } from './client';
import type { Position } from './types';

export const MEANS = ['drone', 'survey', 'satellite', 'instrument', 'eye'] as const;
export type Means = (typeof MEANS)[number];

export const PLACE_RESULTS = ['hit', 'miss', 'false-alarm', 'quiet'] as const;

/** A forecast of ground held against an observation. */
export interface GroundJudged {
  forecast: number;
  observed: number;
  model: string;
  version: number;
  made: number;
  /** Moment of the outline that was taken; null when it holds as long as the area stands. */
  after_s: number | null;
  overlap: number | null;
  missed: number | null;
  in_vain: number | null;
  place: (typeof PLACE_RESULTS)[number] | null;
  reference: number | null;
  reference_value: number | null;
}

export interface Observed {
  id: number;
  policy: string;
  level: string;
  at: number;
  geometry: GeoJSON.MultiPolygon | GeoJSON.Point;
  /** Of a place: whether it was reached there. */
  holds: boolean | null;
  means: Means;
  note: string;
  by: string;
  told: number;
  withdrawn: { at: number; by: string; corrected_by: number | null } | null;
  /** Whether it is still to be held against the forecasts. */
  waits: boolean;
  judged: GroundJudged[];
}

export interface ObservableLevel {
  policy: string;
  model: string;
  level: string;
}

export interface ObservedList {
  items: Observed[];
  levels: ObservableLevel[];
  /** Judgements older than the newest that are told: so many are not among those of `items`. */
  judged_left_out: number;
}

/** What came of telling: whether it is judged already, or at the next look. */
export interface Told {
  id: number;
  judged: boolean;
}

export interface Observing {
  policy: string;
  level: string;
  at: number;
  rings?: (readonly Position[])[];
  place?: Position;
  holds?: boolean;
  means: Means;
  note?: string;
}

/** Others tell what they see, too. */
const EVERY_MS = 30_000;
/** What was just told is soon held against the forecasts. */
const SOON_MS = 5_000;

export const observedKey = (incident: number) => ['observed', incident] as const;

export const useObserved = (incident: number) =>
  useQuery({
    queryKey: observedKey(incident),
    queryFn: () => get<ObservedList>(`/incidents/${incident}/observed`),
    refetchInterval: ({ state }) =>
      whileThere(state.data?.items.some(({ waits }) => waits) ? SOON_MS : EVERY_MS)(),
  });
