import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import '../../i18n';
import type { StockAllocation } from '../../api/stock';
import { StepModal } from './Allocations';

afterEach(cleanup);

it('sends the same key when somebody clicks again after an answer was lost', async () => {
  const sent = vi.fn();
  const one = { id: 7, unit: 't', held: 12, stage: 'received' } as StockAllocation;
  render(<StepModal one={one} step="use" busy={false} onCancel={() => {}} onSubmit={sent} />);
  const ok = screen.getByRole('button', { name: /确\s?定/ });
  fireEvent.click(ok);
  await waitFor(() => expect(sent).toHaveBeenCalledTimes(1));
  fireEvent.click(ok);
  await waitFor(() => expect(sent).toHaveBeenCalledTimes(2));
  const [first, second] = sent.mock.calls.map(([key]) => key);
  expect(first).toBeTruthy();
  expect(second).toBe(first);
});
