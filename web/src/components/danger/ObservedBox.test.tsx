import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { App } from 'antd';
import { useState } from 'react';
import { afterEach, expect, it, vi } from 'vitest';
import '../../i18n';
import { post } from '../../api/client';
import type { ObservedList } from '../../api/observed';
import type { Position } from '../../api/types';
import { SessionContext } from '../../app/session';
import { parseLocal } from '../../lib/time';
import { incident } from '../../test/samples';
import { ObservedBox } from './ObservedBox';

const list = vi.hoisted(() => ({ now: {} as ObservedList }));
vi.mock('../../api/client', async (real) => ({
  ...(await real<typeof import('../../api/client')>()),
  get: async () => list.now,
  post: vi.fn(async () => ({ id: 1, judged: true })),
}));
afterEach(() => {
  cleanup();
  vi.mocked(post).mockClear();
});

const levels = [{ policy: 'fire', model: 'wildfire', level: 'burnt' }];
const corner = (lon: number, lat: number): Position => ({ lon, lat });
const ring = [corner(106, 38), corner(106.1, 38), corner(106, 38.1)];

const me = (role: 'duty' | 'viewer') =>
  ({ account: 'a', name: 'a', role, area: 0, language: 'zh' }) as const;

/** The box with a ring that somebody draws, as the page keeps it. */
function Drawn({ start }: { start: Position[] }) {
  const [drawing, onDrawing] = useState(false);
  const [drawn, onDrawn] = useState<readonly Position[]>(start);
  const middle = () => corner(106.5, 38.5);
  return (
    <>
      <ObservedBox
        incident={incident({ id: 7 })}
        ring={{ drawing, drawn, onDrawing, onDrawn, middle }}
      />
      <output data-testid="drawn">{JSON.stringify(drawn)}</output>
      <button type="button" onClick={() => onDrawn((all) => [...all, corner(1, 2)])}>
        map
      </button>
    </>
  );
}

const shown = (start: Position[], role: 'duty' | 'viewer' = 'duty') =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <SessionContext value={me(role)}>
        <App>
          <Drawn start={start} />
        </App>
      </SessionContext>
    </QueryClientProvider>,
  );
const told = (but: Partial<ObservedList>): ObservedList => ({
  items: [],
  levels,
  judged_left_out: 0,
  ...but,
});
const drawn = () => JSON.parse(screen.getByTestId('drawn').textContent ?? '');
const seenAt = async (value: string) =>
  fireEvent.change(await screen.findByTestId('observed-at'), { target: { value } });

it('tells the drawn ground with its level, moment and means', async () => {
  list.now = told({});
  vi.mocked(post).mockResolvedValueOnce({ id: 1, judged: false });
  shown(ring);
  await seenAt('2026-11-23T14:02');
  fireEvent.click(screen.getByTestId('observed-tell'));
  await waitFor(() => expect(post).toHaveBeenCalled());
  const [path, order] = vi.mocked(post).mock.calls[0] ?? [];
  expect(path).toBe('/incidents/7/observed');
  expect(order).toMatchObject({ policy: 'fire', level: 'burnt', rings: [ring], means: 'drone' });
  expect((order as { at: number }).at).toBe(Date.UTC(2026, 10, 23, 6, 2));
  expect(await screen.findByText('已报送，稍后检验')).toBeTruthy();
  expect(drawn()).toEqual([]);
});

it('never takes the moment when the page was opened for the one when it was seen', async () => {
  list.now = told({});
  shown(ring);
  await screen.findByTestId('observed-at');
  const at = () => (screen.getByTestId('observed-at') as HTMLInputElement).value;
  expect(at()).toBe('');
  fireEvent.click(screen.getByTestId('observed-tell'));
  await waitFor(() => expect(document.querySelector('.ant-form-item-explain-error')).toBeTruthy());
  expect(post).not.toHaveBeenCalled();
  fireEvent.click(screen.getByTestId('observed-now'));
  expect(Math.abs(parseLocal(at()) - Date.now())).toBeLessThan(120_000);
  vi.mocked(post).mockResolvedValueOnce({ id: 1, judged: true });
  fireEvent.click(screen.getByTestId('observed-tell'));
  expect(await screen.findByText('已报送，已据此检验')).toBeTruthy();
  expect(at()).toBe('');
});

