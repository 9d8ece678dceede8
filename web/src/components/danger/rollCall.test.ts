import { describe, expect, it } from 'vitest';
import type { Notice } from '../../api/types';
import { detail, notice } from '../../test/samples';
import { countStands, households, percent, rollOf, toldPeople } from './rollCall';

const of = (id: number, state: Notice['state'], over: Partial<Notice> = {}) =>
  notice({ id, state, party: 'person', recipient: id, action: 'leave', place: '', ...over });

describe('the roll-call', () => {
  it('calls people who were told to protect themselves, and nobody else', () => {
    const all = [
      of(1, 'sent'),
      of(2, 'sent', { action: 'shelter' }),
      of(3, 'sent', { action: 'inform' }),
      of(4, 'sent', { party: 'post' }),
    ];
    expect(toldPeople(all).map(({ id }) => id)).toEqual([1, 2]);
    // Told to stay in, then to leave: one person, who has to answer again.
    const twice = [
      of(5, 'acknowledged', { recipient: 9, action: 'shelter' }),
      of(6, 'sent', { recipient: 9 }),
    ];
    expect(toldPeople(twice).map(({ id }) => id)).toEqual([6]);
  });

  it('takes nobody for safe who has only read', () => {
    const states = ['read', 'delivered', 'visiting', 'acknowledged', 'visited'] as const;
    const counts = countStands(states.map((state, id) => of(id, state)));
    expect(counts).toEqual({ help: 0, missing: 0, waiting: 3, safe: 2 });
  });

  it('puts people of one place together, and those without a place each by themselves', () => {
    const found = households([
      of(1, 'acknowledged', { place: 'block 7 302' }),
      of(2, 'needs-help', { place: 'block 7 302' }),
      of(3, 'sent'),
      of(4, 'sent', { needs: ['wheelchair'] }),
      of(5, 'visited', { place: 'block 9' }),
      of(6, 'unreachable', { place: 'block 8' }),
    ]);
    expect(found.map(({ stand, notices }) => [stand, ...notices.map(({ id }) => id)])).toEqual([
      ['help', 2, 1],
      ['missing', 6],
      ['waiting', 4],
      ['waiting', 3],
      ['safe', 5],
    ]);
  });

  it('says all only when it is all, and none only when it is none', () => {
    expect([
      percent(0, 0),
      percent(999, 1000),
      percent(1, 1000),
      percent(2, 4),
      percent(4, 4),
    ]).toEqual([0, 99, 1, 50, 100]);
  });
});

describe('the figures', () => {
  it('are those of the server where the list does not tell of everybody', () => {
    const roll = { told: 9000, safe: 8990, help: 1, missing: 2, waiting: 7 };
    const { told, ...counts } = roll;
    expect(rollOf(detail({ roll, notices_hidden: true }))).toEqual({ told, counts });
    const some = [notice({ id: 1, state: 'acknowledged' })];
    expect(rollOf(detail({ roll, notices: some, notices_truncated: true })).told).toBe(9000);
    expect(rollOf(detail({ roll, notices: some })).told).toBe(1);
  });
});
