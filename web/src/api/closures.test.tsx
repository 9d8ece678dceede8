import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useClosures } from './danger';

const until = new Map<number, number>();
vi.mock('./client', async (real) => ({
  ...(await real<typeof import('./client')>()),
  get: async () => [...until].map(([id, end]) => ({ id, until: end })),
}));

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('drops a closure when it ends, and hears of those that others made', async () => {
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const now = Date.now();
  until.set(1, now + 15_000);
  const { result, unmount } = renderHook(() => useClosures(), { wrapper });
  const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
  const ids = () => result.current.map(({ id }) => id);
  await pass(10);
  expect(ids()).toEqual([1]);
  until.set(2, now + 3_600_000);
  await pass(21_000);
  expect(ids()).toEqual([]);
  await pass(10_000);
  expect(ids()).toEqual([2]);
  unmount();
});
