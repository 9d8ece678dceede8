// Whether people of a block should rather stay inside, and who fetches the others: the answer as words. Pure.
import type { StayView, TripView } from '../../api/danger';

/** The server looks no farther ahead, minutes. */
const LOOKED_MIN = 240;
/** More than so many times is not told exactly: no model is that sure. */
const MOST_TIMES = 100;

/** Of a figure that a model is right within a factor of two, two digits; whole from one on. */
export function roughly(value: number): string {
  if (!(value > 0)) return '0';
  if (value < 0.01) return '< 0.01';
  return String(
    value < 1 ? Number(value.toPrecision(1)) : Math.round(Number(value.toPrecision(2))),
  );
}

/** How many times, with one digit behind the point where it says something. */
export function timesOf(times: number): string {
  if (times > MOST_TIMES) return `> ${MOST_TIMES}`;
  return times < 10 ? String(Number(times.toFixed(1))) : String(Math.round(times));
}

/** A load as a number times a power of ten: what counts is its size. */
export function loadOf(load: number): string {
  if (!(load > 0)) return '0';
  const power = Math.floor(Math.log10(load));
  return power < 3 ? roughly(load) : `${(load / 10 ** power).toFixed(1)}×10${superscript(power)}`;
}

const superscript = (power: number) =>
  [...String(power)].map((n) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(n)]).join('');

/** Ids and values of the words that tell the comparison: what is better, how high it gets, when the cloud has gone. */
export function stayWords({ better, times, stay_peak_ppm, leave_peak_ppm, over_min }: StayView) {
  const way = better === 'even' || times !== null ? better : (`${better}Only` as const);
  return {
    verdict: { id: `stay.${way}`, times: times === null ? '' : timesOf(times) },
    peaks: { inside: roughly(stay_peak_ppm), leaving: roughly(leave_peak_ppm) },
    over: { id: over_min < LOOKED_MIN ? 'stay.over' : 'stay.notOver', minutes: over_min },
  };
}

/** Trips, the first to be there first. */
export const tripsInOrder = (trips: readonly TripView[]) =>
  [...trips].sort((a, b) => a.there_min - b.there_min || a.arrive_min - b.arrive_min);
