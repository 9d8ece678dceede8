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
import type { Changed } from './whatIf';

export interface Supposed {
  /** Of which policy the danger is, and which of its inputs are other; null: the danger is as it is. */
  danger: { policy: string; changed: Changed } | null;
  /** Ground whose roads are supposed to be closed. */
  close: readonly (readonly Position[])[];
  /** Closures that are supposed to be open. */
  open: readonly number[];
}

export interface Question {
  incident: number;
  supposed: Supposed;
  /** What the model is asked when the danger is supposed to be other. */
  what: WhatIf | null;
  /** What is so while it is asked: an answer of another basis is old. */
  basis: string;
}

interface Asked {
  /** What is asked last, answered or not. */
  supposed: Supposed;
  /** What the answers below are answers to. */
  answered: Supposed;
  basis: string;
  answer: ModelAnswer | null;
  response: ResponseView | null;
  busy: boolean;
  error: unknown;
}

export const NOTHING: Supposed = { danger: null, close: [], open: [] };

const START: Asked = {
  supposed: NOTHING,
  answered: NOTHING,
  basis: '',
  answer: null,
  response: null,
  busy: false,
  error: null,
};

export const isNothing = ({ danger, close, open }: Supposed) =>
  danger === null && close.length === 0 && open.length === 0;

/** One question at a time: what comes in after another was asked, or after all was dropped, is not taken for an answer. */
export function useWhatIf() {
  const turn = useRef(0);
  const [asked, setAsked] = useState(START);
  const drop = useCallback(() => {
    turn.current += 1;
    setAsked(START);
  }, []);
  const suppose = useCallback(async ({ incident, supposed, what, basis }: Question) => {
    turn.current += 1;
    const mine = turn.current;
    if (isNothing(supposed)) return setAsked(START);
    // Until the new answer is there the old one stays, with what it is an answer to.
    setAsked((before) => ({ ...before, supposed, busy: true, error: null }));
    const { danger, close, open } = supposed;
    const { frames: _, ...inputs } = what?.inputs ?? {};
    const other = danger && what ? { ...what, policy: danger.policy, inputs } : {};
    const [answer, response] = await Promise.allSettled([
      danger && what ? askWhatIf(incident, what) : null,
      askResponseIf(incident, { ...other, close, open }),
    ]);
    if (turn.current !== mine) return;
    const failed = [answer, response].find(({ status }) => status === 'rejected');
    const next = {
      answer: answer.status === 'fulfilled' ? answer.value : null,
      response: response.status === 'fulfilled' ? response.value : null,
    };
    setAsked({
      ...next,
      supposed,
      answered: next.answer || next.response ? supposed : NOTHING,
      basis,
      busy: false,
      error: failed?.status === 'rejected' ? failed.reason : null,
    });
  }, []);
  return { ...asked, suppose, drop };
}
