import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import '../../i18n';
import { TimeBar } from './TimeBar';

afterEach(cleanup);

it('says that there is no process over time only when there is none', () => {
  const process = { pending: true, error: null as unknown, refetch: () => {} };
  const bar = (over: Partial<typeof process>) => (
    <TimeBar frames={[]} frame={null} onFrame={() => {}} process={{ ...process, ...over }} />
  );
  const none = /没有分时过程/;
  const { rerender } = render(bar({}));
  expect(screen.queryByText(none)).toBeNull();
  rerender(bar({ pending: false, error: new Error('down') }));
  expect(screen.queryByText(none)).toBeNull();
  expect(screen.getByRole('alert')).toBeTruthy();
  rerender(bar({ pending: false }));
  expect(screen.getByText(none)).toBeTruthy();
});
