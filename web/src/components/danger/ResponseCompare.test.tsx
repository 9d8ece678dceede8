import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import '../../i18n';
import type { ResponseView } from '../../api/danger';
import type { PlanDiff } from '../../api/plan';
import { ResponseCompare } from './ResponseCompare';

afterEach(cleanup);

const NONE: PlanDiff = { level: null, option: null, added: [], removed: [], changed: [] };
const response = (people: number, changes: PlanDiff | null, over: object = {}) =>
  ({
    at: 0,
    blocks: [{ action: 'leave', people, cleared_min: 9 }],
    shelters: [],
    forces: [],
    cleared_min: 9,
    left: 0,
    defects: [],
    judgement: { level: 'IV' },
    options: { recommended: null, choices: [] },
    supposed: changes && { danger: 'p', closed: 0, opened: 0, changes },
    ...over,
  }) as unknown as ResponseView;
const REST = { busy: false, old: false, onAgain: () => {} };
const words = (id: string) => screen.getByTestId(id).textContent ?? '';

it('says how many more leave, and which line of the draft would be other', () => {
  const changes = { ...NONE, level: ['IV', 'II'] as PlanDiff['level'] };
  const other = response(90, changes, { judgement: { level: 'II' }, left: 3 });
  render(<ResponseCompare now={response(40, null)} other={other} {...REST} />);
  expect(words('more-leave')).toBe('▲ +50');
  expect(words('more-left')).toBe('▲ +3');
  expect(words('compare-response')).toContain('≠');
  expect(words('plan-changes')).toContain('推演草案与现状草案有 1 处不同');
});

it('offers nothing to take into the real plan', () => {
  const other = response(40, { ...NONE, option: [null, 'leave'] });
  render(<ResponseCompare now={response(40, null)} other={other} {...REST} />);
  expect(screen.queryByTestId('plan-take')).toBeNull();
});

it('does not compare what is so with itself', () => {
  render(<ResponseCompare now={response(40, null)} other={response(40, null)} {...REST} />);
  expect(screen.queryByTestId('compare-response')).toBeNull();
  expect(screen.getByTestId('compare-same')).toBeTruthy();
});

it('says when the danger has become another one since', () => {
  const other = response(90, NONE);
  const { rerender } = render(<ResponseCompare now={response(1, null)} other={other} {...REST} />);
  expect(screen.queryByTestId('what-if-old')).toBeNull();
  rerender(<ResponseCompare now={response(1, null)} other={other} {...REST} old />);
  expect(screen.getByTestId('what-if-old')).toBeTruthy();
});

const shown = (a: ResponseView, b: ResponseView) =>
  render(<ResponseCompare now={a} other={b} {...REST} />);
const changeOf = (key: string) =>
  document.querySelector(`[data-row-key="${key}"] td:last-child`)?.textContent;

it('does not take unknown beside unknown for the same', () => {
  const none = { defects: [{ what: 'no-roads', detail: '' }], blocks: [] };
  shown(response(0, null, none), response(0, NONE, none));
  expect(['cleared', 'left', 'first', 'option'].map(changeOf)).toEqual(['–', '–', '–', '–']);
  expect(changeOf('leave')).toBe('=');
});

it('says that a shelter gets full though it gets no more people', () => {
  const shelter = (free: number) => ({ shelters: [{ gets: 40, free }] });
  shown(response(40, null, shelter(90)), response(40, NONE, shelter(40)));
  expect(changeOf('places')).toBe(' ▲ 已满 +1 处');
});

it('says what either side does not count, and praises no figure that is not whole', () => {
  const now = response(90, null);
  const many = { defects: [{ what: 'homes-unknown', detail: '300' }] };
  shown(now, response(40, NONE, many));
  expect(words('more-leave')).toBe('▼ −50');
  expect(screen.getByTestId('more-leave').className).not.toContain('done');
  expect(screen.getByTestId('part-leave')).toBeTruthy();
  expect(words('compare-defects')).toContain('仅推演');
  expect(words('compare-defects')).toContain('300');
  cleanup();
  shown(now, response(40, NONE));
  expect(screen.getByTestId('more-leave').className).toContain('done');
  expect(screen.queryByTestId('compare-defects')).toBeNull();
});
