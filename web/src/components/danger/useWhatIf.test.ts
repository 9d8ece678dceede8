import { act, renderHook } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import type { ModelAnswer } from '../../api/danger';
import { useWhatIf } from './useWhatIf';

const open: ((answer: ModelAnswer) => void)[] = [];
vi.mock('../../api/danger', () => ({
  askWhatIf: () => new Promise<ModelAnswer>((resolve) => open.push(resolve)),
}));

const answer = (model: string) => ({ report: { model } }) as ModelAnswer;

it('takes no answer that comes after all was dropped or something else was asked', async () => {
  const { result } = renderHook(useWhatIf);
  const what = { inputs: {} };
  act(() => void result.current.ask(1, what));
  expect(result.current.busy).toBe(true);
  act(() => result.current.drop());
  expect(result.current.busy).toBe(false);
  await act(async () => open[0]?.(answer('late')));
  expect(result.current.answer).toBeNull();

  act(() => void result.current.ask(1, what));
  act(() => void result.current.ask(1, what));
  await act(async () => open[2]?.(answer('second')));
  await act(async () => open[1]?.(answer('first')));
  expect(result.current.answer?.report.model).toBe('second');
  expect(result.current.busy).toBe(false);
});
