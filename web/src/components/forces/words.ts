import type { ForceOrder, OrderStage, OrderStep, ReadinessName } from '../../api/forces';

export const ORDER_COLOUR: Record<OrderStage, string> = {
  ordered: 'orange',
  accepted: 'blue',
  moving: 'cyan',
  'on-scene': 'green',
  lost: 'red',
  done: 'default',
  declined: 'default',
  recalled: 'default',
};

export const READY_COLOUR: Record<ReadinessName, string> = {
  ready: 'green',
  out: 'blue',
  'stood-down': 'orange',
  off: 'default',
  unknown: 'default',
};

/** What can be said next of an order; the same table as the server's. */
export const NEXT: Record<OrderStage, OrderStep[]> = {
  ordered: ['accept', 'depart', 'arrive', 'decline', 'lose', 'recall'],
  accepted: ['depart', 'arrive', 'decline', 'lose', 'recall'],
  moving: ['arrive', 'lose', 'recall'],
  'on-scene': ['finish', 'lose', 'recall'],
  lost: ['depart', 'arrive', 'finish', 'recall'],
  done: [],
  declined: [],
  recalled: [],
};

/** When a step was said last; null when never. */
export function momentOf(order: ForceOrder, what: string): number | null {
  return order.steps.filter((step) => step.what === what).at(-1)?.at ?? null;
}
