// Which page is shown: the part of the address after #, so that the server needs to know one page only.
import { useSyncExternalStore } from 'react';

export const PAGES = [
  'map',
  'danger',
  'dispatch',
  'devices',
  'base',
  'field',
  'connectors',
  'quality',
  'sharing',
  'risk',
  'duty',
  'forces',
  'supplies',
  'reviews',
  'programs',
  'drills',
  'alarms',
  'incidents',
  'refusals',
  'audit',
  'accounts',
] as const;
export type PageName = (typeof PAGES)[number];

/** Pages that stand together under one entry of the navigation; the first that a person may open is where the entry leads. */
export const GROUPS: readonly { name: string; pages: readonly PageName[] }[] = [
  { name: 'base', pages: ['base', 'field', 'reviews', 'quality', 'sharing', 'connectors'] },
  { name: 'support', pages: ['forces', 'supplies'] },
  // Of the two the incidents are what people come for.
  { name: 'history', pages: ['incidents', 'alarms'] },
  { name: 'system', pages: ['accounts', 'refusals', 'audit'] },
];
export const groupOf = (page: PageName) => GROUPS.find(({ pages }) => pages.includes(page));

function current(): PageName {
  const name = window.location.hash.replace(/^#\/?/, '').split('/')[0];
  return (PAGES as readonly string[]).includes(name ?? '') ? (name as PageName) : 'map';
}
function subscribe(listener: () => void) {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

/** What stands behind the page in the address, `#/dispatch/12`: the one thing that somebody came for. */
export const askedFor = () => window.location.hash.split('/')[2] ?? '';

export const usePage = () => useSyncExternalStore(subscribe, current);
export function goTo(page: PageName, thing?: string | number) {
  window.location.hash = thing === undefined ? `#/${page}` : `#/${page}/${thing}`;
}
