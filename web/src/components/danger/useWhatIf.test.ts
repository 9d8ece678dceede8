import { act, renderHook } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import type { ModelAnswer, ResponseView, Supposition } from '../../api/danger';
import { type Supposed, useWhatIf } from './useWhatIf';

const open: ((answer: ModelAnswer) => void)[] = [];
const asked: Supposition[] = [];
let refused: unknown = null;
vi.mock('../../api/danger', () => ({
  askWhatIf: () => new Promise<ModelAnswer>((resolve) => open.push(resolve)),
  askResponseIf: async (_: number, what: Supposition) => {
    asked.push(what);
    if (refused) throw refused;
    return { at: asked.length } as ResponseView;
  },
}));
beforeEach(() => {
  open.length = 0;
  asked.length = 0;
  refused = null;
});

const answer = (model: string) => ({ report: { model } }) as ModelAnswer;
const wind: Supposed = {
  danger: { policy: 'ammonia', model: 'gas', inputs: { wind_m_s: 9, frames: 13 } },
  close: [],
  open: [],
};

it('takes no answer that comes after all was dropped or something else was asked', async () => {
  const { result } = renderHook(useWhatIf);
  act(() => void result.current.suppose(1, wind));
  expect(result.current.busy).toBe(true);
  act(() => result.current.drop());
  expect(result.current.busy).toBe(false);
  await act(async () => open[0]?.(answer('late')));
  expect(result.current.answer).toBeNull();

  act(() => void result.current.suppose(1, wind));
  act(() => void result.current.suppose(1, wind));
  await act(async () => open[2]?.(answer('second')));
  await act(async () => open[1]?.(answer('first')));
  expect(result.current.answer?.report.model).toBe('second');
  expect(result.current.busy).toBe(false);
});

it('asks of roads alone without the model, and of the danger without its moments', async () => {
  const { result } = renderHook(useWhatIf);
  const ring = [{ lon: 1, lat: 2 }];
  await act(async () => result.current.suppose(1, { danger: null, close: [ring], open: [7] }));
  expect(open).toHaveLength(0);
  expect(asked).toEqual([{ close: [ring], open: [7] }]);
  expect(result.current.response?.at).toBe(1);

  act(() => void result.current.suppose(1, wind));
  await act(async () => open[0]?.(answer('gas')));
  const { inputs, policy } = asked[1] ?? {};
  expect([inputs, policy]).toEqual([{ wind_m_s: 9 }, 'ammonia']);
});

it('is over when nothing is supposed any more', async () => {
  const { result } = renderHook(useWhatIf);
  await act(async () => result.current.suppose(1, { danger: null, close: [], open: [7] }));
  expect(result.current.response).not.toBeNull();
  await act(async () => result.current.suppose(1, { danger: null, close: [], open: [] }));
  expect(result.current.response).toBeNull();
  expect(asked).toHaveLength(1);
});

it('says why there is no decision, and keeps what the model said', async () => {
  const { result } = renderHook(useWhatIf);
  refused = new Error('forbidden');
  act(() => void result.current.suppose(1, wind));
  await act(async () => open[0]?.(answer('gas')));
  expect(result.current.answer?.report.model).toBe('gas');
  expect(result.current.error).toBe(refused);
  expect(result.current.response).toBeNull();
});
