import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { App } from 'antd';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import '../i18n';
import { ApiError, post } from '../api/client';
import { dangerKeys } from '../api/danger';
import type { Position } from '../api/types';
import { SessionContext } from '../app/session';
import { detail, incident } from '../test/samples';
import DangerPage from './DangerPage';

interface MapProps {
  drawn: Position[];
  roadsIf: { close: Position[][] };
  supposed: boolean;
  busy: boolean;
  onCorner?(at: Position): void;
}
const map = vi.hoisted(() => ({ props: {} as unknown }));
vi.mock('../map/DangerMap', () => ({
  default: (props: unknown) => {
    map.props = props;
    return null;
  },
}));
const onMap = () => map.props as MapProps;

const server = vi.hoisted(() => ({ now: {} as Record<string, unknown> }));
vi.mock('../api/client', async (real) => ({
  ...(await real<typeof import('../api/client')>()),
  get: async (path: string) => {
    if (path in server.now) return server.now[path];
    throw new Error(`nothing at ${path}`);
  },
  post: vi.fn(),
}));

const number = { number: { min: 0, max: 1e6 } };
const field = (name: string, unit: string, takes: unknown = number) => ({
  name,
  unit,
  takes,
  default: null,
  optional: true,
  about: '',
});
const MODEL = {
  key: 'gas',
  title: ['', ''],
  fields: [
    field('wind_from_deg', 'deg'),
    field('mass_kg', 'kg'),
    field('substance', '', 'name'),
    field('source', '', { word: { of: ['burst'] } }),
    field('wind_age_s', 's'),
  ],
};
const danger = (version: number, wind_from_deg: number) => ({
  incident: 1,
  policy: 'p',
  version,
  made: version,
  source: { lon: 106, lat: 38 },
  model: 'gas',
  inputs: { wind_from_deg, wind_age_s: 600, mass_kg: 8000, substance: 'NH3', source: 'rate' },
  air: { source: 'none', metres: 0, wind_m_s: null, wind_from_deg: null, temperature_c: null },
  levels: [],
  warnings: [],
  refused: '',
  sources: [],
});
const response = (people: number, supposed: object | null = null) => ({
  at: 0,
  blocks: [
    {
      key: 'b',
      area: 1,
      at: { lon: 106, lat: 38 },
      action: 'leave',
      people,
      cannot_walk: 0,
      without_car: 0,
      shelter: null,
      by: 'car',
      cleared_min: 9,
      travel_min: 1,
      leave_min: 0,
      bottleneck: '',
      roads: [],
      trips: [],
      stay: null,
      left: [],
      line: null,
    },
  ],
  shelters: [],
  forces: [],
  cleared_min: 9,
  left: 0,
  defects: [],
  building: null,
  judgement: { level: 'IV', because: [], open: [] },
  options: { recommended: null, choices: [], left_out: [] },
  plan: { title: { zh: '', en: '' }, at: 0, level: null, packs: [], lines: [] },
  supposed,
});
const CHANGES = { level: null, option: null, added: [], removed: [], changed: [] };
const OTHER = response(90, { danger: null, closed: 1, opened: 0, changes: CHANGES });
const ANSWER = { report: { inputs: {}, warnings: [] }, levels: [], frames: [] };
const me = { account: 'duty', name: 'duty', role: 'duty' as const, area: 0, language: 'zh' };

beforeEach(() => {
  server.now = {
    '/incidents': { items: [incident()], next: null },
    '/incidents/1': detail(),
    '/incidents/1/danger': { now: [danger(1, 280)], history: [] },
    '/incidents/1/response': response(40),
    '/incidents/1/observed': {
      items: [],
      levels: [{ policy: 'p', model: 'gas', level: 'aegl-2' }],
      judged_left_out: 0,
    },
    '/roads/closures': [],
    '/models': [MODEL],
    '/substances': [
      { key: 'ammonia', zh: '氨', en: 'ammonia', formula: 'NH3', cas: '7664-41-7', un: 1005 },
    ],
  };
  vi.mocked(post).mockImplementation(async (path) => (path.endsWith('response') ? OTHER : ANSWER));
});
afterEach(() => {
  cleanup();
  vi.mocked(post).mockReset();
});

async function opened() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <App>
        <SessionContext value={me}>
          <DangerPage />
        </SessionContext>
      </App>
    </QueryClientProvider>,
  );
  await screen.findByTestId('observed-draw');
  await waitFor(() => expect(onMap().drawn).toEqual([]));
  return client;
}
const tab = (name: string) => fireEvent.click(screen.getByRole('tab', { name }));
const corners = (...all: [number, number][]) => {
  for (const [lon, lat] of all) act(() => onMap().onCorner?.({ lon, lat }));
};
async function supposeClosed() {
  tab('推演');
  fireEvent.click(await screen.findByTestId('roads-draw'));
  corners([0, 0], [1, 0], [1, 1]);
  fireEvent.click(screen.getByTestId('roads-suppose'));
}
const asked = (end: string) =>
  vi
    .mocked(post)
    .mock.calls.filter(([path]) => path.endsWith(end))
    .map(([, what]) => what as { inputs: object; policy?: string });
const words = (id: string) => screen.getByTestId(id).textContent ?? '';

beforeAll(() => {
  Element.prototype.scrollIntoView = () => {};
});

