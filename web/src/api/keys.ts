// Names of what is cached, in one place, so that queries and live patches mean the same thing.

export const keys = {
  session: ['session'] as const,
  overview: ['overview'] as const,
  areas: ['areas'] as const,
  mapDevices: ['map-devices'] as const,
  openAlarms: ['alarms', 'open'] as const,
  alarmHistory: ['alarms', 'history'] as const,
  openIncidents: ['incidents', 'open'] as const,
  incidentHistory: ['incidents', 'history'] as const,
  incident: (id: number) => ['incident', id] as const,
  devices: (filter: object) => ['devices', filter] as const,
  device: (key: string) => ['device', key] as const,
  readings: (key: string, point: string, hours: number) => ['readings', key, point, hours] as const,
  /** Commands that are not over. */
  commands: ['commands'] as const,
  profiles: ['profiles'] as const,
  programs: ['programs'] as const,
  drills: ['drills'] as const,
  audit: ['audit'] as const,
  refusals: ['refusals'] as const,
  accounts: ['accounts'] as const,
};

/** Everything that the live connection keeps fresh; fetched anew after a gap. */
export const liveKeys = [
  keys.overview,
  keys.mapDevices,
  ['alarms'],
  ['incidents'],
  ['incident'],
  ['device'],
  keys.commands,
  keys.drills,
  ['danger'],
  ['response'],
  ['closures'],
  ['observed'],
  ['dispatch'],
] as const;
