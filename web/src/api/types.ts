// The shapes of the Console API (/api/v1). Times are milliseconds UTC, ids are numbers, keys are names.

export interface Text {
  zh: string;
  en: string;
}
export interface Position {
  lon: number;
  lat: number;
}
export interface Actor {
  account: string;
  name: string;
}
export interface Page<T> {
  items: T[];
  next: string | number | null;
}

export type Role = 'admin' | 'duty' | 'engineer' | 'steward' | 'auditor' | 'viewer' | 'simulator';
export const ROLES: Role[] = [
  'admin',
  'duty',
  'engineer',
  'steward',
  'auditor',
  'viewer',
  'simulator',
];

export interface Session {
  account: string;
  name: string;
  role: Role;
  area: number;
  language: string;
  /** The password was given by somebody else: nothing works before it is changed. */
  must_change?: boolean;
}

export type DeviceState = 'alarm' | 'fault' | 'offline' | 'maintenance' | 'normal' | 'unknown';
/** Worst first: the order that colours a cluster. */
export const DEVICE_STATES: DeviceState[] = [
  'alarm',
  'fault',
  'offline',
  'maintenance',
  'normal',
  'unknown',
];

export type Priority = 'critical' | 'high' | 'medium' | 'low';
/** Worst first. */
export const PRIORITIES: Priority[] = ['critical', 'high', 'medium', 'low'];

export interface Overview {
  now: number;
  devices: Record<DeviceState, number>;
  alarms: Record<Priority, number> & {
    unacknowledged: number;
    shelved: number;
    chattering: number;
  };
  incidents: { open: number; taken: number };
  flood: { on: boolean; alarms: number };
  refusals_last_hour: number;
  version: string;
}

export interface AreaProperties {
  code: number;
  name: string;
  name_en: string;
  city?: string;
}
export type Areas = GeoJSON.FeatureCollection<
  GeoJSON.MultiPolygon | GeoJSON.Polygon,
  AreaProperties
>;

/** All devices as columns: row i of each belongs together. */
export interface MapDevices {
  ids: number[];
  keys: string[];
  lon: number[];
  lat: number[];
  state: DeviceState[];
  profile: number[];
  profiles: string[];
}

export interface DeviceRow {
  key: string;
  name: string;
  profile: string;
  profile_name: Text;
  area: number;
  facility: string;
  facility_name: string;
  room: string;
  floor: number;
  position: Position;
  state: DeviceState;
  drill: boolean;
  last_at: number | null;
}
export type Quality = 'good' | 'uncertain' | 'bad';
export interface Limit {
  value: number;
  side: 'high' | 'low';
  priority: Priority;
}
export interface PointInfo {
  name: string;
  label: Text;
  unit: string;
  min: number;
  max: number;
  states: [number, Text][];
  latest: { at: number; value: number; quality: Quality } | null;
  rules: string[];
  limits?: Limit[];
}
export interface CommandKind {
  name: string;
  label: Text;
  argument: [number, number] | null;
  irreversible: boolean;
}
/** A kind of device: the words for what programs and commands name by key. */
export interface Profile {
  key: string;
  name: Text;
  points: PointKind[];
  commands: CommandKind[];
}
export interface PointKind {
  name: string;
  label: Text;
  unit: string;
  states: [number, Text][];
}
export interface DeviceDetail extends DeviceRow {
  post: { name: string; person: string; phone: string } | null;
  camera: string;
  attributes: Record<string, string>;
  maintenance_until: number | null;
  out_of_service?: boolean;
  points: PointInfo[];
  commands: CommandKind[];
  alarms: Alarm[];
}
export type ReadingRow = [at: number, value: number, quality: Quality];

export type AlarmState =
  | 'unacknowledged'
  | 'acknowledged'
  | 'returned-unacknowledged'
  | 'latched'
  | 'shelved'
  | 'suppressed'
  | 'out-of-service'
  | 'closed';
export const ALARM_STATES: AlarmState[] = [
  'unacknowledged',
  'acknowledged',
  'returned-unacknowledged',
  'latched',
  'shelved',
  'suppressed',
  'out-of-service',
  'closed',
];
export type PlaceItem = 'place' | 'person' | 'contact' | 'picture';
export interface AlarmPlace {
  device: string;
  place: string;
  person: string;
  contact: string;
  picture: string;
  area: number;
}
export interface Alarm {
  id: number;
  rule: string;
  rule_name: Text;
  device: string;
  point: string;
  state: AlarmState;
  active: boolean;
  level: number;
  priority: Priority;
  since: number;
  raised: number;
  changed: number;
  value: number;
  peak: number;
  unit: string;
  readings: ReadingRow[];
  place: AlarmPlace;
  missing: PlaceItem[];
  by: Actor | null;
  reason: string;
  until: number | null;
  escalated: number;
  chattering: boolean;
  incident: number | null;
  drill: boolean;
  advice: Text;
}

