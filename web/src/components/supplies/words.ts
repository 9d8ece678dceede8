import type { StockAllocation, StockStage, StockStepName } from '../../api/stock';

export const STAGE_COLOUR: Record<StockStage, string> = {
  asked: 'orange',
  reserved: 'blue',
  loaded: 'geekblue',
  moving: 'cyan',
  arrived: 'purple',
  received: 'green',
  done: 'default',
  refused: 'default',
  released: 'default',
  lost: 'red',
};

/** Amounts are whole thousandths: nothing of them is rounded away. */
export const amount = (value: number | null) =>
  value === null ? '–' : String(Number(value.toFixed(3)));

interface Abilities {
  handle: boolean;
  supplies: boolean;
}

/** What can be done next with an allocation, by whose side it is on and what the person may do. */
export function nextSteps(one: StockAllocation, may: Abilities): StockStepName[] {
  const give = may.supplies && one.gives;
  const get = may.supplies && one.gets;
  const steps: [StockStepName, boolean][] = (() => {
    switch (one.stage) {
      case 'asked':
        return [
          ['approve', may.handle && one.gives],
          ['refuse', may.handle && one.gives],
          ['release', may.handle],
        ];
      case 'reserved':
        return [
          ['load', give],
          ['release', may.handle],
        ];
      case 'loaded':
        return [
          ['depart', give],
          ['release', may.handle],
          ['lose', may.supplies],
        ];
      case 'moving':
        return [
          ['arrive', may.supplies],
          ['receive', get],
          ['lose', may.supplies],
        ];
      case 'arrived':
        return [
          ['receive', get],
          ['lose', may.supplies],
        ];
      case 'received':
        return [
          ['use', get],
          ['return', give],
        ];
      default:
        return [];
    }
  })();
  return steps.filter(([, allowed]) => allowed).map(([step]) => step);
}
