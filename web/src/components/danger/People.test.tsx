import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import '../../i18n';
import type { DangerLevel, InsideItem, InsideReport } from '../../api/danger';
import { Levels } from './People';

afterEach(cleanup);

const level: DangerLevel = {
  level: 'aegl-2',
  severity: 2,
  threshold: 0,
  unit: '',
  geometry: { type: 'MultiPolygon', coordinates: [] },
  reach_m: 1,
  surface_m2: 1,
};
const count = (n: number) => ({ low: n, expected: n, high: n });

it('does not say that nobody vulnerable is inside while nobody was counted', () => {
  const last = () => [...document.querySelectorAll('tbody td:last-child')].at(-1)?.textContent;
  const { rerender } = render(<Levels levels={[level]} inside={undefined} />);
  expect(screen.getByText('AEGL-2', { exact: false })).toBeTruthy();
  expect(last()).toBe('–');
  // A child that needs help is one person, not two.
  const item = {
    key: 'aegl-2',
    people: count(9),
    vulnerable: { children: count(1), help: count(1) },
    vulnerable_total: count(1),
  } as unknown as InsideItem;
  const inside = { hour: 3, levels: [item], total: item } as unknown as InsideReport;
  rerender(<Levels levels={[level]} inside={inside} />);
  expect(last()).toBe('1');
});