export type Protective = 'leave' | 'shelter' | 'stay-away' | 'task' | 'inform' | 'all-clear';
export const PROTECTIVES: Protective[] = [
  'leave',
  'shelter',
  'stay-away',
  'task',
  'inform',
  'all-clear',
];
/** How a zone is drawn up; the first three have no outline of their own and are given as the point of the incident. */
export type ZoneShape = 'room' | 'stair' | 'facility' | 'radius' | 'polygon';
export interface ZoneProperties {
  name: Text;
  action: Protective;
  shape?: ZoneShape;
}
export type Zone = GeoJSON.Feature<GeoJSON.Geometry | null, ZoneProperties>;
export type IncidentState = 'open' | 'taken' | 'closed';
export interface Incident {
  id: number;
  kind: string;
  code: string;
  name: Text;
  place: string;
  area: number;
  position: Position | null;
  state: IncidentState;
  grade: number | null;
  opened: number;
  changed: number;
  alarms: number[];
  active: number;
  calls: number;
  taken_by: Actor | null;
  escalated: number;
  zones: Zone[];
  all_clear: boolean;
  clear_asked?: Actor | null;
  /** Who said at the place that everybody has left. */
  evacuated?: Actor | null;
  reason: string;
  drill: boolean;
}
export type TimelineSource =
  | 'alarm'
  | 'run'
  | 'command'
  | 'notice'
  | 'warning'
  | 'call'
  | 'person'
  | 'platform';
export interface TimelineEntry {
  incident?: number;
  line: number;
  at: number;
  happened: number;
  source: TimelineSource;
  ref: number | null;
  text: Text;
  by: Actor | null;
}

export type StepState =
  | 'waiting'
  | 'proved'
  | 'already'
  | 'skipped'
  | 'interlocked'
  | 'failed'
  | 'no-target';
export const STEP_STATES: StepState[] = [
  'waiting',
  'proved',
  'already',
  'skipped',
  'interlocked',
  'failed',
  'no-target',
];
export interface StepResult {
  step: number;
  name: Text;
  state: StepState;
  at: number;
  tries: number;
  commands: number[];
  why: Text;
  proof: ReadingRow | null;
}
export type RunState = 'running' | 'held' | 'taken-over' | 'done' | 'failed';
export const RUN_STATES: RunState[] = ['running', 'held', 'taken-over', 'done', 'failed'];
export interface Run {
  id: number;
  program: string;
  version: number;
  name: Text;
  alarm: number;
  incident: number | null;
  device: string;
  state: RunState;
  step: number;
  results: StepResult[];
  started: number;
  changed: number;
  by: Actor | null;
  reason: string;
  drill: boolean;
}

export type CommandState =
  | 'waiting'
  | 'issued'
  | 'received'
  | 'done'
  | 'refused'
  | 'failed'
  | 'expired'
  | 'withdrawn';
export const COMMAND_STATES: CommandState[] = [
  'waiting',
  'issued',
  'received',
  'done',
  'refused',
  'failed',
  'expired',
  'withdrawn',
];
export interface Command {
  id: number;
  device: string;
  name: string;
  argument: number;
  issued: number;
  expires: number;
  state: CommandState;
  run: number | null;
  by: Actor | null;
  second: Actor | null;
  reason: string;
  drill: boolean;
}

export type NoticeState =
  | 'targeted'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'acknowledged'
  | 'needs-help'
  | 'failed'
  | 'visiting'
  | 'visited'
  | 'unreachable';
export const NOTICE_STATES: NoticeState[] = [
  'targeted',
  'sent',
  'delivered',
  'read',
  'acknowledged',
  'needs-help',
  'failed',
  'visiting',
  'visited',
  'unreachable',
];
export type Channel = 'screen' | 'sms' | 'webhook' | 'loudspeaker' | 'cap' | 'visit';
export const CHANNELS: Channel[] = ['screen', 'sms', 'webhook', 'loudspeaker', 'cap', 'visit'];
export interface Receipt {
  at: number;
  channel: Channel;
  state: NoticeState;
  detail: string;
  by: Actor | null;
}
export interface Notice {
  id: number;
  incident: number;
  party: string;
  recipient: number;
  name: string;
  address: string;
  place: string;
  needs: string[];
  action: Protective;
  text: Text;
  channel: Channel | null;
  state: NoticeState;
  created: number;
  changed: number;
  receipts: Receipt[];
  visitor: string;
  drill: boolean;
}
export interface Warning {
  incident: number;
  sequence: number;
  cancel: boolean;
  sent: number;
  expires: number;
  headline: Text;
  instruction: Text;
  place: string;
  /** Where the published document lies; none for a drill. */
  document?: string | null;
  drill: boolean;
}
/** How many were told to leave or to stay in, each by the newest notice, and how they are. */
export interface Roll {
  told: number;
  safe: number;
  help: number;
  missing: number;
  waiting: number;
}

