// The console against the description that the server publishes: every route that is asked for exists, and every member that
// is read is there. What the console calls by another name stands in NAMES.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BETTER, WAYS_DEFECTS } from './danger';

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  allOf?: Schema[];
  $ref?: string;
}
interface OpenApi {
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, Schema> };
}
const api = JSON.parse(
  readFileSync(join(process.cwd(), '../docs/openapi.json'), 'utf8'),
) as OpenApi;

function files(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return files(path);
    return /(?<!\.test)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

/** `/runs/{}/hold`: any value between slashes is the same. */
const shape = (path: string) => path.replace(/\$?\{[^}]*\}/g, '{}');
const served = new Set(Object.keys(api.paths).map((path) => shape(path.replace(/^\/api\/v1/, ''))));

/** Whether a path of the console, whose last part may be chosen at run time, is one that is served. */
function isServed(path: string): boolean {
  const wanted = shape(path).split('/');
  return [...served].some((one) => {
    const parts = one.split('/');
    return (
      parts.length === wanted.length &&
      parts.every((part, i) => part === wanted[i] || wanted[i] === '{}')
    );
  });
}

/** Files whose interfaces have the names of the server's. */
const SHAPES = ['types.ts', 'danger.ts', 'plan.ts', 'dispatch.ts', 'forecasts.ts'];

/** Interfaces that the server describes under another name. */
const NAMES: Record<string, string> = {
  DeviceRow: 'Device',
  PointInfo: 'Point',
  Limit: 'LimitLine',
  IncidentDetail: 'IncidentFile',
};

/** Members of a schema, those that it takes from others included. */
function members(schema: Schema | undefined): Set<string> {
  const found = new Set(Object.keys(schema?.properties ?? {}));
  const ref = schema?.$ref?.split('/').pop();
  for (const part of [...(schema?.allOf ?? []), ...(ref ? [api.components.schemas[ref]] : [])]) {
    for (const name of members(part)) found.add(name);
  }
  return found;
}

/** What lives hang on: of these the console reads all that is told. */
const WHOLE = [
  'BlockView',
  'TripView',
  'StayView',
  'EscapeView',
  'LeftView',
  'ShelterView',
  'DefectView',
];

/** Words that a member may be, as its description names them. */
const wordsOf = (schema: string, member: string) =>
  [
    ...(api.components.schemas[schema]?.properties?.[member]?.description ?? '').matchAll(
      /`([a-z-]+)`/g,
    ),
  ].map(([, word]) => word);

/** Interfaces of the console with the names of their members. */
function interfaces(): [name: string, members: string[]][] {
  const text = SHAPES.map((file) =>
    readFileSync(join(process.cwd(), 'src/api', file), 'utf8'),
  ).join('\n');
  return [...text.matchAll(/export interface (\w+)[^{]*\{\n([\s\S]*?)\n\}/g)].map(
    ([, name = '', body = '']) => [
      name,
      [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, member = '']) => member),
    ],
  );
}

describe('the console', () => {
  it('asks only for routes that are served', () => {
    const missing: string[] = [];
    for (const path of files(join(process.cwd(), 'src'))) {
      const text = readFileSync(path, 'utf8');
      for (const [, route] of text.matchAll(
        /\b(?:get|post|put|patch|del)(?:<[^(]*>)?\(\s*[`'](\/[^`'?]*)[`']/g,
      )) {
        if (route && !isServed(route)) missing.push(`${path}: ${route}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it('reads only members that are told', () => {
    const missing: string[] = [];
    let compared = 0;
    for (const [name, read] of interfaces()) {
      const schema = api.components.schemas[NAMES[name] ?? name];
      if (!schema) continue;
      compared += 1;
      const told = members(schema);
      missing.push(...read.filter((member) => !told.has(member)).map((m) => `${name}.${m}`));
    }
    expect(missing).toEqual([]);
    expect(compared).toBeGreaterThan(15);
  });

  it('reads all that is told of the ways out', () => {
    const read = new Map(interfaces());
    const missing = WHOLE.flatMap((name) =>
      [...members(api.components.schemas[name])]
        .filter((member) => !read.get(name)?.includes(member))
        .map((member) => `${name}.${member}`),
    );
    expect(missing).toEqual([]);
  });

  it('knows every word of the ways out', () => {
    expect([...WAYS_DEFECTS].sort()).toEqual(wordsOf('DefectView', 'what').sort());
    expect([...BETTER].sort()).toEqual(wordsOf('StayView', 'better').sort());
  });
});
