// The substances that models know, with their names.
import { useQuery } from '@tanstack/react-query';
import { get } from './client';

export interface NamedSubstance {
  key: string;
  zh: string;
  en: string;
  formula: string;
  cas: string;
  un: number | null;
}

const NONE: readonly NamedSubstance[] = [];

/** They do not change while a page is open; none while they load, and where they cannot be had. */
export const useSubstances = () =>
  useQuery({
    queryKey: ['substances'],
    queryFn: () => get<NamedSubstance[]>('/substances'),
    staleTime: Number.POSITIVE_INFINITY,
  }).data ?? NONE;

/** The substance of a name as somebody wrote it down: its key, a name, the formula or a number. */
export function substanceOf(substances: readonly NamedSubstance[], name: string) {
  const wanted = name.toLowerCase();
  return substances.find(({ key, zh, en, formula, cas, un }) =>
    [key, zh, en, formula, cas, String(un ?? '')].some((one) => one.toLowerCase() === wanted),
  );
}
