import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { App } from 'antd';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import '../../i18n';
import { ApiError, get, getFile, post } from '../../api/client';
import type { DraftPlan, PlanLine } from '../../api/danger';
import type { PlanView, ShownLine } from '../../api/plan';
import type { Role } from '../../api/types';
import { SessionContext } from '../../app/session';
import { incident } from '../../test/samples';
import { PlanTab } from './PlanTab';
import { asShown } from './plan';

vi.mock('../../api/client', async (real) => ({
  ...(await real<typeof import('../../api/client')>()),
  get: vi.fn(),
  post: vi.fn(),
  getFile: vi.fn(),
}));

const both = (words: string) => ({ zh: words, en: words });
const line = (id: string, over: Partial<PlanLine> = {}): PlanLine => ({
  id,
  section: 'action',
  priority: 1,
  protective: false,
  text: both(`text of ${id}`),
  who: both('fire brigade'),
  deadline: null,
  rule: 'r',
  clause: null,
  facts: [],
  missing: [],
  ...over,
});
const NONE = { level: null, option: null, added: [], removed: [], changed: [] };
const view = (over: Partial<PlanView> = {}): PlanView => ({
  begun: true,
  at: 0,
  title: both('plan'),
  level: 'II',
  lines: [asShown(line('a'))],
  conflicts: 0,
  changes: NONE,
  second_person: true,
  asked_by: null,
  versions: [],
  ...over,
});
const draft = {
  title: both('draft'),
  at: 0,
  level: 'II',
  packs: [['gas', 1]],
  lines: [line('a')],
} as unknown as DraftPlan;

function shown(first: PlanView, role: Role = 'duty') {
  vi.mocked(get).mockImplementation(async (path) => (path.endsWith('/plan') ? first : []));
  const me = { account: 'b', name: 'b', role, area: 0, language: 'zh' };
  return render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <SessionContext value={me}>
          <PlanTab incident={incident()} draft={draft} looks />
        </SessionContext>
      </App>
    </QueryClientProvider>,
  );
}
const ok = () => document.querySelector('.ant-modal-footer .ant-btn-primary') as HTMLButtonElement;
const sent = () => vi.mocked(post).mock.calls.map(([path, body]) => [path, body]);

beforeEach(() => vi.mocked(post).mockReset());
afterEach(cleanup);

describe('the plan', () => {
  it('is begun, and then each line can be changed', async () => {
    shown(view({ begun: false }));
    const begin = await screen.findByTestId('plan-begin');
    expect(screen.queryByTestId('plan-write')).toBeNull();
    vi.mocked(post).mockResolvedValueOnce(view());
    fireEvent.click(begin);
    fireEvent.click(await screen.findByTestId('plan-write'));
    fireEvent.change(screen.getByLabelText('内容（中文）'), { target: { value: 'other words' } });
    const edited: ShownLine = { ...asShown(line('a')), edited: ['b', 1] };
    vi.mocked(post).mockResolvedValueOnce(view({ lines: [edited] }));
    fireEvent.click(ok());
    expect((await screen.findByTestId('plan-edited')).textContent).toContain('b');
    const content = {
      text: { zh: 'other words', en: 'text of a' },
      who: both('fire brigade'),
      within_min: null,
    };
    expect(sent()).toEqual([
      ['/incidents/1/plan/renew', undefined],
      ['/incidents/1/plan/edits', { line: 'a', change: { kind: 'write', content } }],
    ]);
  });

  it('shows what the facts change and which fact, and takes it over', async () => {
    const why = [{ key: 'wind', label: both('wind'), before: both('W'), after: both('E') }];
    shown(view({ changes: { ...NONE, added: [{ line: line('new'), why }] } }));
    const changes = await screen.findByTestId('plan-changes');
    expect(changes.textContent).toContain('text of new');
    expect(changes.textContent).toContain('wind W → E');
    vi.mocked(post).mockResolvedValueOnce(view());
    fireEvent.click(screen.getByTestId('plan-take'));
    await waitFor(() => expect(screen.queryByTestId('plan-changes')).toBeNull());
  });

  it('lets a person decide a conflict before anything is issued', async () => {
    const edited = { text: both('mine'), who: both(''), within_min: null };
    const generated = { ...edited, text: both('theirs') };
    const conflict = { base: null, edited, generated };
    const row: ShownLine = { ...asShown(line('a')), edited: ['b', 1], conflict };
    shown(view({ lines: [row], conflicts: 1 }));
    expect((await screen.findByTestId('plan-conflict')).textContent).toContain('theirs');
    expect(screen.queryByTestId('plan-issue')).toBeNull();
    vi.mocked(post).mockResolvedValueOnce(view());
    fireEvent.click(screen.getByTestId('plan-keep'));
    await screen.findByTestId('plan-issue');
    expect(sent()[0]?.[1]).toEqual({ line: 'a', change: { kind: 'write', content: edited } });
  });

  it('is approved by another than who asked, and says under which number it went out', async () => {
    shown(view({ asked_by: 'a' }));
    fireEvent.click(await screen.findByTestId('plan-issue'));
    vi.mocked(post).mockResolvedValueOnce({ number: 1 });
    fireEvent.click(ok());
    expect((await screen.findByTestId('plan-said')).textContent).toContain('第 1 版');
    cleanup();
    shown(view({ asked_by: 'b' }));
    expect((await screen.findByTestId('plan-waits')).textContent).toContain('b');
    expect(screen.queryByTestId('plan-issue')).toBeNull();
  });

  it('is printed by everybody, and says why when it cannot be', async () => {
    shown(view(), 'auditor');
    vi.mocked(getFile).mockRejectedValueOnce(new ApiError('unavailable', 503, ''));
    fireEvent.click(await screen.findByTestId('plan-pdf'));
    expect(await screen.findByText(/服务暂时不可用/)).toBeTruthy();
    expect(vi.mocked(getFile).mock.calls[0]).toEqual([
      '/incidents/1/plan/paper',
      { format: 'pdf', lang: 'zh', version: undefined },
    ]);
    expect(screen.queryByTestId('plan-write')).toBeNull();
  });
});
