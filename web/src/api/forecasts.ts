// Forecasts that were made, and how good each model is against saying that all stays as it is.
import { useQuery } from '@tanstack/react-query';
import { get } from './client';

export interface ModelScore {
  model: string;
  what: string;
  form: 'figure' | 'chance' | 'direction' | 'outline';
  unit: string;
  pairs: number;
  compared: number;
  open: number;
  void: number;
  mae: number | null;
  rmse: number | null;
  bias: number | null;
  score: number | null;
  reference: number | null;
  against: string;
  skill: number | null;
  hits: number | null;
  misses: number | null;
  false_alarms: number | null;
  quiet: number | null;
  heidke: number | null;
  /** Of outlines: the mean share of what came that was not foretold, and of what was foretold that did not come. */
  missed: number | null;
  in_vain: number | null;
  standing: 'too-few' | 'holds' | 'worse' | 'no-reference';
}

export interface Forecasts {
  scores: ModelScore[];
  fewest: number;
  fewest_events: number;
}

/** Scores change as forecasts come due: minutes. */
const EVERY_MS = 60_000;

export const useForecastScores = (drill: boolean) =>
  useQuery({
    queryKey: ['forecasts', drill],
    queryFn: () => get<Forecasts>('/forecasts', { drill: String(drill), limit: 1 }),
    refetchInterval: EVERY_MS,
  });
