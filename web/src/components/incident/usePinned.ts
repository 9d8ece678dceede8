import { useEffect } from 'react';
import type { Incident } from '../../api/types';
import { sortIncidents } from '../../lib/order';
import { selection, useSelection } from '../../lib/selection';

/** The incident that is worked at: the one that was chosen, else the most urgent, which then stays though something more urgent opens. */
export function usePinned(open: readonly Incident[] | undefined): number | null {
  const selected = useSelection((s) => s.incident);
  const first = sortIncidents([...(open ?? [])])[0]?.id ?? null;
  useEffect(() => {
    if (selected === null && first !== null) selection.set({ incident: first });
  }, [selected, first]);
  return selected ?? first;
}
