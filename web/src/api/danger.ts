// From a danger to a decision: how far it reaches, who is inside, who gets away which way, who comes, which level, options, plan.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { whileThere } from '../lib/active';
import { useNow } from '../lib/clock';
import { get, post } from './client';
import type { PlanDiff } from './plan';
import type { Position, Text } from './types';

export interface Air {
  source: 'none' | 'station' | 'feed' | 'hand';
  by: string;
  at: number;
  metres: number;
  stale: boolean;
  wind_m_s: number | null;
  wind_from_deg: number | null;
  temperature_c: number | null;
  humidity_pct: number | null;
  cloud_tenths: number | null;
  /** Key of the report by hand that holds here. */
  by_hand: string | null;
}

export interface DangerLevel {
  level: string;
  severity: number;
  threshold: number;
  unit: string;
  geometry: GeoJSON.MultiPolygon;
  reach_m: number;
  surface_m2: number;
}

/** What a model is told and says: a number, a word, a list, rows. */
export type Figure = number | string | number[] | number[][];

export interface Danger {
  incident: number;
  policy: string;
  version: number;
  made: number;
  source: Position;
  holder: string;
  model: string;
  inputs: Record<string, Figure>;
  air: Air;
  levels: DangerLevel[];
  warnings: Text[];
  refused: string;
  sources: string[];
  validity: string;
  drill: boolean;
}

export interface Dangers {
  now: Danger[];
  history: Danger[];
}

export interface DangerFrame {
  at_s: number;
  levels: DangerLevel[];
}

export interface ModelAnswer {
  report: {
    model: string;
    inputs: Record<string, Figure>;
    outputs: { name: string; value: Figure; unit: string }[];
    warnings: { code: string; text: Text }[];
    sources: string[];
    validity: string;
  };
  levels: DangerLevel[];
  frames: DangerFrame[];
}

export interface WhatIf {
  model?: string;
  inputs: Record<string, Figure | null>;
  source?: Position;
}

/** A what-if from the danger to the decision: another danger, roads that are closed or open. */
export interface Supposition extends Partial<WhatIf> {
  policy?: string;
  close: readonly (readonly Position[])[];
  open: readonly number[];
}

type Takes =
  | { number: { min: number; max: number } }
  | { word: { of: string[] } }
  | 'name'
  | { list: { min: number; max: number } }
  | { table: { columns: string[] } };

export interface ModelField {
  name: string;
  unit: string;
  takes: Takes;
  default: number | null;
  optional: boolean;
  about: string;
}

export interface HazardModel {
  key: string;
  title: [zh: string, en: string];
  fields: ModelField[];
}

export interface PeopleCount {
  low: number;
  expected: number;
  high: number;
}

export interface InsideShare {
  source: 'register' | 'cells' | 'live' | 'moving' | 'census';
  kind: string | null;
  name: Text | null;
  area: number | null;
  objects: number;
  unknown: number;
  people: PeopleCount;
  oldest: number | null;
  sure: boolean;
}

export interface InsideItem {
  key: string;
  people: PeopleCount;
  by_hour: PeopleCount[];
  vulnerable: Record<string, PeopleCount>;
  /** Distinct people who need more than a word. */
  vulnerable_total: PeopleCount;
  shares: InsideShare[];
  facilities: Record<string, number>;
  vehicles: number;
}

export interface InsideFacility {
  object: {
    id: number;
    kind: string;
    key: string;
    name: string;
    area: number;
    position: Position | null;
  };
  class: string;
  level: string;
  metres: number | null;
  bearing: number | null;
  people: PeopleCount | null;
  registered: number | null;
  live: { people: number; at: number; stale: boolean } | null;
  checked: number | null;
  fields: { key: string; name: Text; unit: string; value: unknown }[];
}

export interface InsideVehicle {
  key: string;
  name: string;
  level: string;
  position: Position;
  /** When it was there. */
  at: number;
  /** Whether that is too long ago: its people do not count. */
  stale: boolean;
  people: number | null;
}

export interface InsideReport {
  at: number;
  hour: number;
  weekend: boolean;
  levels: InsideItem[];
  total: InsideItem;
  facilities: InsideFacility[];
  vehicles: InsideVehicle[];
  oldest: number | null;
  stale: number;
  unplaced: number;
  no_census: boolean;
}

export interface LeftView {
  people: number;
  why: 'no-road' | 'no-way' | 'shelter-full' | 'no-vehicle';
}

/** A vehicle that fetches people of a block. */
export interface TripView {
  kind: string;
  key: string;
  name: string;
  shelter: string;
  people: number;
  lifted: boolean;
  there_min: number;
  arrive_min: number;
}

/** What is better for those who go by themselves; `even` when the figures are too close to tell. */
export const BETTER = ['stay', 'leave', 'even'] as const;

export interface StayView {
  better: (typeof BETTER)[number];
  times: number | null;
  stay_peak_ppm: number;
  leave_peak_ppm: number;
  stay_load: number;
  leave_load: number;
  over_min: number;
}

