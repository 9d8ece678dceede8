import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { App } from 'antd';
import { afterEach, expect, it, vi } from 'vitest';
import '../../i18n';
import { del, post } from '../../api/client';
import type { Closure } from '../../api/danger';
import type { Position } from '../../api/types';
import { SessionContext } from '../../app/session';
import { incident } from '../../test/samples';
import { RoadCloser } from './RoadCloser';

vi.mock('../../api/client', async (real) => ({
  ...(await real<typeof import('../../api/client')>()),
  post: vi.fn(),
  del: vi.fn(),
}));
const [onDrawing, onDrawn] = [vi.fn(), vi.fn()];
afterEach(() => {
  cleanup();
  for (const fn of [onDrawing, onDrawn, vi.mocked(post)]) fn.mockClear();
});

const me = { account: 'duty', name: 'duty', role: 'duty' as const, area: 0, language: 'zh' };
const ring = (...corners: [number, number][]) => corners.map(([lon, lat]) => ({ lon, lat }));
const SQUARE = ring([0, 0], [1, 0], [1, 1], [0, 1]);
const closure = { id: 7, reason: '塌方', by: 'duty', until: 0 } as Closure;

function closer(
  drawn: Position[],
  close: Position[][] = [],
  open: number[] = [],
  closures = [closure],
) {
  const supposed = vi.fn();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <SessionContext value={me}>
          <RoadCloser
            incident={incident()}
            blocks={[]}
            closures={closures}
            ring={{ drawing: true, drawn, onDrawing, onDrawn, middle: () => null }}
            supposed={{ close, open }}
            onSuppose={supposed}
          />
        </SessionContext>
      </App>
    </QueryClientProvider>,
  );
  return supposed;
}

it('supposes drawn ground closed, and a closure open, without touching either', () => {
  const supposed = closer(SQUARE, [ring([5, 5])], [3]);
  fireEvent.click(screen.getByTestId('roads-suppose'));
  expect(supposed).toHaveBeenLastCalledWith({ close: [ring([5, 5]), SQUARE], open: [3] });
  fireEvent.click(screen.getByTestId('roads-suppose-open'));
  expect(supposed).toHaveBeenLastCalledWith({ close: [ring([5, 5])], open: [3, 7] });
  expect(post).not.toHaveBeenCalled();
  expect(del).not.toHaveBeenCalled();
});

it('takes back what was supposed', () => {
  const supposed = closer([], [SQUARE], [7]);
  fireEvent.click(screen.getByTestId('roads-unsuppose'));
  expect(supposed).toHaveBeenLastCalledWith({ close: [], open: [7] });
  expect(screen.getByTestId('roads-supposed').textContent).toContain('假设开放：塌方');
  fireEvent.click(screen.getByTestId('roads-suppose-open'));
  expect(supposed).toHaveBeenLastCalledWith({ close: [SQUARE], open: [] });
});

it('closes nothing, supposed or real, of ground whose sides cross', () => {
  closer(ring([0, 0], [1, 1], [1, 0], [0, 1]));
  expect(screen.getByTestId('roads-crossed')).toBeTruthy();
  for (const id of ['roads-suppose', 'roads-close']) {
    expect((screen.getByTestId(id) as HTMLButtonElement).disabled, id).toBe(true);
  }
});

it('leaves nothing drawn after a real closing, and no focus behind', async () => {
  closer(ring([0, 0], [0, 0], [1, 0], [1, 1]));
  fireEvent.click(screen.getByTestId('roads-close'));
  fireEvent.change(await screen.findByTestId('reason'), { target: { value: '塌方' } });
  fireEvent.submit(document.querySelector('.ant-modal form') as Element);
  await waitFor(() => expect(onDrawn).toHaveBeenCalledWith([]));
  expect(onDrawing).toHaveBeenCalledWith(false);
  const order = vi.mocked(post).mock.calls[0]?.[1];
  expect(order).toMatchObject({ ring: ring([0, 0], [1, 0], [1, 1]) });
});

it('keeps the keyboard where it is when its buttons go', () => {
  closer(SQUARE);
  screen.getByTestId('roads-suppose').focus();
  fireEvent.click(screen.getByTestId('roads-suppose'));
  expect(document.activeElement?.textContent).toBe('封路推演');
});

it('lists a few closures at once, those that are supposed to be open first', () => {
  const many = Array.from({ length: 25 }, (_, id) => ({ ...closure, id, reason: `r${id}` }));
  closer([], [], [24], many);
  expect(screen.getAllByTestId('roads-suppose-open')).toHaveLength(10);
  expect(screen.getByTestId('roads-supposed').textContent).toContain('假设开放：r24');
  fireEvent.click(screen.getAllByText('加载更多')[0] as HTMLElement);
  expect(screen.getAllByTestId('roads-suppose-open')).toHaveLength(20);
});
