import type { HTMLAttributes } from 'react';

/** Makes a table row work like a button: by mouse, by Enter and by space, in the tab order. */
export function clickableRow(action: () => void): HTMLAttributes<HTMLElement> {
  return {
    tabIndex: 0,
    className: 'clickable',
    onClick: action,
    onKeyDown: (event) => {
      if (event.target !== event.currentTarget) return;
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      action();
    },
  };
}