export interface BlockView {
  key: string;
  area: number;
  at: Position;
  action: 'leave' | 'shelter';
  people: number;
  cannot_walk: number;
  without_car: number;
  shelter: string | null;
  by: 'car' | 'foot';
  line: GeoJSON.LineString | null;
  roads: string[];
  travel_min: number;
  leave_min: number;
  cleared_min: number;
  bottleneck: string;
  trips: TripView[];
  stay: StayView | null;
  left: LeftView[];
}

export interface ShelterView {
  key: string;
  name: string;
  at: Position;
  free: number;
  /** Places that issued plans of other open incidents have given away; not among those that are free. */
  promised: number;
  gets: number;
}

export interface WayView {
  minutes: number;
  metres: number;
  line: GeoJSON.LineString;
  roads: string[];
}

export interface ForceView {
  kind: string;
  key: string;
  name: string;
  at: Position;
  turnout_min: number;
  travel_min: number | null;
  metres: number;
  answers: string;
}

/** Who vouches for a fact; of what is only supposed nobody does. */
export const FACT_SOURCES = [
  'reading',
  'rule',
  'row',
  'clause',
  'model',
  'person',
  'supposed',
] as const;

/** A fact that something rests on. */
export interface UsedFact {
  key: string;
  label: Text;
  value: Text;
  source: {
    kind: (typeof FACT_SOURCES)[number];
    reference: string;
    label: Text;
  };
  at: number;
}

export interface ClauseRef {
  key: string;
  label: Text;
  sure: boolean;
}

export interface MissingFact {
  key: string;
  label: Text;
}

export type PlanLevel = 'I' | 'II' | 'III' | 'IV';

export interface Judgement {
  level: PlanLevel | null;
  because: {
    rule: string;
    level: PlanLevel;
    text: Text;
    clause: ClauseRef;
    automatic: boolean;
    facts: UsedFact[];
  }[];
  open: { rule: string; level: PlanLevel; missing: Text[] }[];
}

export interface OptionChoice {
  key: string;
  name: Text;
  kind: 'protect' | 'control' | 'wait';
  effect: Text;
  people: number | null;
  dose: number | null;
  minutes: number;
  assumed: Text[];
  cost: Text;
  who: Text;
  against: Text[];
  exposes: boolean;
  allowed_now: boolean;
  clause: ClauseRef | null;
  inputs: UsedFact[];
  missing: MissingFact[];
  why: Text;
}

export interface Choices {
  choices: OptionChoice[];
  recommended: string | null;
  left_out: { key: string; name: Text; why: Text }[];
}

/** Sections of a plan, in its order. */
export const SECTIONS = [
  'protect',
  'scope',
  'grading',
  'organisation',
  'report',
  'handling',
  'warning',
  'start',
  'action',
  'support',
  'end',
  'afterwards',
  'guarantees',
  'annex',
] as const;
export type Section = (typeof SECTIONS)[number];

export interface PlanLine {
  id: string;
  section: Section;
  priority: number;
  protective: boolean;
  text: Text;
  who: Text;
  deadline: { within_min: number; due: number | null } | null;
  rule: string;
  clause: ClauseRef | null;
  facts: UsedFact[];
  missing: MissingFact[];
}

export interface DraftPlan {
  title: Text;
  at: number;
  opened: number | null;
  drill: boolean;
  level: PlanLevel | null;
  option: string | null;
  packs: [key: string, version: number][];
  lines: PlanLine[];
}

/** What the ways out do not say, and what they ask of people. */
export const WAYS_DEFECTS = [
  'no-roads',
  'roads-reading',
  'no-ways',
  'no-shelter',
  'too-many-blocks',
  'homes-unknown',
  'vehicles-enter',
  'shelters-promised',
  'shelters-shared',
  'few-hidden',
  'supposed-circle',
] as const;

export interface DefectView {
  what: string;
  detail: string;
}

/** A building and the ways out of it. */
export interface EscapeView {
  kind: string;
  key: string;
  name: string;
  floors: number;
  stairs: number;
  exits: number;
  people: number;
  /** Minutes from the moment when all set off. */
  out_min: number;
  /** With one stair in smoke; null when there is no other. */
  smoke_min: number | null;
  trapped: number;
}

export interface ResponseView {
  at: number;
  blocks: BlockView[];
  shelters: ShelterView[];
  cleared_min: number;
  left: number;
  defects: DefectView[];
  building: EscapeView | null;
  forces: ForceView[];
  judgement: Judgement;
  options: Choices;
  plan: DraftPlan;
  /** What of it is only supposed; null when all of it is so. */
  supposed: {
    danger: string | null;
    closed: number;
    opened: number;
    /** What the draft says otherwise than that of the same moment without what is supposed. */
    changes: PlanDiff;
  } | null;
}

export interface Closure {
  id: number;
  area: number;
  incident: number | null;
  reason: string;
  by: string;
  at: number;
  until: number;
  geometry: GeoJSON.Polygon;
}

