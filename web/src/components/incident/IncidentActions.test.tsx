import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { App } from 'antd';
import { afterEach, describe, expect, it } from 'vitest';
import '../../i18n';
import type { Incident, Notice } from '../../api/types';
import { SessionContext } from '../../app/session';
import { incident, notice } from '../../test/samples';
import { IncidentActions, takesTwo } from './IncidentActions';
import { unresolved } from './Receipts';

function show(of: Incident, notices: Notice[] = [], unsafe = 0) {
  const session = { account: 'a', name: 'A', role: 'duty' as const, area: 0, language: 'zh' };
  render(
    <App>
      <QueryClientProvider client={new QueryClient()}>
        <SessionContext value={session}>
          <IncidentActions incident={of} notices={notices} warnings={[]} unsafe={unsafe} />
        </SessionContext>
      </QueryClientProvider>
    </App>,
  );
}
const button = (name: string) => screen.getByTestId(name) as HTMLButtonElement;

afterEach(cleanup);

describe('what can be done with an incident', () => {
  it('is neither all-clear nor closing while an alarm is active', () => {
    show(incident({ active: 1 }));
    expect(button('incident-all-clear').disabled).toBe(true);
    expect(button('incident-close').disabled).toBe(true);
    expect(button('incident-grade').disabled).toBe(false);
  });

  it('names whoever is not known to be safe before it is closed', () => {
    const person = { party: 'person' };
    show(incident({ active: 0 }), [
      notice({ ...person, id: 1, name: 'Ding', state: 'needs-help' }),
      notice({ ...person, id: 2, name: 'Ha', state: 'acknowledged' }),
    ]);
    fireEvent.click(button('incident-close'));
    const words = screen.getByTestId('unresolved').textContent;
    expect(words).toContain('Ding');
    expect(words).not.toContain('Ha');
  });

  it('counts them also where it may not name them', () => {
    show(incident({ active: 0 }), [], 7);
    fireEvent.click(button('incident-close'));
    expect(screen.getByTestId('unresolved').textContent).toContain('7');
  });
});

it('nobody is unresolved who was only informed, or is a loudspeaker', () => {
  const told = [
    notice({ id: 1, party: 'person', action: 'leave', state: 'sent' }),
    notice({ id: 2, party: 'person', action: 'all-clear', state: 'sent' }),
    notice({ id: 3, party: 'facility', action: 'leave', state: 'delivered' }),
    notice({ id: 4, party: 'person', action: 'leave', state: 'visited' }),
    notice({ id: 5, party: 'person', action: 'leave', state: 'unreachable' }),
  ];
  expect(unresolved(told).map((n) => n.id)).toEqual([1, 5]);
});

it('the all-clear takes two persons where somebody outside was told what to do', () => {
  const resident = notice({ party: 'person', action: 'leave' });
  const post = notice({ party: 'post', action: 'task' });
  expect(takesTwo(incident({ drill: false }), [resident], [])).toBe(true);
  expect(takesTwo(incident({ drill: false }), [post], [])).toBe(false);
  expect(takesTwo(incident({ drill: true }), [resident], [])).toBe(false);
});
