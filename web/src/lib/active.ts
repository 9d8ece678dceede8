// Whether a person is there. What a page asks for by itself counts as use of the session: it stops when nobody has touched
// the page for a while, so that a forgotten screen is signed out as the rules want. What is shown then says that it stands still, and
// the first touch asks anew.
import { createStore, useStore } from './store';

export const AWAY_MS = 5 * 60_000;

const presence = createStore({ away: false });
const returns = new Set<() => void>();
let touched = Date.now();
let timer = setTimeout(leave, AWAY_MS);

function leave() {
  presence.set({ away: true });
}

function touch() {
  const back = isAway();
  touched = Date.now();
  clearTimeout(timer);
  timer = setTimeout(leave, AWAY_MS);
  if (!back) return;
  presence.set({ away: false });
  for (const listener of returns) listener();
}

const isAway = () => Date.now() - touched >= AWAY_MS;

for (const event of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
  window.addEventListener(event, touch, { passive: true, capture: true });
}

/** For `refetchInterval`: so often while somebody is there. */
export const whileThere = (every: number) => () => (isAway() ? (false as const) : every);

/** Whether nobody has been there for so long that nothing is asked for any more. */
export const useAway = () => useStore(presence, ({ away }) => away);

/** Calls when somebody touches the page again; gives what ends it. */
export function onReturn(listener: () => void): () => void {
  returns.add(listener);
  return () => returns.delete(listener);
}
