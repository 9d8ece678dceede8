import { afterEach, beforeEach, expect, it, vi } from 'vitest';

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetModules();
});
afterEach(() => vi.useRealTimers());

it('stops asking when nobody is there, and starts again at the first touch', async () => {
  const { AWAY_MS, onReturn, whileThere } = await import('./active');
  const back = vi.fn();
  const end = onReturn(back);
  const every = whileThere(5000);
  const touch = () => window.dispatchEvent(new Event('pointerdown'));
  vi.advanceTimersByTime(AWAY_MS - 1);
  expect(every()).toBe(5000);
  touch();
  expect(back).not.toHaveBeenCalled();
  vi.advanceTimersByTime(AWAY_MS);
  expect(every()).toBe(false);
  touch();
  expect(every()).toBe(5000);
  touch();
  expect(back).toHaveBeenCalledTimes(1);
  end();
});
