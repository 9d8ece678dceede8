import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import en from '../../i18n/en.json';
import zh from '../../i18n/zh.json';
import { levelWords } from './levels';

const packs = join(process.cwd(), '../packs');
const text = readdirSync(packs, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.toml'))
  .map((path) => readFileSync(join(packs, path), 'utf8'))
  .join('\n');
/** Levels that zones of a policy follow. */
const ASKED = [...text.matchAll(/\blevel = \{ level = "([^"]+)"/g)].map(([, key = '']) => key);

/** What models call their levels beside those. */
const MADE = [
  ['aegl-1', 'erpg-3', 'idlh', 'gbz-mac', 'gbz-stel', 'gbz-3-twa', 'oxygen-19.5', 'lel-50'],
  ['ppm-1', 'isolation', 'erg-protective', 'burnt-1440-min', '37.5-kw-m2', '6.9-kpa'],
  ['domino-atmospheric', 'domino-pressurised', 'domino-slender', 'depth-0-m', 'depth-1.5-m'],
  ['intensity-7', '0.2-g', 'blind-zone', 'leave', 'shelter', 'stay-away'],
].flat();

describe('a level', () => {
  it('has words in both languages, whatever pack asks for it or model makes it', () => {
    expect(ASKED.length).toBeGreaterThan(4);
    for (const key of [...ASKED, ...MADE]) {
      const { id } = levelWords(key);
      expect(zh, key).toHaveProperty([id]);
      expect(en, key).toHaveProperty([id]);
    }
  });
  it('keeps the figure of its key', () => {
    expect(levelWords('burnt-60-min')).toEqual({ id: 'danger.levelName.burnt', n: 60 });
    expect(levelWords('oxygen-19.5').n).toBe(19.5);
    expect(levelWords('erg-protective')).toEqual({ id: 'danger.levelName.erg-protective' });
  });
});
