// Sharing of data: what the server says of data sets, requests and grants, and how it is asked.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Domain } from './base';
import { get } from './client';
import type { Page, Text } from './types';

export interface DataField {
  key: string;
  /** Empty for what every record has. */
  name: Text;
  unit: string;
  given: 'whole' | 'blurred' | 'never';
}

export interface DataSet {
  kind: string;
  domain: Domain;
  name: Text;
  private: boolean;
  count: number;
  review_days: number;
  stale: number | null;
  newest: number | null;
  fields: DataField[];
}

export type ShareState = 'requested' | 'approved' | 'refused' | 'withdrawn' | 'expired' | 'revoked';

export interface Share {
  id: number;
  kind: string;
  fields: string[];
  area: number;
  purpose: string;
  recipient: string;
  until: number;
  by: string;
  at: number;
  state: ShareState;
  grant: {
    fields: string[];
    area: number;
    expires: number;
    quota: number;
    has_token: boolean;
  } | null;
  decided_by: string | null;
  decided_at: number | null;
  reason: string;
  own: boolean;
  decides: boolean;
}

export interface ShareDetail {
  share: Share;
  days: { at: number; reads: number; rows: number; bytes: number }[];
  reads: { at: number; way: string; rows: number; bytes: number }[];
}

const PAGE_SIZE = 50;

export const shareKeys = {
  all: ['share'] as const,
  catalogue: ['share', 'catalogue'] as const,
  requests: ['share', 'requests'] as const,
  request: (id: number) => ['share', 'request', id] as const,
};

export const useDataSets = () =>
  useQuery({
    queryKey: shareKeys.catalogue,
    queryFn: () => get<DataSet[]>('/share/catalogue'),
  });

export const useShares = () =>
  useInfiniteQuery({
    queryKey: shareKeys.requests,
    queryFn: ({ pageParam }) =>
      get<Page<Share>>('/share/requests', { limit: PAGE_SIZE, after: pageParam ?? undefined }),
    initialPageParam: null as string | number | null,
    getNextPageParam: (last) => last.next,
  });

export const useShare = (id: number) =>
  useQuery({
    queryKey: shareKeys.request(id),
    queryFn: () => get<ShareDetail>(`/share/requests/${id}`),
  });
