// Risk of objects and areas, and who is exposed to it: what the server says of it, and how it is asked.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type BaseOrigin, objectPath } from './base';
import { get, seg } from './client';
import type { Page, Text } from './types';

export const COLOURS = ['red', 'orange', 'yellow', 'blue', 'unknown'] as const;
export type Colour = (typeof COLOURS)[number];

export interface RiskItem {
  id: number;
  kind: string;
  key: string;
  name: string;
  area: number;
  colour: Colour;
  method: string;
  value: number | null;
  grade: string;
  at: number;
}

export interface RiskInput {
  key: string;
  name: Text;
  value: number | string | null;
  unit: string;
  from: 'record' | 'table' | 'neighbour' | 'sum';
  origin: BaseOrigin | null;
  source: string;
  sure: boolean;
  metres: number | null;
}

export interface RiskDifference {
  key: string;
  name: Text;
  unit: string;
  before: number | string | null;
  after: number | string | null;
}

export interface RiskStep {
  at: number;
  colour: Colour;
  method: string;
  value: number | null;
  grade: string;
  formula: Text;
  inputs: RiskInput[];
  warnings: Text[];
  why: RiskDifference[];
  hidden: boolean;
}

export interface Risk {
  now: RiskStep;
  history: RiskStep[];
}

export interface RiskArea {
  area: number;
  name: string;
  level: 'region' | 'city' | 'county' | 'township';
  colour: Colour;
  uncertain: boolean;
  counts: Record<Colour, number>;
}

export interface RiskAreas {
  areas: RiskArea[];
  rules: { colour: Colour; of: Colour; at_least: number }[];
}

export interface ObjectRef {
  id: number;
  kind: string;
  key: string;
  name: string;
  area: number;
  position: { lon: number; lat: number } | null;
}

export interface ZoneConflict {
  object: ObjectRef;
  metres: number;
  people: number | null;
}

export interface ZoneItem {
  hazard: ObjectRef;
  required: number;
  standard: string;
  conflicts: number;
  people: number;
  near: ZoneConflict[];
}

export interface ZoneReport {
  hazards: number;
  unknown: number;
  items: ZoneItem[];
  total: number;
}

export interface ObjectZoning {
  hazard: ZoneItem | null;
  unknown: boolean;
  dangers: ZoneConflict[];
}

export interface NeedState {
  key: string;
  name: Text;
  standard: string;
  required: number;
  installed: number;
  working: number;
  expired: number;
  missing: number;
}

export interface SiteState {
  object: ObjectRef;
  score: number;
  needs: NeedState[];
}

export interface SiteReport {
  objects: number;
  complete: number;
  score: number | null;
  cut: boolean;
  items: SiteState[];
}

export interface DangerState {
  key: string;
  name: Text;
  minutes: number;
  teams: number;
  objects: number;
  missed: number;
  stations: number | null;
  seen: number;
  high: number;
  high_seen: number;
}

export interface GapReport {
  danger: DangerState;
  speed: number;
  detour: number;
  source: string;
  sure: boolean;
  items: {
    object: ObjectRef;
    team: ObjectRef | null;
    metres: number | null;
    minutes: number | null;
  }[];
  cells: { area: number; position: { lon: number; lat: number } }[];
  all_cells: number;
  step: number;
}

export interface CoverReport {
  danger: DangerState;
  observed: number | null;
  high_observed: number | null;
  items: { object: ObjectRef; colour: Colour; metres: number | null }[];
}

const PAGE_SIZE = 50;

export const riskKeys = {
  /** Below the objects: whatever changes one changes what follows from it. */
  all: ['base', 'risk'] as const,
};

export const useRisk = (kind: string, key: string, enabled: boolean) =>
  useQuery({
    queryKey: [...riskKeys.all, 'object', kind, key],
    queryFn: () => get<Risk>(`${objectPath(kind, key)}/risk`),
    enabled,
  });

export const useRisks = (colour: Colour | undefined, area: number | undefined) =>
  useInfiniteQuery({
    queryKey: [...riskKeys.all, 'list', colour, area],
    queryFn: ({ pageParam }) =>
      get<Page<RiskItem>>('/base/risks', {
        colour,
        area,
        limit: PAGE_SIZE,
        after: pageParam ?? undefined,
      }),
    initialPageParam: null as string | number | null,
    getNextPageParam: (last) => last.next,
  });

export const useRiskAreas = () =>
  useQuery({
    queryKey: [...riskKeys.all, 'areas'],
    queryFn: () => get<RiskAreas>('/base/risks/areas'),
  });

export const useZoning = (area: number | undefined) =>
  useQuery({
    queryKey: [...riskKeys.all, 'zoning', area],
    queryFn: () => get<ZoneReport>('/base/zoning', { area, limit: PAGE_SIZE }),
  });

export const useObjectZoning = (kind: string, key: string) =>
  useQuery({
    queryKey: [...riskKeys.all, 'zone', kind, key],
    queryFn: () => get<ObjectZoning>(`${objectPath(kind, key)}/zoning`),
  });

export const useSites = (area: number | undefined) =>
  useQuery({
    queryKey: [...riskKeys.all, 'sites', area],
    queryFn: () => get<SiteReport>('/base/completeness', { area, limit: PAGE_SIZE }),
  });

export const useSite = (kind: string, key: string, enabled: boolean) =>
  useQuery({
    queryKey: [...riskKeys.all, 'site', kind, key],
    queryFn: () => get<SiteState>(`${objectPath(kind, key)}/completeness`),
    enabled,
  });

export const useDangers = () =>
  useQuery({
    queryKey: [...riskKeys.all, 'dangers'],
    queryFn: () => get<DangerState[]>('/base/dangers'),
  });

export const useGaps = (danger: string | undefined, area: number | undefined) =>
  useQuery({
    queryKey: [...riskKeys.all, 'gaps', danger, area],
    queryFn: () =>
      get<GapReport>(`/base/dangers/${seg(danger ?? '')}/gaps`, { area, limit: PAGE_SIZE }),
    enabled: danger !== undefined,
  });

export const useCoverage = (danger: string | undefined, area: number | undefined) =>
  useQuery({
    queryKey: [...riskKeys.all, 'coverage', danger, area],
    queryFn: () =>
      get<CoverReport>(`/base/dangers/${seg(danger ?? '')}/coverage`, { area, limit: PAGE_SIZE }),
    enabled: danger !== undefined,
  });
