import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import '../../i18n';
import type { BlockView, StayView } from '../../api/danger';
import { Blocks } from './Blocks';

vi.mock('../../lib/areas', () => ({
  useAreaNames: () => ({ nameOf: (area: number) => `${area}` }),
}));
vi.mock('../../lib/narrow', () => ({ useNarrow: () => false }));

beforeAll(() => {
  Element.prototype.scrollIntoView = () => {};
});
afterEach(cleanup);

const stay: StayView = {
  better: 'stay',
  times: 2,
  stay_peak_ppm: 1,
  leave_peak_ppm: 2,
  stay_load: 1,
  leave_load: 2,
  over_min: 30,
};
const block = (n: number): BlockView => ({
  key: `b${n}`,
  area: n,
  at: { lon: 106, lat: 38 },
  action: 'leave',
  people: 100 - n,
  cannot_walk: 0,
  without_car: 0,
  shelter: null,
  by: 'car',
  line: null,
  roads: [],
  travel_min: 0,
  leave_min: 0,
  cleared_min: 0,
  bottleneck: '',
  trips: [],
  stay: n === 0 ? stay : null,
  left: [],
});
const blocks = Array.from({ length: 25 }, (_, n) => block(n));
const table = (chosen: string | null) => (
  <Blocks blocks={blocks} shelters={[]} chosen={chosen} onChosen={() => {}} />
);

describe('a block that is chosen on the map', () => {
  it('is on the page that is shown', () => {
    const { rerender } = render(table(null));
    expect(document.querySelector('[data-row-key="b23"]')).toBeNull();
    rerender(table('b23'));
    expect(document.querySelector('[data-row-key="b23"].chosen-row')).not.toBeNull();
  });

  it('is let go when somebody filters it away', () => {
    const letGo = vi.fn();
    render(<Blocks blocks={blocks} shelters={[]} chosen="b23" onChosen={letGo} />);
    fireEvent.click(screen.getByTestId('only-inside'));
    expect(letGo).toHaveBeenCalledWith(null);
  });

  it('is shown though a filter hides it', () => {
    const { rerender } = render(table(null));
    fireEvent.click(screen.getByTestId('only-inside'));
    expect(document.querySelector('[data-row-key="b23"]')).toBeNull();
    expect(document.querySelector('[data-row-key="b0"]')).not.toBeNull();
    rerender(table('b23'));
    expect(document.querySelector('[data-row-key="b23"].chosen-row')).not.toBeNull();
  });
});
