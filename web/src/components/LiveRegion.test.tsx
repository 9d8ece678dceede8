import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import '../i18n';
import { news, tell } from '../live/news';
import { alarm } from '../test/samples';
import { LiveRegion } from './LiveRegion';

afterEach(() => {
  cleanup();
  news.set({ heard: [] });
});

it('reads out every alarm of one moment, the urgent ones at once', () => {
  render(<LiveRegion />);
  const place = (name: string) => ({ ...alarm().place, place: name });
  act(() => {
    tell(alarm({ id: 1, priority: 'critical', place: place('3-302') }));
    tell(alarm({ id: 2, priority: 'medium', place: place('3-303') }));
  });
  expect(screen.getByTestId('live-urgent').textContent).toContain('3-302');
  expect(screen.getByTestId('live-polite').textContent).toContain('3-303');
});

it('forgets the oldest in a flood', () => {
  render(<LiveRegion />);
  act(() => {
    for (let id = 1; id <= 50; id++) tell(alarm({ id, priority: 'critical' }));
  });
  expect(screen.getByTestId('live-urgent').querySelectorAll('p')).toHaveLength(5);
});
