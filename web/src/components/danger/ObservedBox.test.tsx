import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { App } from 'antd';
import { afterEach, expect, it, vi } from 'vitest';
import '../../i18n';
import { post } from '../../api/client';
import type { ObservedList } from '../../api/observed';
import type { Position } from '../../api/types';
import { SessionContext } from '../../app/session';
import { incident } from '../../test/samples';
import { ObservedBox } from './ObservedBox';

const list = vi.hoisted(() => ({ now: { items: [], levels: [] } as unknown as ObservedList }));
vi.mock('../../api/client', async (real) => ({
  ...(await real<typeof import('../../api/client')>()),
  get: async () => list.now,
  post: vi.fn(async () => {}),
}));
afterEach(() => {
  cleanup();
  vi.mocked(post).mockClear();
});

const levels = [{ policy: 'fire', model: 'wildfire', level: 'burnt' }];
const corner = (lon: number, lat: number): Position => ({ lon, lat });
const ring = [corner(106, 38), corner(106.1, 38), corner(106, 38.1)];

function shown(drawn: Position[], role: 'duty' | 'viewer' = 'duty') {
  const me = { account: 'a', name: 'a', role, area: 0, language: 'zh' };
  const onDrawn = vi.fn();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <SessionContext value={me}>
        <App>
          <ObservedBox
            incident={incident({ id: 7 })}
            drawing={false}
            drawn={drawn}
            onDrawing={() => {}}
            onDrawn={onDrawn}
            middle={() => corner(106.5, 38.5)}
          />
        </App>
      </SessionContext>
    </QueryClientProvider>,
  );
  return onDrawn;
}

it('tells the drawn ground with its level, moment and means', async () => {
  list.now = { items: [], levels };
  const onDrawn = shown(ring);
  fireEvent.click(await screen.findByTestId('observed-tell'));
  await waitFor(() => expect(post).toHaveBeenCalled());
  const [path, order] = vi.mocked(post).mock.calls[0] ?? [];
  expect(path).toBe('/incidents/7/observed');
  expect(order).toMatchObject({ policy: 'fire', level: 'burnt', rings: [ring], means: 'drone' });
  expect((order as { at: number }).at).toBeLessThanOrEqual(Date.now());
  await waitFor(() => expect(onDrawn).toHaveBeenCalledWith([]));
});

it('tells of a single place whether it was reached, and takes no ground of two corners', async () => {
  list.now = { items: [], levels };
  shown(ring.slice(0, 2));
  expect((await screen.findByTestId('observed-tell')).hasAttribute('disabled')).toBe(true);
  fireEvent.click(screen.getByText('单个地点'));
  fireEvent.click(await screen.findByTestId('observed-no'));
  await waitFor(() => expect(post).toHaveBeenCalled());
  expect(vi.mocked(post).mock.calls[0]?.[1]).toMatchObject({ place: ring[1], holds: false });
});

it('says how each version lies on what was seen', async () => {
  const pair = {
    forecast: 1,
    observed: 3,
    model: 'wildfire',
    version: 2,
    made: 0,
    after_s: 3600,
    overlap: 0.62,
    missed: 0.1,
    in_vain: 0.25,
    place: null,
    reference: 2,
    reference_value: 0.4,
  };
  const one = {
    id: 3,
    policy: 'fire',
    level: 'burnt',
    at: 0,
    geometry: { type: 'Point' as const, coordinates: [106, 38] },
    holds: null,
    means: 'drone' as const,
    note: '',
    by: 'duty',
    told: 0,
    withdrawn: null,
    judged: [pair, { ...pair, forecast: 2, version: 3, overlap: null, place: 'miss' as const }],
  };
  list.now = { items: [one, { ...one, id: 4, judged: [] }], levels };
  shown([], 'viewer');
  const judged = await screen.findAllByTestId('observed-judged');
  expect(judged.map((row) => row.textContent)).toEqual([
    expect.stringContaining('重合 62%，漏报 10%，空报 25% （保持上次所见：40%）'),
    expect.stringContaining('漏报'),
  ]);
  expect(screen.getByText('没有哪一版预报说到这一时刻')).toBeTruthy();
  expect(screen.queryByTestId('observed-tell')).toBeNull();
  expect(screen.queryByTestId('observed-withdraw')).toBeNull();
});
