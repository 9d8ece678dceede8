import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { App } from 'antd';
import { afterEach, expect, it, vi } from 'vitest';
import '../../i18n';
import { post } from '../../api/client';
import type { Air } from '../../api/danger';
import { SessionContext } from '../../app/session';
import { incident } from '../../test/samples';
import { IncidentWeather } from './PlaceWeather';
import { WeatherModal } from './WeatherModal';

vi.mock('../../api/client', async (real) => ({
  ...(await real<typeof import('../../api/client')>()),
  get: async () => air,
  post: vi.fn(async () => {}),
}));
afterEach(cleanup);

const air: Air = {
  source: 'hand',
  by: 'duty',
  at: 0,
  metres: 900,
  stale: false,
  wind_m_s: 4,
  wind_from_deg: 270,
  temperature_c: null,
  humidity_pct: null,
  cloud_tenths: null,
  by_hand: '106.2000 38.4000',
};

const shown = (known: Air) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <WeatherModal at={{ lon: 106.21, lat: 38.41 }} area={1} air={known} onClose={() => {}} />
      </App>
    </QueryClientProvider>,
  );

it('takes back the report that holds, also when it was written down for a place nearby', async () => {
  shown(air);
  fireEvent.click(screen.getByTestId('weather-take'));
  await waitFor(() => expect(post).toHaveBeenCalled());
  const [, said] = vi.mocked(post).mock.calls[0] ?? [];
  expect(said).toMatchObject({ key: '106.2000 38.4000', minutes: 0 });
});

it('says that there is nothing to take back', () => {
  shown({ ...air, source: 'station', by_hand: null });
  expect(screen.queryByTestId('weather-take')).toBeNull();
  expect(screen.getByText(/没有可撤回的人工填报/)).toBeTruthy();
});

it('is not offered in a drill, for it would move real areas', () => {
  const me = { account: 'duty', name: 'duty', role: 'duty' as const, area: 0, language: 'zh' };
  const at = { lon: 106.21, lat: 38.41 };
  const asked = (drill: boolean) => (
    <QueryClientProvider client={new QueryClient()}>
      <SessionContext value={me}>
        <IncidentWeather incident={incident({ drill })} at={at} />
      </SessionContext>
    </QueryClientProvider>
  );
  const { rerender } = render(asked(false));
  expect(screen.getByTestId('weather-ask')).toBeTruthy();
  rerender(asked(true));
  expect(screen.queryByTestId('weather-ask')).toBeNull();
  expect(screen.getByText(/演练中不填报天气/)).toBeTruthy();
});
