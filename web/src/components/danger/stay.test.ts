import { describe, expect, it } from 'vitest';
import type { StayView, TripView } from '../../api/danger';
import { loadOf, roughly, stayWords, timesOf, tripsInOrder } from './stay';

const STAY: StayView = {
  better: 'stay',
  times: 4.386,
  stay_peak_ppm: 12.4,
  leave_peak_ppm: 301,
  stay_load: 4.0e6,
  leave_load: 17.6e6,
  over_min: 40.2,
};

describe('stay or leave', () => {
  it('says what is better, how high it gets, when it is over', () => {
    expect(stayWords(STAY)).toEqual({
      verdict: { id: 'stay.stay', times: '4.4' },
      peaks: { inside: '12', leaving: '300' },
      over: { id: 'stay.over', minutes: 40.2 },
    });
  });
  it('has no number of times where one of them lets in nothing, or both are too close to tell', () => {
    expect(stayWords({ ...STAY, better: 'leave', times: null }).verdict.id).toBe('stay.leaveOnly');
    expect(stayWords({ ...STAY, better: 'even', times: 1.2 }).verdict.id).toBe('stay.even');
    expect(stayWords({ ...STAY, better: 'even', times: null }).verdict.id).toBe('stay.even');
  });
  it('does not promise an end that nobody has looked for', () => {
    expect(stayWords({ ...STAY, over_min: 240 }).over.id).toBe('stay.notOver');
  });
  it('tells figures no more exactly than they are known', () => {
    expect([0, Number.NaN, 0.004, 0.123, 3.4, 12.4, 2540.9].map(roughly)).toEqual([
      '0',
      '0',
      '< 0.01',
      '0.1',
      '3',
      '12',
      '2500',
    ]);
    expect([1.11, 9.05, 12.3, 4e6].map(timesOf)).toEqual(['1.1', '9.1', '12', '> 100']);
    expect([0, 40, 17_620_286].map(loadOf)).toEqual(['0', '40', '1.8×10⁷']);
  });
});

describe('trips', () => {
  it('stand in the order in which they are there', () => {
    const trip = (key: string, there_min: number): TripView => ({
      kind: 'vehicle',
      key,
      name: '',
      shelter: 'n',
      people: 1,
      lifted: true,
      there_min,
      arrive_min: there_min + 9,
    });
    const order = tripsInOrder([trip('b', 30), trip('a', 12)]).map(({ key }) => key);
    expect(order).toEqual(['a', 'b']);
  });
});
