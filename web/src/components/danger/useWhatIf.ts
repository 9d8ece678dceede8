// What is supposed, and what the model answers to it.
import { useCallback, useRef, useState } from 'react';
import { askWhatIf, type ModelAnswer, type WhatIf } from '../../api/danger';

interface Asked {
  answer: ModelAnswer | null;
  busy: boolean;
  error: unknown;
}

const NOTHING: Asked = { answer: null, busy: false, error: null };

/** One question at a time: what comes in after another was asked, or after all was dropped, is not taken for an answer. */
export function useWhatIf() {
  const turn = useRef(0);
  const [asked, setAsked] = useState(NOTHING);
  const drop = useCallback(() => {
    turn.current += 1;
    setAsked(NOTHING);
  }, []);
  const ask = useCallback(async (incident: number, what: WhatIf) => {
    turn.current += 1;
    const mine = turn.current;
    setAsked(({ answer }) => ({ answer, busy: true, error: null }));
    const came = await askWhatIf(incident, what).then(
      (answer) => ({ answer, error: null }),
      (error: unknown) => ({ answer: null, error }),
    );
    if (turn.current === mine) setAsked({ ...came, busy: false });
  }, []);
  return { ...asked, ask, drop };
}
