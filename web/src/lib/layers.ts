// Which kinds of objects the map shows. Kept on this machine: it is a habit of whoever sits here.
import { createStore, useStore } from './store';

const STORED = 'helan.layers';

function stored(): ReadonlySet<string> {
  try {
    const kinds: unknown = JSON.parse(localStorage.getItem(STORED) ?? '[]');
    return new Set(Array.isArray(kinds) ? kinds.filter((kind) => typeof kind === 'string') : []);
  } catch {
    // No storage, or somebody wrote something else there: nothing is shown at first.
    return new Set();
  }
}

const store = createStore<{ kinds: ReadonlySet<string> }>({ kinds: stored() });

export const shownKinds = {
  show(kinds: readonly string[], on: boolean) {
    const next = new Set(store.get().kinds);
    for (const kind of kinds) {
      if (on) next.add(kind);
      else next.delete(kind);
    }
    store.set({ kinds: next });
    try {
      localStorage.setItem(STORED, JSON.stringify([...next]));
    } catch {
      // It is only not remembered.
    }
  },
};

export const useShownKinds = () => useStore(store, ({ kinds }) => kinds);
