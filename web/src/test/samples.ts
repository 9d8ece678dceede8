// Things as the server tells them, for tests.
import type { Alarm, Incident, IncidentDetail, MapDevices, Notice } from '../api/types';

const both = (words: string) => ({ zh: words, en: words });

export function alarm(over: Partial<Alarm> = {}): Alarm {
  return {
    id: 1,
    rule: 'gas/ch4-high',
    rule_name: both('gas'),
    device: 'gas-1',
    point: 'ch4',
    state: 'unacknowledged',
    active: true,
    level: 0,
    priority: 'high',
    since: 0,
    raised: 0,
    changed: 0,
    value: 21.5,
    peak: 21.5,
    unit: '%LEL',
    readings: [],
    place: { device: 'gas-1', place: 'block 7', person: '', contact: '', picture: '', area: 0 },
    missing: [],
    by: null,
    reason: '',
    until: null,
    escalated: 0,
    chattering: false,
    incident: null,
    drill: false,
    advice: both(''),
    ...over,
  };
}

export function incident(over: Partial<Incident> = {}): Incident {
  return {
    id: 1,
    kind: 'gas-leak',
    code: '',
    name: both('leak'),
    place: 'block 7',
    area: 640104000,
    position: { lon: 106.2, lat: 38.4 },
    state: 'open',
    grade: null,
    opened: 0,
    changed: 0,
    alarms: [],
    active: 0,
    calls: 0,
    taken_by: null,
    escalated: 0,
    zones: [],
    all_clear: false,
    reason: '',
    drill: false,
    ...over,
  };
}

export function detail(over: Partial<IncidentDetail> = {}): IncidentDetail {
  return {
    incident: incident(),
    timeline: [],
    alarms: [],
    runs: [],
    commands: [],
    notices: [],
    notices_hidden: false,
    notices_truncated: false,
    roll: { told: 0, safe: 0, help: 0, missing: 0, waiting: 0 },
    warnings: [],
    ...over,
  };
}

export function notice(over: Partial<Notice> = {}): Notice {
  return {
    id: 1,
    incident: 1,
    party: 'person',
    recipient: 1,
    name: 'Ma',
    address: '',
    place: '1-302',
    needs: [],
    action: 'leave',
    text: both('leave'),
    channel: 'sms',
    state: 'targeted',
    created: 0,
    changed: 0,
    receipts: [],
    visitor: '',
    drill: false,
    ...over,
  };
}

export const mapDevices = (): MapDevices => ({
  ids: [1, 2, 3],
  keys: ['a', 'b', 'c'],
  lon: [106, 106.1, 106.2],
  lat: [38, 38.1, 38.2],
  state: ['normal', 'offline', 'alarm'],
  profile: [0, 0, 0],
  profiles: ['p'],
});
