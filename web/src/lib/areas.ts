// Areas by code: nine digits, the zeros at the end stand for everything below (GB/T 2260).
import { useTranslation } from 'react-i18next';
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

/** Names of areas, and what a person can choose from: everywhere, the cities, the counties. */
export function useAreaNames() {
  const { t, i18n } = useTranslation();
  const features = useAreas().data?.features ?? [];
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
  return {
    counties,
    all: [everywhere, ...cityOptions, ...counties],
    /** Name of an area; a township is named by its county. */
    nameOf: (code: number) =>
      names.get(code) ?? names.get(Math.floor(code / COUNTY) * COUNTY) ?? String(code),
  };
}
