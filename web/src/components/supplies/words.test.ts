import { describe, expect, it } from 'vitest';
import type { StockAllocation } from '../../api/stock';
import { amount, nextSteps } from './words';

const one = (stage: StockAllocation['stage'], gives: boolean, gets: boolean) =>
  ({ stage, gives, gets }) as StockAllocation;
const duty = { handle: true, supplies: true };
const steward = { handle: false, supplies: true };

describe('steps of an allocation', () => {
  it('are those of the side that a person is on', () => {
    expect(nextSteps(one('asked', false, true), duty)).toEqual(['release']);
    expect(nextSteps(one('asked', true, false), duty)).toEqual(['approve', 'refuse', 'release']);
    expect(nextSteps(one('moving', true, false), duty)).toEqual(['arrive', 'lose']);
    expect(nextSteps(one('moving', false, true), duty)).toEqual(['arrive', 'receive', 'lose']);
  });
  it('are those that a role may do', () => {
    expect(nextSteps(one('reserved', true, true), steward)).toEqual(['load']);
    expect(nextSteps(one('reserved', true, true), { handle: false, supplies: false })).toEqual([]);
    expect(nextSteps(one('done', true, true), duty)).toEqual([]);
  });
});

it('shows amounts as they are', () => {
  expect(amount(1234.5)).toBe('1234.5');
  expect(amount(0.1 + 0.2)).toBe('0.3');
  expect(amount(null)).toBe('–');
});
