// Areas by code: nine digits, the zeros at the end stand for everything below (GB/T 2260).
import { useTranslation } from 'react-i18next';
import { useBaseAreas } from '../api/base';
import { useAreas } from '../api/queries';
import type { Areas } from '../api/types';

const COUNTY = 1000;
const CITY = 100_000;
const PROVINCE = 10_000_000;

/** The counties of an area; a township has the county that it lies in. */
export function countiesOf(areas: Areas | undefined, area: number): Areas | undefined {
  if (!areas || area === 0) return areas;
  const size = [PROVINCE, CITY].find((level) => area % level === 0) ?? COUNTY;
  const part = Math.floor(area / size);
  const features = areas.features.filter((f) => Math.floor(f.properties.code / size) === part);
  return { ...areas, features };
}

export interface AreaNode {
  value: number;
  title: string;
  /** What is looked through for the words that somebody types. */
  search: string;
  children: AreaNode[];
}

/** Areas as a tree: region, cities, counties, townships. What lies above the own area is left out when nothing of it is known. */
export function areaTree<A extends { code: number; name: string; name_en: string }>(
  areas: readonly A[],
  nameOf: (area: A) => string,
): AreaNode[] {
  const nodes = new Map<number, AreaNode>();
  const roots: AreaNode[] = [];
  for (const area of [...areas].sort((a, b) => a.code - b.code)) {
    const search = `${area.code} ${area.name} ${area.name_en}`;
    const node = { value: area.code, title: nameOf(area), search, children: [] };
    nodes.set(area.code, node);
    const size = [PROVINCE, CITY, COUNTY].find((level) => area.code % level === 0) ?? 1;
    const above = [COUNTY, CITY, PROVINCE].filter((level) => level > size);
    const parent = above.map((level) => nodes.get(area.code - (area.code % level))).find(Boolean);
    (parent?.children ?? roots).push(node);
  }
  return roots;
}

/** Names of areas, and what a person can choose from: everywhere, the cities, the counties. */
export function useAreaNames() {
  const { t, i18n } = useTranslation();
  const features = useAreas().data?.features ?? [];
  const known = useBaseAreas().data;
  const english = i18n.language === 'en';
  const counties = features.map(({ properties: p }) => ({
    value: p.code,
    label: english ? p.name_en : p.name,
  }));
  const cities = new Map<number, string>();
  for (const { properties: p } of features) {
    const code = Math.floor(p.code / CITY) * CITY;
    if (p.city) cities.set(code, english ? String(code) : p.city);
  }
  const everywhere = { value: 0, label: t('accounts.everywhere') };
  const cityOptions = [...cities].map(([value, label]) => ({ value, label }));
  const names = new Map([everywhere, ...cityOptions, ...counties].map((a) => [a.value, a.label]));
  for (const { code, name, name_en } of known ?? []) {
    if (!names.has(code)) names.set(code, (english && name_en) || name);
  }
  return {
    counties,
    all: [everywhere, ...cityOptions, ...counties],
    /** Name of an area; one that is not known is named by its county. */
    nameOf: (code: number) =>
      names.get(code) ?? names.get(Math.floor(code / COUNTY) * COUNTY) ?? String(code),
  };
}
