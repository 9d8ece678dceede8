import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render, screen } from '@testing-library/react';
import { App } from 'antd';
import { afterEach, expect, it, vi } from 'vitest';
import '../../i18n';
import type { ModelScore } from '../../api/forecasts';
import { ForecastScores } from './ForecastScores';

const blank: ModelScore = {
  model: 'wildfire',
  what: 'ground',
  form: 'outline',
  unit: '1',
  pairs: 30,
  compared: 24,
  open: 2,
  void: 0,
  mae: null,
  rmse: null,
  bias: null,
  score: 0.52,
  reference: 0.81,
  against: 'persistence',
  skill: -1.5,
  hits: null,
  misses: null,
  false_alarms: null,
  quiet: null,
  heidke: null,
  missed: 0.1,
  in_vain: 0.4,
  standing: 'worse',
};
const scores: ModelScore[] = [
  blank,
  {
    ...blank,
    model: 'quake-intensity',
    what: 'ground-place',
    form: 'chance',
    score: 0.25,
    reference: null,
    against: '',
    hits: 3,
    misses: 1,
    false_alarms: 2,
    standing: 'no-reference',
  },
  { ...blank, model: 'blast-tnt', pairs: 0, score: null, against: '', standing: 'too-few' },
];
vi.mock('../../api/client', async (real) => ({
  ...(await real<typeof import('../../api/client')>()),
  get: async () => ({ scores, fewest: 20, fewest_events: 5 }),
}));
afterEach(cleanup);

it('tells areas by what was missed and told in vain, and of how many pairs the score is', async () => {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <ForecastScores />
      </App>
    </QueryClientProvider>,
  );
  expect(await screen.findByText('漏报 10% · 空报 40%')).toBeTruthy();
  expect(screen.getAllByText('可与参照比较 24')).toHaveLength(1);
  expect(screen.getAllByText('52%').length).toBeGreaterThan(0);
  expect(screen.getByText('81% (保持现状)')).toBeTruthy();
  expect(screen.getByText('命中 3 · 漏报 1 · 空报 2')).toBeTruthy();
  const marks = screen.getAllByTestId('forecast-ground').map((mark) => mark.textContent);
  expect(marks).toEqual(['劣于参照', '样本不足']);
  expect(screen.getByTestId('forecast-ground-place').textContent).toBe('仅公布误差');
});