it('tells no ground that crosses itself or has two corners', async () => {
  list.now = told({});
  shown([corner(0, 0), corner(1, 1), corner(1, 0), corner(0, 1)]);
  const tell = () => (screen.getByTestId('observed-tell') as HTMLButtonElement).disabled;
  await screen.findByTestId('observed-crossed');
  expect(tell()).toBe(true);
  for (const _ of [1, 2]) fireEvent.click(screen.getByText('撤销一角'));
  expect(screen.queryByTestId('observed-crossed')).toBeNull();
  expect([drawn().length, tell()]).toEqual([2, true]);
});

it('tells of a single place whether it was reached: the last that was meant, no corner of an outline', async () => {
  list.now = told({});
  shown(ring);
  fireEvent.click(await screen.findByText('单个地点'));
  expect(drawn()).toEqual([]);
  expect((screen.getByTestId('observed-no') as HTMLButtonElement).disabled).toBe(true);
  fireEvent.click(screen.getByTestId('observed-draw'));
  fireEvent.click(screen.getByText('map'));
  fireEvent.click(screen.getByTestId('observed-corner'));
  expect(drawn()).toEqual([corner(106.5, 38.5)]);
  fireEvent.click(screen.getByText('map'));
  expect(drawn()).toEqual([corner(1, 2)]);
  await seenAt('2026-11-23T14:02');
  fireEvent.click(screen.getByTestId('observed-no'));
  await waitFor(() => expect(post).toHaveBeenCalled());
  expect(vi.mocked(post).mock.calls[0]?.[1]).toMatchObject({ place: corner(1, 2), holds: false });
});

const pair = {
  forecast: 1,
  observed: 3,
  model: 'wildfire',
  version: 2,
  made: 0,
  after_s: 3600,
  overlap: 0.62,
  missed: 0.004,
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
  waits: false,
  judged: [] as (typeof pair | (Omit<typeof pair, 'place'> & { place: 'miss' }))[],
};

it('says how each version lies on what was seen, to whoever opens it', async () => {
  const judged = [pair, { ...pair, forecast: 2, version: 3, place: 'miss' as const }];
  list.now = told({
    items: [
      { ...one, judged },
      { ...one, id: 4 },
    ],
  });
  shown([], 'viewer');
  const all = (await screen.findByTestId('observed-all')) as HTMLDetailsElement;
  expect(screen.queryByTestId('observed-judged')).toBeNull();
  all.open = true;
  fireEvent(all, new Event('toggle'));
  const rows = await screen.findAllByTestId('observed-judged');
  expect(rows.map((row) => row.textContent)).toEqual([
    expect.stringContaining('重合 62%，漏报 1%，空报 25% （保持上次所见：40%）'),
    expect.stringContaining('漏报'),
  ]);
  expect(screen.getByText('没有哪一版预报说到这一时刻')).toBeTruthy();
  expect(screen.queryByTestId('observed-tell')).toBeNull();
  expect(screen.queryByTestId('observed-withdraw')).toBeNull();
});

it('does not say of what still waits that no forecast speaks of it', async () => {
  list.now = told({ items: [{ ...one, waits: true }] });
  shown([], 'viewer');
  expect(await screen.findByText('等待与各版预报比对')).toBeTruthy();
  expect(screen.queryByText('没有哪一版预报说到这一时刻')).toBeNull();
});

it('lists a few at once, and says what is left out instead of that there is none', async () => {
  const items = Array.from({ length: 45 }, (_, id) => ({ ...one, id }));
  list.now = told({ items, judged_left_out: 9 });
  shown([], 'viewer');
  expect(await screen.findAllByTestId('observed-row')).toHaveLength(20);
  expect(screen.queryByText('没有哪一版预报说到这一时刻')).toBeNull();
  expect(screen.getByTestId('observed-left-out').textContent).toContain('9');
  fireEvent.click(screen.getByText('加载更多'));
  expect(screen.getAllByTestId('observed-row')).toHaveLength(40);
});

it('tells dangers with the same level apart', async () => {
  const level = (policy: string, name: string) => ({ policy, model: 'gas', level: name });
  list.now = told({
    items: [one],
    levels: [level('east', 'burnt'), level('west', 'burnt'), level('west', 'somewhere')],
  });
  shown([]);
  await screen.findByTestId('observed-row');
  expect(screen.getByTestId('observed-row').textContent).toContain('fire');
  fireEvent.mouseDown(screen.getByTestId('observed-level').querySelector('input') as Element);
  const options = () =>
    [...document.querySelectorAll('.ant-select-item-option-content')].map((o) => o.textContent);
  await waitFor(() => expect(options()).toEqual(['已过火 · east', '已过火 · west', 'SOMEWHERE']));
});
