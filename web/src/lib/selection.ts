// What the person looks at: shared by map, queue, panel and drawer.
import { createStore, useStore } from './store';

export type PhonePanel = 'map' | 'alarms' | 'incidents';

interface Selection {
  alarm: number | null;
  incident: number | null;
  device: string | null;
  /** Object of the base database. */
  object: { kind: string; key: string } | null;
  /** Which part a narrow screen shows. */
  panel: PhonePanel;
  /** Where the map shall go next; counted, so that the same place can be asked for twice. */
  fly: { lon: number; lat: number; zoom: number; count: number } | null;
}

export const selection = createStore<Selection>({
  alarm: null,
  incident: null,
  device: null,
  object: null,
  panel: 'map',
  fly: null,
});
export const useSelection = <R>(pick: (value: Selection) => R) => useStore(selection, pick);

/** Zoom at which a single building and the danger area around it fill the map. */
export const CLOSE = 15.5;

export function flyTo(lon: number, lat: number, zoom: number) {
  const count = (selection.get().fly?.count ?? 0) + 1;
  selection.set({ fly: { lon, lat, zoom, count } });
}
