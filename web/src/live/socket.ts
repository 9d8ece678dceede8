// The live connection: one WebSocket that comes back by itself and says honestly when it is not there.
import type { LiveMessage } from '../api/types';
import { setServerNow } from '../lib/clock';
import { createStore } from '../lib/store';

/** The server ticks every 5 s; without a sign of life for so long the connection counts as dead. */
const SILENCE_MS = 13_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_LAST_MS = 10_000;
/** Messages are applied together, so often: no eye sees the difference, and a flood costs one drawing each time. */
const FLUSH_MS = 100;

export interface Connection {
  open: boolean;
  /** Local time of the last message; when the page was opened, before the first. */
  heard: number;
}
export const connection = createStore<Connection>({ open: false, heard: Date.now() });

export interface LiveHandlers {
  /** A connection is there: whatever was shown may be old. */
  onOpen(): void;
  onMessages(messages: LiveMessage[]): void;
}

/** Opens the connection and keeps it; the answer closes it for good. */
export function openLive(handlers: LiveHandlers): () => void {
  let socket: WebSocket | null = null;
  let closed = false;
  let backoff = BACKOFF_FIRST_MS;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let queue: LiveMessage[] = [];
  /** When the present attempt began: it gets as much time as a silent connection. */
  let begun = 0;

  const flush = () => {
    if (queue.length === 0) return;
    const messages = queue;
    queue = [];
    handlers.onMessages(messages);
  };

  const lost = () => {
    if (closed) return;
    socket = null;
    if (connection.get().open) connection.set({ open: false });
    clearTimeout(retry);
    retry = setTimeout(connect, backoff * (0.75 + Math.random() / 2));
    backoff = Math.min(backoff * 2, BACKOFF_LAST_MS);
  };

  function receive(text: string) {
    let message: LiveMessage;
    try {
      message = JSON.parse(text) as LiveMessage;
    } catch {
      return;
    }
    connection.set({ heard: Date.now() });
    if (message.type === 'hello' || message.type === 'tick') setServerNow(message.now);
    if (message.type === 'hello') {
      backoff = BACKOFF_FIRST_MS;
      connection.set({ open: true });
      queue = [];
      handlers.onOpen();
    } else if (message.type !== 'tick') {
      queue.push(message);
    }
  }

  function connect() {
    if (closed) return;
    const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws';
    const mine = new WebSocket(`${scheme}://${window.location.host}/api/v1/live`);
    socket = mine;
    begun = Date.now();
    mine.onmessage = (event) => {
      if (socket === mine) receive(String(event.data));
    };
    mine.onclose = () => {
      if (socket === mine) lost();
    };
  }

  const watchdog = setInterval(() => {
    flush();
    const alive = Math.max(connection.get().heard, begun);
    if (socket && Date.now() - alive > SILENCE_MS) {
      const dead = socket;
      // From here on it is not ours any more: whatever it still says does not count.
      lost();
      dead.close();
    }
  }, FLUSH_MS);

  connect();
  return () => {
    closed = true;
    clearInterval(watchdog);
    clearTimeout(retry);
    socket?.close();
    connection.set({ open: false });
  };
}
