// What is supposed, and what the model and the decision answer to it.
import { useCallback, useRef, useState } from 'react';
import {
  askResponseIf,
  askWhatIf,
  type ModelAnswer,
  type ResponseView,
  type WhatIf,
} from '../../api/danger';
import type { Position } from '../../api/types';

export interface Supposed {
  /** What the model is asked, and of which policy the danger is; null: the danger is as it is. */
  danger: (WhatIf & { policy: string }) | null;
  /** Ground whose roads are supposed to be closed. */
  close: readonly (readonly Position[])[];
  /** Closures that are supposed to be open. */
  open: readonly number[];
}

interface Asked {
  supposed: Supposed;
  answer: ModelAnswer | null;
  response: ResponseView | null;
  busy: boolean;
  error: unknown;
}

const NOTHING: Asked = {
  supposed: { danger: null, close: [], open: [] },
  answer: null,
  response: null,
  busy: false,
  error: null,
};

const isNothing = ({ danger, close, open }: Supposed) =>
  danger === null && close.length === 0 && open.length === 0;

/** One question at a time: what comes in after another was asked, or after all was dropped, is not taken for an answer. */
export function useWhatIf() {
  const turn = useRef(0);
  const [asked, setAsked] = useState(NOTHING);
  const drop = useCallback(() => {
    turn.current += 1;
    setAsked(NOTHING);
  }, []);
  const suppose = useCallback(async (incident: number, supposed: Supposed) => {
    turn.current += 1;
    const mine = turn.current;
    if (isNothing(supposed)) return setAsked(NOTHING);
    const { danger, close, open } = supposed;
    setAsked(({ answer, response }) => {
      // Of a danger that is as it is again nothing is drawn beside it.
      const kept = danger ? answer : null;
      return { supposed, answer: kept, response, busy: true, error: null };
    });
    const { frames: _, ...inputs } = danger?.inputs ?? {};
    const [answer, response] = await Promise.allSettled([
      danger ? askWhatIf(incident, asModel(danger)) : null,
      askResponseIf(incident, danger ? { ...danger, inputs, close, open } : { close, open }),
    ]);
    if (turn.current !== mine) return;
    const failed = [answer, response].find(({ status }) => status === 'rejected');
    setAsked({
      supposed,
      answer: answer.status === 'fulfilled' ? answer.value : null,
      response: response.status === 'fulfilled' ? response.value : null,
      busy: false,
      error: failed?.status === 'rejected' ? failed.reason : null,
    });
  }, []);
  return { ...asked, suppose, drop };
}

const asModel = ({ policy: _, ...what }: WhatIf & { policy: string }): WhatIf => what;