export interface IncidentDetail {
  incident: Incident;
  timeline: TimelineEntry[];
  alarms: Alarm[];
  runs: Run[];
  commands: Command[];
  notices: Notice[];
  /** Whether the list is kept from whoever asks: then only `roll` tells of people. */
  notices_hidden: boolean;
  /** Whether there are more than the list holds. */
  notices_truncated: boolean;
  roll: Roll;
  warnings: Warning[];
}

/** Whether the list of notices tells of everybody. */
export const noticesWhole = ({ notices_hidden, notices_truncated }: IncidentDetail) =>
  !notices_hidden && !notices_truncated;

export interface Escalation {
  role: string;
  person: string;
  phone: string;
  alarm: number | null;
  incident: number | null;
  run: number | null;
  at: number;
  drill: boolean;
}

export type ProgramStatus = 'draft' | 'tried' | 'live' | 'retired';
export interface Program {
  key: string;
  version: number;
  name: Text;
  status: ProgramStatus;
  from_level: number;
  steps: ProgramStep[];
  author: Actor;
  dry_run: { by: Actor; at: number; readings: number; runs: number } | null;
  signed_by: Actor | null;
}
/** As the kernel writes it: closed choices are a word or an object with the word as its only member. */
export interface ProgramStep {
  name: Text;
  target: { profile: string; within: Within };
  command: string;
  argument: number;
  conditions: Check[];
  interlocks: { check: Check; why: Text }[];
  proof: { profile: string; point: string; compare: Compare; value: number } | null;
  time_limit: number;
  retries: number;
  otherwise: 'Continue' | { Jump: number } | { Call: string };
}
export type Within = 'Room' | 'Facility' | { Metres: number };
export type Compare = 'Below' | 'AtMost' | 'Equal' | 'AtLeast' | 'Above';
export type Check =
  | {
      Value: {
        profile: string;
        within: Within;
        point: string;
        compare: Compare;
        value: number;
        max_age: number;
        unknown: boolean;
      };
    }
  | { Attribute: { name: string; value: string } }
  | { Level: number }
  | { Any: Check[] };
export interface DryRunResult {
  readings: number;
  runs: number;
  problems: string[];
}

export interface Drills {
  scenarios: { key: string; name: Text; description: Text; minutes: number }[];
  running: RunningDrill[];
  ended?: EndedDrill[];
  /** Whether this server can play drills at all. */
  available?: boolean;
}
export interface RunningDrill {
  key: string;
  started: number;
  by: string;
  speed?: number;
  /** Last lines that the simulator said. */
  output?: string[];
}
export interface EndedDrill extends RunningDrill {
  ended: number;
  outcome: string;
  report?: DrillReport | null;
}
/** Each measure of a scenario with what came of it. */
export interface DrillReport {
  ok: boolean;
  measures: {
    what: string;
    of?: string;
    name: Text;
    value: number | null;
    unit: string;
    target: string;
    holds: boolean;
  }[];
}

export interface AuditRow {
  seq: number;
  at: number;
  entries: { who: string; what: string; object: string; detail?: string; done?: boolean }[];
  link: string;
}
export interface AuditVerdict {
  ok: boolean;
  rows: number;
  head: string;
  broken_at?: number | null;
}
export interface RefusalRow {
  sender: string;
  reason: string;
  count: number;
  last_at: number;
  sample: string;
}
export interface Account {
  account: string;
  name: string;
  role: Role;
  area: number;
  language?: string;
  disabled?: boolean;
  must_change?: boolean;
  locked_until?: number | null;
}

export type LiveMessage =
  | { type: 'hello'; now: number }
  | { type: 'tick'; now: number }
  | { type: 'resync' }
  | { type: 'alarm'; change: string; alarm: Alarm }
  | { type: 'incident'; incident: Incident }
  | { type: 'timeline'; entry: TimelineEntry; incident?: number }
  | { type: 'notice'; notice: Notice }
  | { type: 'run'; run: Run }
  | { type: 'command'; command: Command }
  | { type: 'program'; key: string; version: number; status: ProgramStatus }
  | { type: 'device'; key: string; state: DeviceState; at: number }
  | { type: 'danger'; danger: { incident: number } }
  | { type: 'flood'; on: boolean; alarms: number }
  | { type: 'escalation'; call: Escalation };
