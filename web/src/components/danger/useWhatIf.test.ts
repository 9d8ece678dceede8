import { act, renderHook } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import type { ModelAnswer, ResponseView, Supposition, WhatIf } from '../../api/danger';
import { isNothing, type Question, type Supposed, useWhatIf } from './useWhatIf';

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
const NONE: Supposed = { danger: null, close: [], open: [] };
const question = (supposed: Partial<Supposed>, of: WhatIf | null = null, basis = ''): Question => ({
  incident: 1,
  supposed: { ...NONE, ...supposed },
  what: of,
  basis,
});
const WIND: WhatIf = { model: 'gas', inputs: { wind_m_s: 9, mass_kg: 8, frames: 13 } };
const blow = (speed: number, basis = '') =>
  question({ danger: { policy: 'ammonia', changed: { wind_m_s: speed } } }, WIND, basis);
const wind = blow(9);

it('takes no answer that comes after all was dropped or something else was asked', async () => {
  const { result } = renderHook(useWhatIf);
  act(() => void result.current.suppose(wind));
  expect(result.current.busy).toBe(true);
  act(() => result.current.drop());
  expect(result.current.busy).toBe(false);
  await act(async () => open[0]?.(answer('late')));
  expect(result.current.answer).toBeNull();

  act(() => void result.current.suppose(wind));
  act(() => void result.current.suppose(wind));
  await act(async () => open[2]?.(answer('second')));
  await act(async () => open[1]?.(answer('first')));
  expect(result.current.answer?.report.model).toBe('second');
  expect(result.current.busy).toBe(false);
});

it('asks of roads alone without the model, and of the danger without its moments', async () => {
  const { result } = renderHook(useWhatIf);
  const ring = [{ lon: 1, lat: 2 }];
  await act(async () => result.current.suppose(question({ close: [ring], open: [7] })));
  expect(open).toHaveLength(0);
  expect(asked).toEqual([{ close: [ring], open: [7] }]);
  expect(result.current.response?.at).toBe(1);

  act(() => void result.current.suppose(wind));
  await act(async () => open[0]?.(answer('gas')));
  const { inputs, policy, model } = asked[1] ?? {};
  expect([inputs, policy, model]).toEqual([{ wind_m_s: 9, mass_kg: 8 }, 'ammonia', 'gas']);
});

it('never has the words of one question beside the answer to another', async () => {
  const { result } = renderHook(useWhatIf);
  act(() => void result.current.suppose(blow(9, 'v1')));
  expect(result.current.answered).toEqual(NONE);
  await act(async () => open[0]?.(answer('gas')));
  act(() => void result.current.suppose(blow(2, 'v2')));
  const { answered, supposed, basis, answer: kept, busy } = result.current;
  expect([answered.danger?.changed, supposed.danger?.changed]).toEqual([
    { wind_m_s: 9 },
    { wind_m_s: 2 },
  ]);
  expect([basis, kept?.report.model, busy]).toEqual(['v1', 'gas', true]);
  await act(async () => open[1]?.(answer('other')));
  expect(result.current.answered.danger?.changed).toEqual({ wind_m_s: 2 });
  expect(result.current.basis).toBe('v2');
});

it('is over when nothing is supposed any more', async () => {
  const { result } = renderHook(useWhatIf);
  await act(async () => result.current.suppose(question({ open: [7] })));
  expect(result.current.response).not.toBeNull();
  await act(async () => result.current.suppose(question({})));
  expect(result.current.response).toBeNull();
  expect(asked).toHaveLength(1);
});

it('says why there is no decision, and keeps what the model said', async () => {
  const { result } = renderHook(useWhatIf);
  refused = new Error('forbidden');
  act(() => void result.current.suppose(wind));
  await act(async () => open[0]?.(answer('gas')));
  expect(result.current.answer?.report.model).toBe('gas');
  expect(result.current.error).toBe(refused);
  expect(result.current.response).toBeNull();
  expect(result.current.answered).toBe(wind.supposed);
});

it('leaves nothing that was supposed on the map when nothing was answered, but knows what was asked', async () => {
  const { result } = renderHook(useWhatIf);
  refused = new Error('down');
  await act(async () => result.current.suppose(question({ open: [7] })));
  expect(result.current.answered).toEqual(NONE);
  expect(isNothing(result.current.supposed)).toBe(false);
  expect(result.current.error).toBe(refused);
});
