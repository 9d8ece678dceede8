import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LiveMessage } from '../api/types';
import { connection, openLive } from './socket';

class FakeSocket {
  static OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 1;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  say(message: unknown) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  close() {
    this.readyState = 3;
    this.onclose?.();
  }
}

const newest = () => FakeSocket.all.at(-1) as FakeSocket;
let opened: number;
let got: LiveMessage[];
let stop: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  FakeSocket.all = [];
  opened = 0;
  got = [];
  stop = openLive({
    onOpen: () => {
      opened += 1;
    },
    onMessages: (messages) => got.push(...messages),
  });
});
afterEach(() => {
  stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the live connection', () => {
  it('is open after hello and hands messages on together', () => {
    newest().say({ type: 'hello', now: Date.now() });
    expect(connection.get().open).toBe(true);
    expect(opened).toBe(1);
    newest().say({ type: 'resync' });
    newest().say({ type: 'tick', now: Date.now() });
    newest().say({ type: 'flood', on: true, alarms: 12 });
    expect(got).toEqual([]);
    vi.advanceTimersByTime(150);
    expect(got.map((m) => m.type)).toEqual(['resync', 'flood']);
  });

  it('comes back by itself and fetches anew', () => {
    newest().say({ type: 'hello', now: 0 });
    newest().close();
    expect(connection.get().open).toBe(false);
    vi.advanceTimersByTime(1000);
    expect(FakeSocket.all).toHaveLength(2);
    newest().say({ type: 'hello', now: 0 });
    expect(opened).toBe(2);
  });

  it('waits longer each time, but never long', () => {
    for (let i = 0; i < 10; i++) {
      newest().close();
      vi.advanceTimersByTime(13_000);
    }
    const before = FakeSocket.all.length;
    newest().close();
    vi.advanceTimersByTime(5000);
    expect(FakeSocket.all).toHaveLength(before);
    vi.advanceTimersByTime(8000);
    expect(FakeSocket.all).toHaveLength(before + 1);
  });

  it('takes silence for a dead connection', () => {
    newest().say({ type: 'hello', now: 0 });
    vi.advanceTimersByTime(14_000);
    expect(connection.get().open).toBe(false);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
  });

  it('survives what is no message', () => {
    newest().onmessage?.({ data: 'rubbish' });
    newest().say({ type: 'hello', now: 0 });
    expect(connection.get().open).toBe(true);
  });
});
