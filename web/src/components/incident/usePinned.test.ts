import { renderHook } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { selection } from '../../lib/selection';
import { incident } from '../../test/samples';
import { usePinned } from './usePinned';

beforeEach(() => selection.set({ incident: null }));

it('keeps what somebody works at when something more urgent opens', () => {
  const first = [incident({ id: 1, grade: 3 })];
  const { result, rerender } = renderHook(({ open }) => usePinned(open), {
    initialProps: { open: first },
  });
  expect(result.current).toBe(1);
  rerender({ open: [...first, incident({ id: 2, grade: 1, opened: 9 })] });
  expect(result.current).toBe(1);
});
