// Who answers for what: chains of responsibility, rosters, tests whether posts answer; and contradictions to be decided.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type BaseOrigin, objectPath } from './base';
import { get } from './client';
import type { Page, Text } from './types';

export interface DutyDefect {
  link: string;
  code: string;
}

export interface DutyLink {
  post: string;
  name: string;
  role: string;
  area: number;
  person: string;
  phone: string;
  roster: boolean;
  until: number | null;
  also: string[];
}

export interface DutyChain {
  kind: string;
  key: string;
  object: string;
  area: number;
  area_name: string;
  area_post: DutyLink | null;
  sector: Text;
  sector_post: DutyLink | null;
  enterprise: string;
  contact: string;
  phone: string;
  post: DutyLink | null;
  deputies: DutyLink[];
  defects: DutyDefect[];
}

export interface DutyPlace {
  area: number;
  area_name: string;
  area_post: DutyLink | null;
  near: { kind: string; key: string; metres: number | null }[];
  chains: DutyChain[];
  defects: DutyDefect[];
}

export interface RosterSpan {
  from: number;
  until: number;
}

export interface RosterPost {
  post: string;
  name: string;
  area: number;
  shifts: { id: number; person: string; phone: string; from: number; until: number }[];
  gaps: RosterSpan[];
  overlaps: RosterSpan[];
}

export interface CallDownItem {
  incident: number;
  name: string;
  area: number;
  at: number;
  minutes: number;
  by: string;
  posts: number;
  ended: number | null;
}

export interface CallDownCounts {
  in_time: number;
  late: number;
  not_reached: number;
  waiting: number;
}

export interface CallDownReport {
  test: CallDownItem;
  counts: CallDownCounts;
  levels: { level: string; counts: CallDownCounts }[];
  posts: {
    notice: number;
    post: string;
    name: string;
    area: number;
    state: 'in-time' | 'late' | 'not-reached' | 'waiting';
    answered: number | null;
    by: string;
  }[];
}

export interface ReviewItem {
  id: number;
  at: number;
  kind: string;
  key: string;
  name: string;
  area: number;
  field: string;
  why: string;
  ours: unknown;
  ours_origin: BaseOrigin;
  theirs: unknown;
  theirs_origin: BaseOrigin;
  state: string;
  closed_at: number | null;
  closed_by: string | null;
  reason: string | null;
}

const PAGE_SIZE = 50;
/** A test under way is looked at this often. */
const TEST_EVERY_MS = 3_000;

export const dutyKeys = {
  roster: ['base', 'roster'] as const,
  tests: ['base', 'call-downs'] as const,
  reviews: ['base', 'reviews'] as const,
};

export const useChain = (kind: string, key: string) =>
  useQuery({
    queryKey: ['base', 'responsible', kind, key],
    queryFn: () => get<DutyChain>(`${objectPath(kind, key)}/responsible`),
  });

export const usePlace = (at: { lon: number; lat: number }) =>
  useQuery({
    queryKey: ['base', 'responsible', at.lon, at.lat],
    queryFn: () => get<DutyPlace>('/base/responsible', at),
  });

export const useRoster = (from: number, until: number) =>
  useQuery({
    queryKey: [...dutyKeys.roster, from, until],
    queryFn: () => get<RosterPost[]>('/base/roster', { from, until }),
  });

export const useCallDowns = () =>
  useQuery({
    queryKey: dutyKeys.tests,
    queryFn: () => get<CallDownItem[]>('/base/call-downs'),
  });

export const useCallDown = (incident: number) =>
  useQuery({
    queryKey: [...dutyKeys.tests, incident],
    queryFn: () => get<CallDownReport>(`/base/call-downs/${incident}`),
    refetchInterval: (query) => (query.state.data?.test.ended === null ? TEST_EVERY_MS : false),
  });

export const useReviews = (state: string) =>
  useInfiniteQuery({
    queryKey: [...dutyKeys.reviews, state],
    queryFn: ({ pageParam }) =>
      get<Page<ReviewItem>>('/base/reviews', {
        state,
        limit: PAGE_SIZE,
        after: pageParam ?? undefined,
      }),
    initialPageParam: null as string | number | null,
    getNextPageParam: (last) => last.next,
  });
