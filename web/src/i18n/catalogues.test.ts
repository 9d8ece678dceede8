import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BETTER, FACT_SOURCES, WAYS_DEFECTS } from '../api/danger';
import {
  DISPATCH_CHANGES,
  DISPATCH_REFUSALS,
  DISPATCH_STALE,
  DISPATCH_WARNINGS,
  DISPATCH_WHYS,
} from '../api/dispatch';
import { ORDER_STAGES, ORDER_STEPS, READINESS } from '../api/forces';
import { MEANS, PLACE_RESULTS } from '../api/observed';
import { STOCK_STAGES, STOCK_STEPS } from '../api/stock';
import {
  ALARM_STATES,
  CHANNELS,
  COMMAND_STATES,
  DEVICE_STATES,
  NOTICE_STATES,
  PRIORITIES,
  PROTECTIVES,
  ROLES,
  RUN_STATES,
  STEP_STATES,
} from '../api/types';
import { STANDS } from '../components/danger/rollCall';
import { PAGES } from '../lib/route';
import en from './en.json';
import zh from './zh.json';

const catalogue: Record<string, string> = zh;

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /(?<!\.test)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

describe('the catalogues', () => {
  it('have the same keys', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  });

  it('fill in the same values', () => {
    const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort();
    for (const [key, text] of Object.entries(en)) {
      expect(holes(text), key).toEqual(holes(catalogue[key] ?? ''));
    }
  });

  it('hold every id that a source file asks for', () => {
    const missing: string[] = [];
    for (const path of sources(join(process.cwd(), 'src'))) {
      for (const match of readFileSync(path, 'utf8').matchAll(/\bt\(\s*'([^']+)'/g)) {
        if (match[1] && !(match[1] in catalogue)) missing.push(`${path}: ${match[1]}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it('name every state', () => {
    const check = (prefix: string, words: readonly string[]) => {
      for (const word of words) expect(catalogue, word).toHaveProperty([`${prefix}.${word}`]);
    };
    check('state', DEVICE_STATES);
    check('priority', PRIORITIES);
    check('alarmState', ALARM_STATES);
    check('notice', NOTICE_STATES);
    check('channel', CHANNELS);
    check('stock.stage', STOCK_STAGES);
    check('stock.step', STOCK_STEPS);
    check('stock.what', STOCK_STEPS);
    check('force.stage', ORDER_STAGES);
    check('force.step', ORDER_STEPS);
    check('force.ready', READINESS);
    check('roll', STANDS);
    check('ways.defect', WAYS_DEFECTS);
    check('stay', BETTER);
    check('danger.source', FACT_SOURCES);
    check('observed.means', MEANS);
    check('observed.result', PLACE_RESULTS);
    check('dispatch.why', DISPATCH_WHYS);
    check('dispatch.change', DISPATCH_CHANGES);
    check('dispatch.warning', DISPATCH_WARNINGS);
    check('dispatch.stale', DISPATCH_STALE);
    check('dispatch.refused', DISPATCH_REFUSALS);
    check('protective', PROTECTIVES);
    check('runState', RUN_STATES);
    check('stepState', STEP_STATES);
    check('commandState', COMMAND_STATES);
    check('role', ROLES);
    check('page', PAGES);
  });
});

describe('source files', () => {
  it('hold no Chinese words of their own', () => {
    const found = sources(join(process.cwd(), 'src')).filter((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .some(
          (line) => /['"`>][^'"`]*[\u4e00-\u9fff]/.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line),
        ),
    );
    expect(found).toEqual([]);
  });
});
