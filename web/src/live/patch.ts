// From live messages to what is cached.
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import { dangerKeys } from '../api/danger';
import { keys, liveKeys } from '../api/keys';
import type {
  Alarm,
  Command,
  DeviceState,
  Incident,
  IncidentDetail,
  LiveMessage,
  MapDevices,
  Overview,
  Page,
} from '../api/types';
import {
  mergeAlarm,
  mergeCommand,
  mergeDevices,
  mergeIncident,
  mergePart,
  type Part,
} from './merge';
import { news, tell } from './news';
import { remember } from './recent';
import { alarmSound } from './sound';

/** Figures are counted by the server; they are asked for again at most so often. */
const FIGURES_EVERY_MS = 1000;
/** Changes of an alarm that a person must hear. */
const AUDIBLE = new Set(['raised', 'raised-level', 'returned', 'escalated']);

/** A storm of changes makes the server ask for a fresh start again and again; the screen does so at most so often. */
const RESYNC_EVERY_MS = 3000;
let resynced = 0;
let resyncTimer: ReturnType<typeof setTimeout> | undefined;

/** Fetches everything anew that the live connection keeps fresh: now, or as soon as it is time again. */
export function refreshAll(client: QueryClient) {
  if (resyncTimer) return;
  const wait = Math.max(0, resynced + RESYNC_EVERY_MS - Date.now());
  resyncTimer = setTimeout(() => {
    resyncTimer = undefined;
    resynced = Date.now();
    for (const key of liveKeys) void client.invalidateQueries({ queryKey: key });
  }, wait);
}

export function createPatcher(client: QueryClient) {
  let figuresTimer: ReturnType<typeof setTimeout> | undefined;
  const refreshFigures = () => {
    if (figuresTimer) return;
    figuresTimer = setTimeout(() => {
      figuresTimer = undefined;
      void client.invalidateQueries({ queryKey: keys.overview });
    }, FIGURES_EVERY_MS);
  };

  const part = (incident: number | null | undefined, change: Part) => {
    remember(incident ?? null, change);
    if (incident === null || incident === undefined) return;
    client.setQueryData<IncidentDetail>(
      keys.incident(incident),
      (detail) => detail && mergePart(detail, change),
    );
  };

  const onAlarm = (change: string, alarm: Alarm) => {
    part(alarm.incident, { kind: 'alarm', item: alarm });
    client.setQueryData<Page<Alarm>>(
      keys.openAlarms,
      (page) => page && { ...page, items: mergeAlarm(page.items, alarm) },
    );
    void client.invalidateQueries({ queryKey: keys.device(alarm.device) });
    refreshFigures();
    if (AUDIBLE.has(change)) {
      alarmSound(alarm.priority);
      tell(alarm);
    }
    if (alarm.state === 'closed') refreshHistory(keys.alarmHistory);
  };

  const onIncident = (incident: Incident) => {
    part(incident.id, { kind: 'incident', item: incident });
    client.setQueryData<Page<Incident>>(
      keys.openIncidents,
      (page) => page && { ...page, items: mergeIncident(page.items, incident) },
    );
    refreshFigures();
    if (incident.state !== 'closed') return;
    refreshHistory(keys.incidentHistory);
    // The last line of its timeline comes with the file only.
    void client.invalidateQueries({ queryKey: keys.incident(incident.id) });
  };

  /** A history is fetched again only while it shows its first page: nobody's place in a long list is lost. */
  const refreshHistory = (key: readonly unknown[]) => {
    const pages = client.getQueryData<InfiniteData<unknown>>(key)?.pages.length ?? 0;
    if (pages <= 1) void client.invalidateQueries({ queryKey: key });
  };

  const onDevices = (changes: Map<string, DeviceState>) => {
    const devices = client.getQueryData<MapDevices>(keys.mapDevices);
    if (!devices) return;
    const merged = mergeDevices(devices, changes);
    client.setQueryData(keys.mapDevices, merged.devices);
    if (merged.unknown) void client.invalidateQueries({ queryKey: keys.mapDevices });
    refreshFigures();
  };

  const one = (message: LiveMessage, states: Map<string, DeviceState>) => {
    switch (message.type) {
      case 'alarm':
        return onAlarm(message.change, message.alarm);
      case 'incident':
        return onIncident(message.incident);
      case 'timeline':
        return part(message.entry.incident ?? message.incident, {
          kind: 'line',
          item: message.entry,
        });
      case 'notice':
        return part(message.notice.incident, { kind: 'notice', item: message.notice });
      case 'run':
        return part(message.run.incident, { kind: 'run', item: message.run });
      case 'command': {
        client.setQueryData<Command[]>(
          keys.commands,
          (list) => list && mergeCommand(list, message.command),
        );
        const incident = incidentOfCommand(client, message.command.run);
        return part(incident, { kind: 'command', item: message.command });
      }
      case 'program':
        void client.invalidateQueries({ queryKey: keys.programs });
        return;
      case 'device':
        states.set(message.key, message.state);
        return;
      case 'danger': {
        const { incident } = message.danger;
        void client.invalidateQueries({ queryKey: dangerKeys.danger(incident) });
        void client.invalidateQueries({ queryKey: dangerKeys.response(incident) });
        return;
      }
      case 'flood':
        client.setQueryData<Overview>(
          keys.overview,
          (o) => o && { ...o, flood: { on: message.on, alarms: message.alarms } },
        );
        return;
      case 'escalation':
        news.set({
          escalation: { call: message.call, count: (news.get().escalation?.count ?? 0) + 1 },
        });
        return;
      case 'resync':
        refreshAll(client);
        return;
      case 'hello':
      case 'tick':
        return;
    }
  };

  return (messages: LiveMessage[]) => {
    const states = new Map<string, DeviceState>();
    for (const message of messages) one(message, states);
    if (states.size > 0) onDevices(states);
  };
}

/** A command names its run only: the incident is the one whose detail holds that run. */
function incidentOfCommand(client: QueryClient, run: number | null): number | null {
  if (run === null) return null;
  for (const [, detail] of client.getQueriesData<IncidentDetail>({ queryKey: ['incident'] })) {
    if (detail?.runs.some((r) => r.id === run)) return detail.incident.id;
  }
  return null;
}
