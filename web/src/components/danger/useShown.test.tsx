import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { post } from '../../api/client';
import type { Danger, DangerLevel } from '../../api/danger';
import { choiceOf, pickDanger, useShown } from './useShown';

const level = (reach_m: number): DangerLevel => ({
  level: 'burnt-60-min',
  severity: 3,
  threshold: 0,
  unit: 's',
  geometry: { type: 'MultiPolygon', coordinates: [[[[reach_m, 0]]]] },
  reach_m,
  surface_m2: 1,
});
const frames = [0, 600].map((at_s) => ({ at_s, levels: [level(at_s)] }));
/** Of a model that chooses its moments itself: it has no input for them. */
const MODELS = [{ key: 'wildfire-spread', title: ['', ''], fields: [] }];

vi.mock('../../api/client', async (real) => ({
  ...(await real<typeof import('../../api/client')>()),
  get: async () => MODELS,
  post: vi.fn(),
}));

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(post).mockImplementation(async (path, body) =>
    path.endsWith('what-if') ? { frames } : { asked: JSON.stringify(body) },
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.mocked(post).mockReset();
});

const danger = {
  incident: 1,
  policy: 'p',
  version: 1,
  model: 'wildfire-spread',
  source: { lon: 1, lat: 2 },
  inputs: { wind_m_s: 3 },
  levels: [level(9)],
} as unknown as Danger;

function shown() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  const initialProps = { frame: null as number | null, danger };
  return renderHook((props) => useShown(undefined, props.danger, props.frame, null), {
    initialProps,
    wrapper,
  });
}
const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

describe('what is shown', () => {
  it('has moments of a model that takes no number of them', async () => {
    const { result, unmount } = shown();
    expect(result.current.process.pending).toBe(true);
    await pass(50);
    expect(result.current.frames).toHaveLength(2);
    expect(result.current.process.pending).toBe(false);
    const [, what] = vi.mocked(post).mock.calls.find(([path]) => path.endsWith('what-if')) ?? [];
    expect(what).toMatchObject({ inputs: { wind_m_s: 3 } });
    expect(JSON.stringify(what)).not.toContain('frames');
    unmount();
  });

  it('never has people of one moment beside areas of another', async () => {
    const { result, rerender, unmount } = shown();
    await pass(50);
    expect(result.current.insideNow.data).toBeDefined();
    rerender({ frame: 1, danger });
    expect(result.current.levels[0]?.reach_m).toBe(600);
    expect(result.current.insideNow.data).toBeUndefined();
    await pass(600);
    await pass(50);
    expect(JSON.stringify(result.current.insideNow.data)).toContain('600');
    unmount();
  });

  it('says why there are no moments, and keeps those of the version before', async () => {
    const { result, rerender, unmount } = shown();
    await pass(50);
    vi.mocked(post).mockRejectedValue(new Error('down'));
    rerender({ frame: null, danger: { ...danger, version: 2 } });
    expect(result.current.frames).toHaveLength(2);
    expect(result.current.process.pending).toBe(true);
    await pass(50);
    expect(result.current.process.error).toBeTruthy();
    unmount();
  });
});

describe('the danger that was chosen', () => {
  const of = (policy: string, version: number) => ({ policy, version }) as Danger;
  it('is followed from version to version while it is there, and else stays what it was', () => {
    const first = { now: [of('a', 1), of('b', 1)], history: [] };
    const choice = choiceOf(of('b', 1), first);
    const later = { now: [of('a', 1), of('b', 2)], history: [of('b', 1)] };
    expect(pickDanger(later, choice)?.version).toBe(2);
    const before = choiceOf(of('b', 1), later);
    expect(pickDanger(later, before)?.version).toBe(1);
    expect(pickDanger(later, null)?.policy).toBe('a');
  });
});
