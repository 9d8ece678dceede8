// Ground that somebody draws on the map: for one purpose at a time, so that what was drawn for one is never taken for the other.
import { useCallback, useState } from 'react';
import type { Position } from '../../api/types';

/** Roads that are closed, or what was seen on the ground. */
export type RingFor = 'roads' | 'observed';

/** What is drawn for one purpose. */
export interface Ring {
  /** Whether clicks on the map set corners of it. */
  drawing: boolean;
  drawn: readonly Position[];
  onDrawing(on: boolean): void;
  onDrawn(corners: readonly Position[]): void;
  /** The middle of the map: for those who set corners without a mouse. */
  middle(): Position | null;
}

interface Drawing {
  is: RingFor;
  on: boolean;
  corners: readonly Position[];
}

const NO_CORNERS: readonly Position[] = [];

export function useRings(middle: () => Position | null) {
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  const clear = useCallback(() => setDrawing(null), []);
  const of = (is: RingFor): Ring => {
    const own = drawing?.is === is ? drawing : null;
    const change = (what: Partial<Drawing>) =>
      setDrawing((now) => {
        const before = now?.is === is ? now : null;
        const next = { ...(before ?? { is, on: false, corners: NO_CORNERS }), ...what };
        if (next.on || next.corners.length > 0) return next;
        // Whoever is done late does not wipe out what is drawn for the other meanwhile.
        return before ? null : now;
      });
    return {
      drawing: own?.on ?? false,
      drawn: own?.corners ?? NO_CORNERS,
      onDrawing: (on) => change({ on }),
      onDrawn: (corners) => change({ corners }),
      middle,
    };
  };
  /** When somebody draws: where a click sets a corner. */
  const onCorner = drawing?.on
    ? (at: Position) => setDrawing((now) => now && { ...now, corners: [...now.corners, at] })
    : undefined;
  return { of, drawn: drawing?.corners ?? NO_CORNERS, onCorner, clear };
}
