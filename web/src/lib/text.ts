// Words from the server, in the language of the screen.
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Text } from '../api/types';
import { spanWords } from './time';

export function pickText(text: Text | string | null | undefined, language: string): string {
  if (!text) return '';
  if (typeof text === 'string') return text;
  return language.startsWith('en') ? text.en || text.zh : text.zh || text.en;
}

/** A problem of a dry run comes in both languages, `中文 | English`; words of one language stay as they are. */
export function pickBoth(words: string, language: string): string {
  const [zh = words, en = zh] = words.split(' | ');
  return language.startsWith('en') ? en : zh;
}

/** Name of an incident: where no pack named it, that of its kind. */
export function useIncidentName() {
  const { t, i18n } = useTranslation();
  return ({ kind, name }: { kind: string; name: Text }): string => {
    const words = pickText(name, i18n.language);
    return words === kind && i18n.exists(`kind.${kind}`) ? t(`kind.${kind}`) : words;
  };
}

/** Says minutes as people do: `5 h 12 min`. */
export function useSpan() {
  const { t } = useTranslation();
  return useCallback((minutes: number) => spanWords(minutes, t), [t]);
}

/** Gives the words of a text in the present language. */
export function useText() {
  const { i18n } = useTranslation();
  return (text: Text | string | null | undefined) => pickText(text, i18n.language);
}
