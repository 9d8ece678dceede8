import { describe, expect, it } from 'vitest';
import type { PlanLine } from '../../api/danger';
import type { PlanView } from '../../api/plan';
import { asShown, changesOf, contentOf, lastIn, nextNumber, stepOf } from './plan';

const both = (words: string) => ({ zh: words, en: words });
const line = (id: string, over: Partial<PlanLine> = {}): PlanLine => ({
  id,
  section: 'action',
  priority: 10,
  protective: false,
  text: both(id),
  who: both('fire brigade'),
  deadline: { within_min: 30, due: null },
  rule: 'r',
  clause: null,
  facts: [],
  missing: [],
  ...over,
});
const view = (over: Partial<PlanView> = {}): PlanView => ({
  begun: true,
  at: 0,
  title: both('plan'),
  level: 'II',
  lines: [asShown(line('a'))],
  conflicts: 0,
  changes: { level: null, option: null, added: [], removed: [], changed: [] },
  second_person: true,
  asked_by: null,
  versions: [],
  ...over,
});

describe('the next step of a plan', () => {
  const check = (over: Partial<PlanView>, account: string, step: string) =>
    expect(stepOf(view(over), account)).toBe(step);
  it('is to begin it, then to decide what is in conflict', () => {
    check({ begun: false }, 'a', 'begin');
    check({ conflicts: 1, asked_by: 'b' }, 'a', 'conflicts');
  });
  it('takes two where a second person is needed', () => {
    check({}, 'a', 'ask');
    check({ asked_by: 'a' }, 'a', 'wait');
    check({ asked_by: 'a' }, 'b', 'approve');
    check({ second_person: false }, 'a', 'issue');
  });
  it('is not to approve what one has edited', () => {
    const edited = { ...asShown(line('a')), edited: ['b', 5] as [string, number] };
    check({ asked_by: 'a', lines: [edited] }, 'b', 'wait');
  });
});

describe('a plan', () => {
  it('counts what is other', () => {
    const added = [{ line: line('b'), why: [] }];
    expect(changesOf(view().changes)).toBe(0);
    expect(changesOf({ ...view().changes, level: ['II', 'I'], added })).toBe(2);
  });
  it('numbers versions, and puts a new line last in its section', () => {
    const head = { at: 0, level: '', asked_by: '', approved_by: '', summary: '' };
    expect(nextNumber(view())).toBe(1);
    expect(nextNumber(view({ versions: [{ ...head, number: 3 }] }))).toBe(4);
    expect(lastIn(view().lines, 'action')).toBe(11);
    expect(lastIn(view().lines, 'end')).toBe(1);
  });
  it('hands out of a line what people can change', () => {
    expect(contentOf(line('a'))).toEqual({
      text: both('a'),
      who: both('fire brigade'),
      within_min: 30,
    });
    expect(contentOf(line('a', { deadline: null })).within_min).toBeNull();
  });
});
