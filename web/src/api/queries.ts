// Reading: one hook for each thing the screens show.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { whileThere } from '../lib/active';
import { overlayAlarms, overlayCommands, overlayDetail, overlayIncidents } from '../live/recent';
import { get, seg } from './client';
import { keys } from './keys';
import type {
  Account,
  Alarm,
  Areas,
  AuditRow,
  Command,
  DeviceDetail,
  DeviceRow,
  Drills,
  Incident,
  IncidentDetail,
  MapDevices,
  Overview,
  Page,
  Profile,
  Program,
  ReadingRow,
  RefusalRow,
  Session,
} from './types';
import { noticesWhole } from './types';

/** Rows of one page of a list. */
export const PAGE_SIZE = 50;
/** Open alarms and incidents fetched at once: more than this is a flood, which has a figure of its own. */
const OPEN_LIMIT = 1000;
/** How people are is counted anew so often for those whom no message tells. */
const ROLL_EVERY_MS = 15_000;
/** Readings in one chart: more than two for each pixel show nothing more. */
const CHART_LIMIT = 5000;
/** Figures that no message carries are fetched again after so long. */
const OVERVIEW_EVERY_MS = 15_000;
/** Names of kinds of devices are fetched again after so long, when somebody looks. */
const PROFILES_STALE_MS = 300_000;

export const useSession = () =>
  useQuery({
    queryKey: keys.session,
    queryFn: () => get<Session>('/session'),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useOverview = () =>
  useQuery({
    queryKey: keys.overview,
    queryFn: () => get<Overview>('/overview'),
    refetchInterval: OVERVIEW_EVERY_MS,
  });

export const useAreas = () =>
  useQuery({
    queryKey: keys.areas,
    queryFn: () => get<Areas>('/areas'),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Commands that are not over, and those that ended while this page was open. */
export const useCommands = () =>
  useQuery({
    queryKey: keys.commands,
    queryFn: async () => {
      const started = Date.now();
      const page = await get<Page<Command>>('/commands', { limit: OPEN_LIMIT });
      return overlayCommands(started, page.items);
    },
  });

export const useMapDevices = () =>
  useQuery({ queryKey: keys.mapDevices, queryFn: () => get<MapDevices>('/map/devices') });

export const useOpenAlarms = () =>
  useQuery({
    queryKey: keys.openAlarms,
    queryFn: async () => {
      const started = Date.now();
      const page = await get<Page<Alarm>>('/alarms', { open: true, limit: OPEN_LIMIT });
      return { ...page, items: overlayAlarms(started, page.items) };
    },
    select: (page) => page.items,
  });

export const useOpenIncidents = () =>
  useQuery({
    queryKey: keys.openIncidents,
    queryFn: async () => {
      const started = Date.now();
      const page = await get<Page<Incident>>('/incidents', { open: true, limit: OPEN_LIMIT });
      return { ...page, items: overlayIncidents(started, page.items) };
    },
    select: (page) => page.items,
  });

export const useIncident = (id: number | null) =>
  useQuery({
    queryKey: keys.incident(id ?? 0),
    queryFn: async () => {
      const started = Date.now();
      return overlayDetail(started, id ?? 0, await get<IncidentDetail>(`/incidents/${id}`));
    },
    enabled: id !== null,
    // Where the list of notices does not tell all, no message tells how people are either.
    refetchInterval: ({ state: { data } }) =>
      data && !noticesWhole(data) ? whileThere(ROLL_EVERY_MS)() : false,
  });

export const useDevice = (key: string | null) =>
  useQuery({
    queryKey: keys.device(key ?? ''),
    queryFn: () => get<DeviceDetail>(`/devices/${seg(key ?? '')}`),
    enabled: key !== null,
    refetchInterval: whileThere(5000),
  });

export const useReadings = (key: string, point: string, hours: number, now: () => number) =>
  useQuery({
    queryKey: keys.readings(key, point, hours),
    queryFn: async () => {
      const to = now();
      const answer = await get<{ readings: ReadingRow[] }>(
        `/devices/${seg(key)}/points/${seg(point)}/readings`,
        { from: to - hours * 3_600_000, to, limit: CHART_LIMIT },
      );
      return answer.readings;
    },
    enabled: point !== '',
    refetchInterval: whileThere(10_000),
  });

/** A list that grows page by page. */
function usePages<T>(
  key: readonly unknown[],
  path: string,
  query: Record<string, string | number | boolean | undefined>,
) {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) =>
      get<Page<T>>(path, { ...query, limit: PAGE_SIZE, after: pageParam ?? undefined }),
    initialPageParam: null as string | number | null,
    getNextPageParam: (last) => last.next,
  });
}

export interface DeviceFilter {
  q: string;
  area: number | undefined;
  state: string | undefined;
}
export const useDevices = (filter: DeviceFilter) =>
  usePages<DeviceRow>(keys.devices(filter), '/devices', { ...filter });
export const useAlarmHistory = () => usePages<Alarm>(keys.alarmHistory, '/alarms', { open: false });
export const useIncidentHistory = () =>
  usePages<Incident>(keys.incidentHistory, '/incidents', { open: false });

export const useAudit = () =>
  useInfiniteQuery({
    queryKey: keys.audit,
    queryFn: ({ pageParam }) =>
      get<Page<AuditRow>>('/audit', { limit: PAGE_SIZE, before: pageParam ?? undefined }),
    initialPageParam: null as number | string | null,
    getNextPageParam: (last) => last.next,
  });

/** Packs bring them when the server starts; they hardly change while a page is open. */
export const useProfiles = () =>
  useQuery({
    queryKey: keys.profiles,
    queryFn: () => get<Profile[]>('/profiles'),
    staleTime: PROFILES_STALE_MS,
  });
export const usePrograms = () =>
  useQuery({
    queryKey: keys.programs,
    queryFn: async () => items(await get<Program[] | Page<Program>>('/programs')),
  });
export const useDrills = () =>
  useQuery({
    queryKey: keys.drills,
    queryFn: () => get<Drills>('/drills'),
    refetchInterval: whileThere(3000),
  });
export const useRefusals = () =>
  useQuery({
    queryKey: keys.refusals,
    queryFn: async () => items(await get<RefusalRow[] | Page<RefusalRow>>('/refusals')),
    refetchInterval: whileThere(5000),
  });
export const useAccounts = () =>
  useQuery({
    queryKey: keys.accounts,
    queryFn: async () => items(await get<Account[] | Page<Account>>('/accounts')),
  });

/** Short lists come bare, long ones in pages. */
const items = <T>(answer: T[] | Page<T>): T[] => (Array.isArray(answer) ? answer : answer.items);
