// Connectors: other systems that records are pulled from, and how they do.
import { useQuery } from '@tanstack/react-query';
import { get, seg } from './client';
import type { Text } from './types';

export type ConnectorFrom =
  | { type: 'http-json'; url: string; list: string }
  | { type: 'http-csv'; url: string }
  | {
      type: 'postgres';
      host: string;
      port: number;
      database: string;
      user: string;
      query: string;
    };

export interface ConnectorRun {
  began: number;
  ended: number;
  rows: number;
  bad: number;
  created: number;
  updated: number;
  same: number;
  late: number;
  faults: Record<string, number>;
  first: { row: number; words: Text }[];
  failed: Text | null;
}

export interface ConnectorView {
  key: string;
  name: string;
  kind: string;
  area: number;
  minutes: number;
  enabled: boolean;
  datum: string;
  mapping: Record<string, string | null>;
  secret: string;
  from: ConnectorFrom;
  by: string;
  health: 'running' | 'paused' | 'new' | 'good' | 'failing';
  next: number;
  failures: number;
  last_good: number | null;
  last: ConnectorRun | null;
}

/** How they do is looked at this often. */
const EVERY_MS = 5000;

export const connectorKeys = {
  all: ['connectors'] as const,
  runs: (key: string) => ['connectors', key, 'runs'] as const,
};

export const connectorPath = (key: string) => `/base/connectors/${seg(key)}`;

export const useConnectors = () =>
  useQuery({
    queryKey: connectorKeys.all,
    queryFn: () => get<ConnectorView[]>('/base/connectors'),
    refetchInterval: EVERY_MS,
  });

export const useConnectorRuns = (key: string) =>
  useQuery({
    queryKey: connectorKeys.runs(key),
    queryFn: () => get<ConnectorRun[]>(`/base/connectors/${seg(key)}/runs`),
  });
