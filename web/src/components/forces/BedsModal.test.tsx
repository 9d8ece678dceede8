import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { App } from 'antd';
import { afterEach, expect, it } from 'vitest';
import '../../i18n';
import type { Hospital } from '../../api/forces';
import { BedsModal } from './BedList';

afterEach(cleanup);

const hospital: Hospital = {
  key: 'h1',
  name: 'H',
  area: 640100000,
  position: null,
  capabilities: [],
  beds: [
    { ward: 'all', total: 800, free: 60, at: 0, by: 'record' },
    { ward: 'icu', total: 20, free: 3, at: 0, by: 'record' },
  ],
};

it('shows the figures of the ward that is chosen, so that nothing overwrites those of another', async () => {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <BedsModal hospital={hospital} onClose={() => {}} />
      </App>
    </QueryClientProvider>,
  );
  const figures = () =>
    screen.getAllByRole('spinbutton').map((field) => (field as HTMLInputElement).value);
  expect(figures()).toEqual(['800', '60']);
  fireEvent.mouseDown(screen.getByRole('combobox'));
  fireEvent.click(await screen.findByText('重症床位'));
  expect(figures()).toEqual(['20', '3']);
});
