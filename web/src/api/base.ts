// The emergency base database: what the server says of it, and how it is asked.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { ApiError, get, seg } from './client';
import type { Page, Text } from './types';

export const DOMAINS = [
  'production',
  'living',
  'ecology',
  'forces',
  'supplies',
  'infrastructure',
] as const;
export type Domain = (typeof DOMAINS)[number];

export interface BaseField {
  key: string;
  name: Text;
  unit: string;
  type: 'text' | 'number' | 'whole' | 'flag' | 'date' | 'phone' | 'choice';
  min: number | null;
  max: number | null;
  choices: { key: string; name: Text }[];
  required: boolean;
  private: boolean;
  standard: string;
}

export interface BaseArea {
  code: number;
  name: string;
  name_en: string;
  people: number | null;
}

export interface BaseKind {
  key: string;
  domain: Domain;
  name: Text;
  shape: 'point' | 'line' | 'polygon' | 'any';
  review_days: number;
  private: boolean;
  fields: BaseField[];
  needs: { key: string; name: Text; count: number; standard: string }[];
  count: number;
}

export interface BaseOrigin {
  source: string;
  by: string;
  detail: string;
  at: number;
}

export type BaseValue = string | number | boolean | null;

/** Something that is wrong with an object, by the rules of quality. */
export interface BaseFlaw {
  code: string;
  column: string;
  words: Text;
}

export interface BaseObject {
  id: number;
  kind: string;
  key: string;
  name: string;
  area: number;
  address: string;
  post: string;
  geometry: { type: string; coordinates: unknown } | null;
  values: Record<string, BaseValue>;
  blurred: boolean;
  synthetic: boolean;
  stale: boolean;
  flaws: BaseFlaw[];
  doubtful: boolean;
  origin: number;
  column_origins: Record<string, number>;
  origins: Record<string, BaseOrigin>;
  checked_at: number;
  changed_at: number;
  risk: 'red' | 'orange' | 'yellow' | 'blue' | 'unknown' | null;
  in_review: string[];
}

export interface BaseChange {
  at: number;
  what: 'updated' | 'removed' | 'restored';
  origin: BaseOrigin | null;
  before: Record<string, unknown>;
}

export interface BaseHit {
  id: number;
  kind: string;
  key: string;
  name: string;
  area: number;
  position: { lon: number; lat: number } | null;
  stale: boolean;
  doubtful: boolean;
}

/** A photo or paper about an object. */
export interface BaseDocument {
  id: number;
  name: string;
  media: string;
  by: string;
  at: number;
  size: number;
}

export interface BaseFault {
  column: string;
  code: string;
  words: Text;
}

export interface BaseImport {
  id: number;
  kind: string;
  file: string;
  by: string;
  state: 'checking' | 'checked' | 'loading' | 'loaded' | 'cancelled' | 'failed';
  why: string;
  progress: number;
  /** Sheets or layers of the file, the one that was read first. */
  layers: string[];
  columns: { heading: string; field: string | null }[];
  rows: number;
  good: number;
  bad: number;
  created: number;
  updated: number;
  same: number;
  in_review: number;
  faults: Record<string, number>;
  first: { row: number; faults: BaseFault[] }[];
}

/** An import that is worked on is looked at this often. */
const IMPORT_EVERY_MS = 700;
const PAGE_SIZE = 50;

export const baseKeys = {
  all: ['base'] as const,
  kinds: ['base', 'kinds'] as const,
  areas: ['base-areas'] as const,
  objects: (kind: string, area?: number) => ['base', 'objects', kind, area] as const,
  object: (kind: string, key: string) => ['base', 'object', kind, key] as const,
  history: (kind: string, key: string) => ['base', 'history', kind, key] as const,
  documents: (kind: string, key: string) => ['base', 'documents', kind, key] as const,
  find: (q: string) => ['base', 'find', q] as const,
  import: (id: number) => ['base-import', id] as const,
};

export const objectPath = (kind: string, key: string) => `/base/objects/${seg(kind)}/${seg(key)}`;

export const useKinds = () =>
  useQuery({ queryKey: baseKeys.kinds, queryFn: () => get<BaseKind[]>('/base/kinds') });

/** Region, cities, counties and townships, as far as they are the person's own; they do not change while the console is open. */
export const useBaseAreas = () =>
  useQuery({
    queryKey: baseKeys.areas,
    queryFn: () => get<BaseArea[]>('/base/areas'),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useObjects = (kind: string | undefined, area?: number) =>
  useInfiniteQuery({
    queryKey: baseKeys.objects(kind ?? '', area),
    queryFn: ({ pageParam }) =>
      get<Page<BaseObject>>('/base/objects', {
        kind,
        area,
        limit: PAGE_SIZE,
        after: pageParam ?? undefined,
      }),
    initialPageParam: null as string | number | null,
    getNextPageParam: (last) => last.next,
    enabled: kind !== undefined,
  });

export const useObject = (kind: string, key: string) =>
  useQuery({
    queryKey: baseKeys.object(kind, key),
    queryFn: () => get<BaseObject>(objectPath(kind, key)),
  });

export const useObjectHistory = (kind: string, key: string) =>
  useQuery({
    queryKey: baseKeys.history(kind, key),
    queryFn: () => get<BaseChange[]>(`${objectPath(kind, key)}/history`),
  });

export const documentsPath = (kind: string, key: string) => `${objectPath(kind, key)}/documents`;

export const useDocuments = (kind: string, key: string) =>
  useQuery({
    queryKey: baseKeys.documents(kind, key),
    queryFn: () => get<BaseDocument[]>(documentsPath(kind, key)),
  });

export const useFind = (q: string) =>
  useQuery({
    queryKey: baseKeys.find(q),
    queryFn: () => get<BaseHit[]>('/base/find', { q }),
    enabled: q.trim() !== '',
    placeholderData: (before) => before,
  });

/** The object with this number; null when it has gone meanwhile. */
export async function objectOf(kind: string, id: number) {
  try {
    const path = `/ogc/collections/${seg(kind)}/items/${id}`;
    const { properties } = await get<{ properties: { key: string } }>(path);
    return { kind, key: properties.key };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

const isBusy = (state?: string) => state === 'checking' || state === 'loading';

export const useImport = (id: number | null) =>
  useQuery({
    queryKey: baseKeys.import(id ?? 0),
    queryFn: () => get<BaseImport>(`/base/imports/${id}`),
    enabled: id !== null,
    refetchInterval: (query) => (isBusy(query.state.data?.state) ? IMPORT_EVERY_MS : false),
  });

/** Brings a file. Told how much of it has gone, 0 to 1; the signal ends it. */
export function bringFile(
  kind: string,
  file: File,
  datum: string,
  told: (part: number) => void,
  signal: AbortSignal,
): Promise<BaseImport> {
  // fetch tells nothing of what has been sent.
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({ kind, file: file.name, datum });
    request.open('POST', `/api/v1/base/imports?${query}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = (event) => told(event.total ? event.loaded / event.total : 0);
    request.onload = () => {
      try {
        const body = JSON.parse(request.responseText);
        if (request.status < 300) resolve(body as BaseImport);
        else reject(new ApiError(body.error.code, request.status, body.error.message));
      } catch {
        reject(new ApiError(`http-${request.status}`, request.status, request.statusText));
      }
    };
    request.onerror = () => reject(new ApiError('network', 0, 'network'));
    signal.addEventListener('abort', () => request.abort());
    request.onabort = () => reject(new ApiError('cancelled', 0, 'cancelled'));
    request.send(file);
  });
}
