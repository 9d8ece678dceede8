import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import '../../i18n';
import { NoIncident } from './NoIncident';

afterEach(cleanup);

it('says that nothing is open only when the list says so', () => {
  const none = /没有未关闭的事件/;
  const query = { data: undefined as unknown, error: null as unknown, refetch: () => {} };
  const { rerender } = render(<NoIncident query={query} />);
  expect(screen.queryByText(none)).toBeNull();
  rerender(<NoIncident query={{ ...query, error: new Error('down') }} />);
  expect(screen.queryByText(none)).toBeNull();
  expect(screen.getByRole('alert')).toBeTruthy();
  rerender(<NoIncident query={{ ...query, data: [] }} />);
  expect(screen.getByText(none)).toBeTruthy();
});
