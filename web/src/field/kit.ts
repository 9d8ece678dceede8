// What a person takes along to where there is no network, and what was written down there. Kept in the browser's own database,
// for each account apart; nothing of it leaves the machine but to the server.
import { del, get as read, set as write } from 'idb-keyval';
import type { BaseArea, BaseFault, BaseKind, BaseObject } from '../api/base';
import { objectPath } from '../api/base';
import { ApiError, get, put } from '../api/client';
import type { Page, Session } from '../api/types';
import { randomKey } from '../lib/key';
import { createStore, useStore } from '../lib/store';

/** Objects taken along of one kind at most: a phone holds and shows them all. */
const MOST = 2000;
const PAGE = 500;
/** Remembers who was here last, so that the form opens without the server. */
const LAST = 'helan.field';

/** What is taken along. */
export interface Kit {
  session: Session;
  kinds: BaseKind[];
  areas: BaseArea[];
  objects: Record<string, BaseObject[]>;
  at: number;
}

/** As the server takes it. */
export interface Order {
  name: string;
  area: string;
  address?: string;
  post?: string;
  geometry: unknown;
  values: Record<string, unknown>;
  seen: number;
}

/** Something that was written down and is not on the server yet. */
export interface Written {
  id: string;
  kind: string;
  key: string;
  order: Order;
  at: number;
  /** What the server said against it; it stays until somebody puts it right. */
  faults: BaseFault[];
  problem: string;
}

/** What became of something that was sent. */
export interface Answer {
  stored: boolean;
  faults: BaseFault[];
  merged?: boolean;
  in_review?: string[];
}

interface Field {
  kit: Kit | null;
  written: Written[];
  /** Under way to the server. */
  sending: boolean;
  /** Columns that went to review with the last sending. */
  reviewed: number;
  /** Whether the database of the browser could be read. */
  ready: boolean;
}

const store = createStore<Field>({
  kit: null,
  written: [],
  sending: false,
  reviewed: 0,
  ready: false,
});
export const useField = <R>(pick: (field: Field) => R) => useStore(store, pick);

const kitKey = (account: string) => `kit:${account}`;
const writtenKey = (account: string) => `written:${account}`;
let account = '';

/** The account that took something along here last; none when nobody did. */
export function lastAccount(): string | null {
  try {
    return localStorage.getItem(LAST);
  } catch {
    return null;
  }
}

/** Reads what is kept for an account. */
export async function open(of: string): Promise<void> {
  account = of;
  const [kit, written] = await Promise.all([
    read<Kit>(kitKey(of)),
    read<Written[]>(writtenKey(of)),
  ]);
  store.set({ kit: kit ?? null, written: written ?? [], ready: true });
}

/** Changes what is written down: in the browser's database first, then on the screen. */
async function keep(written: Written[]): Promise<void> {
  await write(writtenKey(account), written);
  store.set({ written });
}

/** Takes kinds, areas and the objects of some kinds along. */
export async function takeAlong(session: Session, kinds: readonly string[]): Promise<void> {
  const [all, areas] = await Promise.all([
    get<BaseKind[]>('/base/kinds'),
    get<BaseArea[]>('/base/areas'),
  ]);
  const objects: Record<string, BaseObject[]> = {};
  for (const kind of kinds) {
    const own: BaseObject[] = [];
    let after: string | number | null | undefined;
    do {
      const page: Page<BaseObject> = await get('/base/objects', { kind, limit: PAGE, after });
      own.push(...page.items);
      after = page.next;
    } while (after && own.length < MOST);
    objects[kind] = own;
  }
  const kit: Kit = { session, kinds: all, areas, objects, at: Date.now() };
  await write(kitKey(session.account), kit);
  localStorage.setItem(LAST, session.account);
  store.set({ kit });
}

/** Leaves nothing of what was taken along on this machine; what is not sent yet stays. */
export async function forget(): Promise<void> {
  await del(kitKey(account));
  localStorage.removeItem(LAST);
  store.set({ kit: null });
}

/** Writes something down. A second change of the same object goes on from the first one. */
export async function writeDown(kind: string, key: string, order: Order): Promise<void> {
  const { written } = store.get();
  const earlier = written.find((w) => w.kind === kind && w.key === key);
  const entry: Written = {
    id: earlier?.id ?? randomKey(),
    kind,
    key,
    order: { ...order, seen: earlier?.order.seen ?? order.seen },
    at: Date.now(),
    faults: [],
    problem: '',
  };
  await keep([...written.filter((w) => w !== earlier), entry]);
}

/** Takes something that was written down back. */
export const tearUp = (id: string) => keep(store.get().written.filter((w) => w.id !== id));

/**
 * Sends what was written down, oldest first. What the server takes is struck out only after its answer; what it refuses stays with
 * the reason. Sent twice does no harm: the same facts change nothing.
 */
export async function send(): Promise<void> {
  if (store.get().sending) return;
  store.set({ sending: true });
  try {
    for (const { id, kind, key, order } of [...store.get().written]) {
      const without = () => store.get().written.filter((w) => w.id !== id);
      const change = (part: Partial<Written>) =>
        keep(store.get().written.map((w) => (w.id === id ? { ...w, ...part } : w)));
      try {
        const answer = await put<Answer>(objectPath(kind, key), { ...order, source: 'field' });
        if (answer.stored) {
          await keep(without());
          store.set({ reviewed: store.get().reviewed + (answer.in_review?.length ?? 0) });
        } else {
          await change({ faults: answer.faults, problem: '' });
        }
      } catch (error) {
        // No network, no session or an overloaded server: the rest would fare no better.
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 0 || error.status === 401 || error.status >= 500) return;
        await change({ problem: error.code });
      }
    }
  } finally {
    store.set({ sending: false });
  }
}
