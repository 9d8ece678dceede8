import { act, renderHook } from '@testing-library/react';
import { expect, it } from 'vitest';
import { useRings } from './useRings';

const at = (lon: number) => ({ lon, lat: 0 });

it('takes clicks for whoever draws, and nothing of it for the other', () => {
  const { result } = renderHook(() => useRings(() => null));
  expect(result.current.onCorner).toBeUndefined();
  act(() => result.current.of('roads').onDrawing(true));
  act(() => result.current.onCorner?.(at(1)));
  expect(result.current.of('roads').drawn).toEqual([at(1)]);
  expect(result.current.of('observed').drawn).toEqual([]);
  act(() => result.current.of('observed').onDrawing(true));
  expect(result.current.drawn).toEqual([]);
});

it('keeps what is drawn now when something else is done late', () => {
  const { result } = renderHook(() => useRings(() => null));
  act(() => result.current.of('observed').onDrawn([at(1)]));
  act(() => {
    result.current.of('roads').onDrawing(false);
    result.current.of('roads').onDrawn([]);
  });
  expect(result.current.of('observed').drawn).toEqual([at(1)]);
});
