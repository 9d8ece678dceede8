// The stock ledger: lots of goods, allocations on their way, whether the books add up.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { whileThere } from '../lib/active';
import { randomKey } from '../lib/key';
import { get, post } from './client';
import type { Page, Position } from './types';

export interface StockSums {
  available: number;
  reserved: number;
  loaded: number;
  transit: number;
  received: number;
  used: number;
  difference: number;
  written_off: number;
  moved: number;
}

export interface StockLot {
  id: number;
  item: string;
  name: string;
  spec: string;
  unit: string;
  batch: string;
  expiry: string | null;
  freshness: 'good' | 'soon' | 'expired';
  kind: string;
  store: string;
  store_name: string;
  position: Position | null;
  area: number;
  sums: StockSums;
  synthetic: boolean;
}

export interface StockItem {
  item: string;
  name: string;
  unit: string;
  lots: number;
  sums: StockSums;
}

export interface StockMove {
  id: number;
  at: number;
  what: string;
  allocation: number | null;
  reason: string;
  by: string;
  entries: [string, number][];
}

export const STOCK_STAGES = [
  'asked',
  'reserved',
  'loaded',
  'moving',
  'arrived',
  'received',
  'done',
  'refused',
  'released',
  'lost',
] as const;
export type StockStage = (typeof STOCK_STAGES)[number];

export const STOCK_STEPS = [
  'approve',
  'refuse',
  'load',
  'depart',
  'arrive',
  'receive',
  'use',
  'return',
  'release',
  'lose',
] as const;
export type StockStepName = (typeof STOCK_STEPS)[number];

export interface StockAllocation {
  id: number;
  part_of: number | null;
  lot: number | null;
  item: string;
  unit: string;
  asked: number;
  held: number;
  got: number | null;
  stage: StockStage;
  open: boolean;
  incident: number | null;
  drill: boolean;
  area_from: number;
  area_to: number;
  to: string;
  position: Position | null;
  to_store: string | null;
  vehicle: string;
  by: string;
  at: number;
  changed_at: number;
  steps: StockMove[];
  gives: boolean;
  gets: boolean;
}

export interface StockBooks {
  lots: number;
  entries: number;
  flaws: [string, number, number][];
}

export interface StockTaken {
  taken: number;
  skipped: [string, string][];
  next: string | null;
}

const PAGE_SIZE = 100;
/** Goods move by hand: this often is soon enough. */
const EVERY_MS = 10_000;

export const stockKeys = {
  all: ['stock'] as const,
  lots: (filter: object) => ['stock', 'lots', filter] as const,
  items: ['stock', 'items'] as const,
  moves: (lot: number) => ['stock', 'moves', lot] as const,
  allocations: (filter: object) => ['stock', 'allocations', filter] as const,
};

export interface LotFilter {
  words?: string;
  expires_within?: number;
  at?: number;
}

export const useLots = (filter: LotFilter) =>
  useInfiniteQuery({
    queryKey: stockKeys.lots(filter),
    queryFn: ({ pageParam }) =>
      get<Page<StockLot>>('/stock/lots', {
        ...filter,
        limit: PAGE_SIZE,
        after: pageParam ?? undefined,
      }),
    initialPageParam: null as string | number | null,
    getNextPageParam: (last) => last.next,
  });

export const useStockItems = () =>
  useQuery({ queryKey: stockKeys.items, queryFn: () => get<StockItem[]>('/stock/items') });

export const useMoves = (lot: number) =>
  useInfiniteQuery({
    queryKey: stockKeys.moves(lot),
    queryFn: ({ pageParam }) =>
      get<Page<StockMove>>(`/stock/lots/${lot}/moves`, {
        limit: PAGE_SIZE,
        after: pageParam ?? undefined,
      }),
    initialPageParam: null as string | number | null,
    getNextPageParam: (last) => last.next,
  });

export const useAllocations = (filter: { incident?: number; open?: boolean }) =>
  useInfiniteQuery({
    queryKey: stockKeys.allocations(filter),
    queryFn: ({ pageParam }) =>
      get<Page<StockAllocation>>('/stock/allocations', {
        ...filter,
        limit: PAGE_SIZE,
        after: pageParam ?? undefined,
      }),
    initialPageParam: null as string | number | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: whileThere(EVERY_MS),
  });

/** A key of its own for each thing that somebody wants done: asked for twice, it is done once. */
export const requestKey = randomKey;

/** Takes all stock records over into the ledger, portion after portion. */
export async function takeOver(): Promise<StockTaken> {
  const sum: StockTaken = { taken: 0, skipped: [], next: null };
  do {
    const part: StockTaken = await post('/stock/take-over', { after: sum.next });
    sum.taken += part.taken;
    sum.skipped.push(...part.skipped);
    sum.next = part.next;
  } while (sum.next !== null);
  return sum;
}
