// Forces: who could leave, where they are, orders to them; beds of hospitals.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { whileThere } from '../lib/active';
import { get } from './client';
import type { Page, Position } from './types';

export const READINESS = ['ready', 'out', 'stood-down', 'off', 'unknown'] as const;
export type ReadinessName = (typeof READINESS)[number];

export const ORDER_STAGES = [
  'ordered',
  'accepted',
  'moving',
  'on-scene',
  'lost',
  'done',
  'declined',
  'recalled',
] as const;
export type OrderStage = (typeof ORDER_STAGES)[number];

export const ORDER_STEPS = [
  'accept',
  'depart',
  'arrive',
  'finish',
  'decline',
  'lose',
  'recall',
] as const;
export type OrderStep = (typeof ORDER_STEPS)[number];

export interface ForceStep {
  what: string;
  at: number;
  by: string;
  note: string;
}

export interface ForcePeople {
  rescued: number;
  injured: number;
  dead: number;
}

export interface ForceOrder {
  id: number;
  kind: string;
  key: string;
  name: string;
  area: number;
  incident: number | null;
  drill: boolean;
  task: string;
  stage: OrderStage;
  open: boolean;
  at: number;
  changed_at: number;
  people: ForcePeople;
  steps: ForceStep[];
}

export interface Force {
  kind: string;
  key: string;
  name: string;
  area: number;
  capabilities: string[];
  staff: number | null;
  vehicles: number | null;
  turnout_min: number | null;
  phone: string;
  readiness: ReadinessName;
  readiness_at: number;
  note: string;
  place: { position: Position; at: number; source: string } | null;
  available: boolean;
  order: ForceOrder | null;
  account: string | null;
  synthetic: boolean;
}

export interface WardBeds {
  ward: string;
  total: number;
  free: number;
  at: number;
  by: string;
}

export interface Hospital {
  key: string;
  name: string;
  area: number;
  position: Position | null;
  capabilities: string[];
  beds: WardBeds[];
}

const PAGE_SIZE = 100;
/** The server gives no more at once. */
const LARGEST_PAGE = 500;
/** Open orders that are counted at most: more than a region has forces. */
const MOST_ORDERS = 5000;
/** Teams on their way are looked at this often. */
const EVERY_MS = 5_000;

export const forceKeys = {
  all: ['forces'] as const,
  list: (filter: object) => ['forces', 'list', filter] as const,
  orders: (filter: object) => ['forces', 'orders', filter] as const,
  beds: ['forces', 'beds'] as const,
};

export interface ForceFilter {
  kind?: string;
  words?: string;
  state?: string;
}

export const useForces = (filter: ForceFilter) =>
  useInfiniteQuery({
    queryKey: forceKeys.list(filter),
    queryFn: ({ pageParam }) =>
      get<Page<Force>>('/forces', { ...filter, limit: PAGE_SIZE, after: pageParam ?? undefined }),
    initialPageParam: null as string | number | null,
    getNextPageParam: (last) => last.next,
  });

export const useForceOrders = (filter: { incident?: number; open?: boolean }) =>
  useInfiniteQuery({
    queryKey: forceKeys.orders(filter),
    queryFn: ({ pageParam }) =>
      get<Page<ForceOrder>>('/forces/orders', {
        ...filter,
        limit: PAGE_SIZE,
        after: pageParam ?? undefined,
      }),
    initialPageParam: null as string | number | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: whileThere(EVERY_MS),
  });

/** All orders that are open, page after page: whoever counts them must not stop at the first page. */
export async function allOpenOrders(incident?: number) {
  const orders: ForceOrder[] = [];
  let after: string | number | null | undefined;
  do {
    const page: Page<ForceOrder> = await get('/forces/orders', {
      incident,
      open: true,
      limit: LARGEST_PAGE,
      after,
    });
    orders.push(...page.items);
    after = page.next;
  } while (after && orders.length < MOST_ORDERS);
  return { orders, more: Boolean(after) };
}

export const useOpenOrders = (incident?: number) =>
  useQuery({
    queryKey: forceKeys.orders({ incident, all: true }),
    queryFn: () => allOpenOrders(incident),
    refetchInterval: whileThere(EVERY_MS),
  });

export const useBeds = () =>
  useQuery({ queryKey: forceKeys.beds, queryFn: () => get<Hospital[]>('/forces/beds') });