/** Moments of a danger that the slider shows. */
export const FRAMES = 13;
/** Ways and plans follow the facts; without a message they are asked for again so often. */
const RESPONSE_EVERY_MS = 30_000;
const CLOSURES_EVERY_MS = 30_000;
/** A closure that is over is gone from the map so soon. */
const CLOSURE_CHECK_MS = 10_000;
const NO_CLOSURES: readonly Closure[] = [];
/** Stations tell once a minute. */
const WEATHER_EVERY_MS = 60_000;
/** Counters and hours change: so often. */
const INSIDE_EVERY_MS = 60_000;

export const dangerKeys = {
  danger: (incident: number) => ['danger', incident] as const,
  response: (incident: number) => ['response', incident] as const,
  closures: ['closures'] as const,
  weather: ['weather'] as const,
};

export const useDangers = (incident: number | null) =>
  useQuery({
    queryKey: dangerKeys.danger(incident ?? 0),
    queryFn: () => get<Dangers>(`/incidents/${incident}/danger`),
    enabled: incident !== null,
  });

export const useResponse = (incident: number | null) =>
  useQuery({
    queryKey: dangerKeys.response(incident ?? 0),
    queryFn: () => get<ResponseView>(`/incidents/${incident}/response`),
    enabled: incident !== null,
    refetchInterval: whileThere(RESPONSE_EVERY_MS),
  });

/** The models do not change while a page is open. */
export const useModels = () =>
  useQuery({
    queryKey: ['models'],
    queryFn: () => get<HazardModel[]>('/models'),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const askWhatIf = (incident: number, what: WhatIf) =>
  post<ModelAnswer>(`/incidents/${incident}/what-if`, what);

export const askResponseIf = (incident: number, what: Supposition) =>
  post<ResponseView>(`/incidents/${incident}/what-if/response`, what);

/** The areas of a danger by time, and of which version of it they are; none of a model that knows no time. */
export interface Frames {
  version: number;
  frames: DangerFrame[];
}

/** How many moments a model is asked for: some take the number, others choose their moments themselves. */
export const framesWanted = (model: HazardModel | undefined): { frames?: number } =>
  model?.fields.some((field) => field.name === 'frames') ? { frames: FRAMES } : {};

/** The areas of a danger by time. While a new version is reckoned those of the version before stay. */
export function useFrames(danger: Danger | undefined) {
  const models = useModels();
  const model = models.data?.find((one) => one.key === danger?.model);
  const about = ['danger-frames', danger?.incident, danger?.policy] as const;
  const asks = danger !== undefined && danger.levels.length > 0;
  const query = useQuery({
    queryKey: [...about, danger?.version],
    queryFn: async (): Promise<Frames | null> => {
      if (!danger) return null;
      const { incident, source, version } = danger;
      const inputs = { ...danger.inputs, ...framesWanted(model) };
      const { frames } = await askWhatIf(incident, { model: danger.model, source, inputs });
      return { version, frames };
    },
    enabled: asks && models.data !== undefined,
    placeholderData: (before, query) =>
      about.every((part, place) => query?.queryKey[place] === part) ? before : undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return {
    data: query.data,
    /** Whether moments are still to come: for the first time, or of a new version. */
    pending: asks && !query.error && !models.error && (query.isPending || query.isPlaceholderData),
    error: asks ? (models.error ?? query.error) : null,
    refetch: () => (models.error ? models.refetch() : query.refetch()),
  };
}

/** Who is inside of these areas; `tag` says which areas they are. */
export function useInside(tag: string, levels: readonly DangerLevel[], origin?: Position) {
  const shown = levels.filter((level) => level.geometry.coordinates.length > 0);
  return useQuery({
    queryKey: ['inside', tag],
    queryFn: () =>
      post<InsideReport>('/danger/inside', {
        levels: shown.map(({ level, geometry }) => ({ key: level, geometry })),
        origin,
      }),
    enabled: shown.length > 0,
    refetchInterval: whileThere(INSIDE_EVERY_MS),
  });
}

/** Roads that are closed now: others close and open them too, and each closure ends by itself. */
export function useClosures(): readonly Closure[] {
  const { data } = useQuery({
    queryKey: dangerKeys.closures,
    queryFn: () => get<Closure[]>('/roads/closures'),
    refetchInterval: whileThere(CLOSURES_EVERY_MS),
  });
  const now = useNow(CLOSURE_CHECK_MS);
  // The same list as long as nothing ends: the map draws it anew only then.
  const held = data?.filter(({ until }) => until > now).length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: how many hold tells when one ends
  return useMemo(() => data?.filter(({ until }) => until > now) ?? NO_CLOSURES, [data, held]);
}

export const useWeather = (at: Position | null | undefined) =>
  useQuery({
    queryKey: [...dangerKeys.weather, at?.lon, at?.lat],
    queryFn: () => get<Air>('/weather', { lon: at?.lon, lat: at?.lat }),
    enabled: Boolean(at),
    refetchInterval: whileThere(WEATHER_EVERY_MS),
  });
