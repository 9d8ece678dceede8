// Quality of the base database: what the server says of it, and how it is asked.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { BaseFlaw } from './base';
import { get } from './client';
import type { Page } from './types';

export const ASPECTS = [
  'completeness',
  'validity',
  'freshness',
  'uniqueness',
  'reference',
  'place',
] as const;
export type Aspect = (typeof ASPECTS)[number];

export const FLAWS = [
  'missing',
  'no-place',
  'no-post',
  'invalid',
  'stale',
  'same-name',
  'same-phone',
  'same-code',
  'unknown-post',
  'unknown-area',
  'unknown-choice',
  'outside-area',
  'outside-region',
  'at-zero',
  'bad-shape',
] as const;

export interface Score {
  key: string;
  records: number;
  score: number | null;
  aspects: Partial<Record<Aspect, number>>;
  flaws: Record<string, number>;
  newest: number | null;
}

export interface Scores {
  at: number | null;
  outdated: boolean;
  running: boolean;
  weights: Record<Aspect, number>;
  total: Score;
  rows: Score[];
}

export interface FlawedObject {
  id: number;
  kind: string;
  key: string;
  name: string;
  area: number;
  flaws: BaseFlaw[];
  checked_at: number;
}

export interface DayScore {
  at: number;
  records: number;
  score: number | null;
  aspects: Partial<Record<Aspect, number>>;
}

export interface SpotErrors {
  checked: number;
  wrong: number;
  rate: number | null;
  low: number;
  high: number;
}

export interface SpotDraw {
  id: number;
  kind: string;
  area: number;
  seed: number;
  by: string;
  at: number;
  drawn: number;
  errors: SpotErrors;
}

export interface SpotItem {
  id: number;
  key: string;
  name: string;
  area: number;
  check: { wrong: string[]; note: string; by: string; at: number } | null;
}

export interface SpotDetail {
  draw: SpotDraw;
  items: SpotItem[];
}

export type By = 'kind' | 'domain' | 'city' | 'county';

/** Only this domain and area; nothing: all that the caller sees. */
export interface Scope {
  domain?: string;
  area?: number;
}

const PAGE_SIZE = 50;
/** While scores are computed they are asked for this often. */
const RUNNING_EVERY_MS = 1500;

export const qualityKeys = {
  all: ['quality'] as const,
  scores: (by: By, scope: Scope) => ['quality', 'scores', by, scope] as const,
  trend: (scope: Scope) => ['quality', 'trend', scope] as const,
  flaws: (kind: string, flaw?: string, area?: number) =>
    ['quality', 'flaws', kind, flaw, area] as const,
  draws: ['quality', 'draws'] as const,
  draw: (id: number) => ['quality', 'draw', id] as const,
  errors: (by: By, area?: number) => ['quality', 'errors', by, area] as const,
};

export const useScores = (by: By, scope: Scope) =>
  useQuery({
    queryKey: qualityKeys.scores(by, scope),
    queryFn: () => get<Scores>('/quality/scores', { by, ...scope }),
    refetchInterval: (query) => (query.state.data?.running ? RUNNING_EVERY_MS : false),
    placeholderData: (before) => before,
  });

export const useTrend = (scope: Scope) =>
  useQuery({
    queryKey: qualityKeys.trend(scope),
    queryFn: () => get<DayScore[]>('/quality/trend', { ...scope }),
  });

export const useFlaws = (kind: string, flaw?: string, area?: number) =>
  useInfiniteQuery({
    queryKey: qualityKeys.flaws(kind, flaw, area),
    queryFn: ({ pageParam }) =>
      get<Page<FlawedObject>>('/quality/flaws', {
        kind,
        flaw,
        area,
        limit: PAGE_SIZE,
        after: pageParam ?? undefined,
      }),
    initialPageParam: null as string | number | null,
    getNextPageParam: (last) => last.next,
    enabled: kind !== '',
  });

export const useDraws = (enabled: boolean) =>
  useInfiniteQuery({
    queryKey: qualityKeys.draws,
    queryFn: ({ pageParam }) =>
      get<Page<SpotDraw>>('/quality/draws', { limit: PAGE_SIZE, after: pageParam ?? undefined }),
    initialPageParam: null as string | number | null,
    getNextPageParam: (last) => last.next,
    enabled,
  });

export const useDraw = (id: number) =>
  useQuery({
    queryKey: qualityKeys.draw(id),
    queryFn: () => get<SpotDetail>(`/quality/draws/${id}`),
  });

export const useSpotErrors = (by: By, area?: number) =>
  useQuery({
    queryKey: qualityKeys.errors(by, area),
    queryFn: () => get<{ key: string; errors: SpotErrors }[]>('/quality/errors', { by, area }),
  });
