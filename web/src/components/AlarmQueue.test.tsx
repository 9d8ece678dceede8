import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { App } from 'antd';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import '../i18n';
import { keys } from '../api/keys';
import type { Alarm, Role } from '../api/types';
import { SessionContext } from '../app/session';
import { selection } from '../lib/selection';
import { alarm } from '../test/samples';
import { AlarmQueue } from './AlarmQueue';

const asked: string[] = [];

function show(alarms: Alarm[], role: Role) {
  const client = new QueryClient({
    defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false } },
  });
  client.setQueryData(keys.openAlarms, { items: alarms, next: null });
  const session = { account: 'a', name: 'A', role, area: 0, language: 'zh' };
  render(
    <App>
      <QueryClientProvider client={client}>
        <SessionContext value={session}>
          <AlarmQueue />
        </SessionContext>
      </QueryClientProvider>
    </App>,
  );
}

beforeEach(() => {
  asked.length = 0;
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    asked.push(`${init?.method} ${path}`);
    return new Response('{}', { status: 200 });
  });
});
afterEach(() => {
  cleanup();
  selection.set({ alarm: null, incident: null });
  vi.unstubAllGlobals();
});

const acknowledged = () => asked.filter((line) => line.includes('acknowledge'));

describe('the alarm queue', () => {
  it('shows what is missing as a defect', () => {
    show([alarm({ missing: ['picture', 'contact'] })], 'duty');
    expect(document.querySelectorAll('.defect')).toHaveLength(2);
  });

  it('acknowledges by the button', async () => {
    show([alarm({ id: 4 })], 'duty');
    fireEvent.click(screen.getByTestId('alarm-ack'));
    await waitFor(() => expect(acknowledged()).toEqual(['POST /api/v1/alarms/4/acknowledge']));
  });

  it('acknowledges the selected alarm by the key A, but not while somebody types', async () => {
    show([alarm({ id: 4 }), alarm({ id: 5 })], 'duty');
    fireEvent.keyDown(window, { key: 'a' });
    expect(acknowledged()).toEqual([]);
    selection.set({ alarm: 5 });
    await waitFor(() => expect(document.querySelector('.alarm.selected')).not.toBeNull());
    const input = document.body.appendChild(document.createElement('input'));
    fireEvent.keyDown(input, { key: 'a' });
    expect(acknowledged()).toEqual([]);
    fireEvent.keyDown(window, { key: 'a' });
    await waitFor(() => expect(acknowledged()).toEqual(['POST /api/v1/alarms/5/acknowledge']));
  });

  it('offers nothing to whoever may not act', () => {
    show([alarm({ id: 4 })], 'viewer');
    expect(screen.queryByTestId('alarm-ack')).toBeNull();
  });

  it('offers only drills to an administrator', () => {
    show([alarm({ id: 4 }), alarm({ id: 5, drill: true })], 'admin');
    expect(screen.getAllByTestId('alarm-ack')).toHaveLength(1);
  });

  it('keeps what was put aside out of the way', () => {
    show([alarm({ id: 4, state: 'shelved', until: 1 }), alarm({ id: 5 })], 'duty');
    expect(screen.getAllByTestId('alarm-row')).toHaveLength(1);
  });
});
