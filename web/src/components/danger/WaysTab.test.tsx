import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { App } from 'antd';
import { afterEach, describe, expect, it, vi } from 'vitest';
import '../../i18n';
import type { ResponseView } from '../../api/danger';
import type { IncidentDetail } from '../../api/types';
import { SessionContext } from '../../app/session';
import { detail, incident, notice } from '../../test/samples';
import { RollCallTab } from './RollCallTab';
import { WaysTab } from './WaysTab';

vi.mock('../../lib/areas', () => ({
  useAreaNames: () => ({ nameOf: (area: number) => `${area}` }),
}));

afterEach(cleanup);

const response = {
  at: 0,
  blocks: [],
  shelters: [],
  cleared_min: 0,
  left: 0,
  defects: [],
  building: null,
  supposed: null,
} as unknown as ResponseView;
const me = { account: 'duty', name: 'duty', role: 'duty' as const, area: 0, language: 'zh' };

const ways = (of: IncidentDetail, but: Partial<ResponseView> = {}) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <SessionContext value={me}>
          <WaysTab
            detail={of}
            response={{ ...response, ...but }}
            chosen={null}
            onChosen={() => {}}
          />
        </SessionContext>
      </App>
    </QueryClientProvider>,
  );

describe('saying that everybody is out', () => {
  it('tells first who is not known to be safe', () => {
    const states = ['needs-help', 'unreachable', 'sent', 'acknowledged'] as const;
    const notices = states.map((state, id) => notice({ id, recipient: id, state }));
    ways(detail({ notices }));
    fireEvent.click(screen.getByTestId('evacuated'));
    const words = screen.getByTestId('evacuated-open').textContent ?? '';
    expect(words).toContain('4 人中有 3 人');
    expect(words).toContain('需要帮助 1 人、失联 1 人、未答复 1 人');
  });

  it('is done once: then it says who did', () => {
    const evacuated = { account: 'x', name: 'Ma' };
    ways(detail({ incident: incident({ evacuated }) }));
    expect(screen.queryByTestId('evacuated')).toBeNull();
    expect(screen.getByTestId('evacuated-by').textContent).toContain('Ma');
  });
});

describe('ways that are only supposed', () => {
  it('are for looking at: nobody has answered, nothing can be confirmed or ordered', () => {
    const changes = { level: null, option: null, added: [], removed: [], changed: [] };
    const supposed = { danger: 'p', closed: 0, opened: 0, changes };
    ways(detail({ notices: [notice({ id: 1, recipient: 1, state: 'sent' })] }), { supposed });
    expect(screen.getByTestId('ways-left')).toBeTruthy();
    for (const id of ['evacuated', 'send-task', 'roll-call']) {
      expect(screen.queryByTestId(id), id).toBeNull();
    }
  });
});

describe('a question that is open when what is supposed comes', () => {
  it('is gone, and does not come back by itself', async () => {
    const wrap = (but: Partial<ResponseView>) => (
      <QueryClientProvider client={new QueryClient()}>
        <App>
          <SessionContext value={me}>
            <WaysTab
              detail={detail()}
              response={{ ...response, ...but }}
              chosen={null}
              onChosen={() => {}}
            />
          </SessionContext>
        </App>
      </QueryClientProvider>
    );
    const changes = { level: null, option: null, added: [], removed: [], changed: [] };
    const { rerender } = render(wrap({}));
    fireEvent.click(screen.getByTestId('evacuated'));
    expect(screen.getByTestId('reason')).toBeTruthy();
    rerender(wrap({ supposed: { danger: 'p', closed: 0, opened: 0, changes } }));
    expect(screen.queryByTestId('reason')).toBeNull();
    rerender(wrap({}));
    expect(screen.getByTestId('evacuated')).toBeTruthy();
    expect(screen.queryByTestId('reason')).toBeNull();
  });
});

describe('ways that could not be reckoned', () => {
  it('are not ways for everybody', () => {
    ways(detail({}), { defects: [{ what: 'no-roads', detail: 'x' }] });
    expect(screen.getByTestId('ways-left').textContent).toContain('–');
  });
});

describe('the roll-call of somebody who may not see people', () => {
  it('does not say that nobody was told', () => {
    const roll = { told: 40, safe: 30, help: 1, missing: 2, waiting: 7 };
    render(<RollCallTab detail={detail({ notices_hidden: true, roll })} />);
    expect(screen.queryByText(/还没有人收到/)).toBeNull();
    expect(screen.getByTestId('roll-figures').textContent).toContain('40');
    expect(screen.getByTestId('not-whole')).toBeTruthy();
  });
});