it('asks anew with the wind of now, and with what was changed', async () => {
  const client = await opened();
  tab('推演');
  fireEvent.change(await screen.findByTestId('if-mass_kg'), { target: { value: '30000' } });
  fireEvent.click(screen.getByTestId('what-if-ask'));
  await screen.findByTestId('compare-response');
  expect(words('what-if-words')).toBe('存量 30000 kg');
  expect(screen.queryByTestId('what-if-old')).toBeNull();

  server.now['/incidents/1/danger'] = { now: [danger(2, 10)], history: [danger(1, 280)] };
  await act(() => client.invalidateQueries({ queryKey: dangerKeys.danger(1) }));
  await screen.findByTestId('what-if-old');
  expect((screen.getByTestId('if-wind_from_deg') as HTMLInputElement).value).toBe('10');
  expect((screen.getByTestId('if-mass_kg') as HTMLInputElement).value).toBe('30000');
  fireEvent.click(screen.getByTestId('what-if-again'));
  await waitFor(() => expect(screen.queryByTestId('what-if-old')).toBeNull());
  const inputs = { mass_kg: 30_000, wind_from_deg: 10, wind_age_s: 600 };
  expect(asked('what-if').at(-1)).toMatchObject({ inputs });
  expect(asked('response').at(-1)).toMatchObject({ inputs, policy: 'p' });
  // Asked by the form, too.
  await waitFor(() => expect(document.querySelector('.ant-btn-loading')).toBeNull());
  fireEvent.click(screen.getByTestId('what-if-ask'));
  await waitFor(() => expect(asked('what-if')).toHaveLength(3));
  expect(asked('what-if').at(-1)).toMatchObject({ inputs });
});

it('shows no supposed closure on the map of what is so', async () => {
  await opened();
  await supposeClosed();
  await waitFor(() => expect(onMap().roadsIf.close).toHaveLength(1));
  expect(onMap().supposed).toBe(true);
  fireEvent.click(screen.getByText('现状', { selector: '.ant-segmented-item-label' }));
  expect([onMap().supposed, onMap().roadsIf.close]).toEqual([false, []]);
});

it('says that a question failed wherever one looks, and can ask it again', async () => {
  await opened();
  vi.mocked(post).mockRejectedValue(new ApiError('network', 0, 'down'));
  await supposeClosed();
  tab('疏散');
  await screen.findByTestId('what-if-error');
  expect(onMap().roadsIf.close).toEqual([]);
  expect(screen.getByTestId('what-if-note').getAttribute('data-supposed')).toBe('false');
  vi.mocked(post).mockResolvedValue(OTHER);
  fireEvent.click(screen.getByTestId('what-if-error').querySelector('button') as Element);
  await waitFor(() => expect(onMap().roadsIf.close).toHaveLength(1));
  expect(screen.queryByTestId('what-if-error')).toBeNull();
});

it('marks real figures as such where the decision is refused', async () => {
  await opened();
  vi.mocked(post).mockImplementation(async (path) => {
    if (path.endsWith('response')) throw new ApiError('forbidden', 403, 'no');
    return ANSWER;
  });
  tab('推演');
  fireEvent.click(await screen.findByTestId('what-if-ask'));
  await screen.findByTestId('what-if-error');
  tab('疏散');
  expect(screen.getByTestId('what-if-note').getAttribute('data-supposed')).toBe('false');
});

it('keeps the words of an answer while another question is reckoned', async () => {
  await opened();
  await supposeClosed();
  await waitFor(() => expect(onMap().roadsIf.close).toHaveLength(1));
  vi.mocked(post).mockImplementation(() => new Promise(() => {}));
  fireEvent.click(screen.getByTestId('roads-draw'));
  corners([5, 5], [6, 5], [6, 6]);
  fireEvent.click(screen.getByTestId('roads-suppose'));
  await screen.findByTestId('what-if-busy');
  expect(words('what-if-words')).toBe('假设封路 1 处');
  expect([onMap().busy, onMap().roadsIf.close.length]).toEqual([true, 1]);
});

it('takes ground that was drawn for one thing for nothing else', async () => {
  await opened();
  tab('推演');
  fireEvent.click(await screen.findByTestId('roads-draw'));
  corners([0, 0], [1, 0], [1, 1]);
  expect(onMap().drawn).toHaveLength(3);
  tab('范围与人员');
  expect(onMap().drawn).toEqual([]);
  expect(onMap().onCorner).toBeUndefined();
  expect((screen.getByTestId('observed-tell') as HTMLButtonElement).disabled).toBe(true);
});

it('starts from what is so after a what-if was ended', async () => {
  await opened();
  tab('推演');
  fireEvent.change(await screen.findByTestId('if-mass_kg'), { target: { value: '30000' } });
  fireEvent.click(screen.getByText('结束推演'));
  tab('推演');
  const mass = (await screen.findByTestId('if-mass_kg')) as HTMLInputElement;
  expect(mass.value).toBe('8000');
});

it('says what is supposed in words that people use', async () => {
  server.now['/incidents/1/danger'] = { now: [danger(1, 280)], history: [] };
  await opened();
  tab('推演');
  fireEvent.change(await screen.findByTestId('if-wind_from_deg'), { target: { value: '90' } });
  const field = (name: string) => document.querySelector(`.ant-select input#${name}`) as Element;
  await waitFor(() => expect(field('substance')).toBeTruthy());
  fireEvent.mouseDown(field('substance'));
  fireEvent.click(await screen.findByText('氨 NH3'));
  fireEvent.mouseDown(field('source'));
  fireEvent.click(await screen.findByText('容器破裂'));
  fireEvent.click(screen.getByTestId('what-if-ask'));
  await screen.findByTestId('compare-response');
  expect(words('what-if-words')).toBe('风向（来向） 东 90°、物质 氨、泄漏方式 容器破裂');
  expect(asked('what-if').at(-1)).toMatchObject({
    inputs: { wind_from_deg: 90, wind_age_s: 0, substance: 'ammonia', source: 'burst' },
  });
});
