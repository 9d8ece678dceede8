// Words from the server, in the language of the screen.
import { useTranslation } from 'react-i18next';
import type { Text } from '../api/types';

export function pickText(text: Text | string | null | undefined, language: string): string {
  if (!text) return '';
  if (typeof text === 'string') return text;
  return language.startsWith('en') ? text.en || text.zh : text.zh || text.en;
}

/** Gives the words of a text in the present language. */
export function useText() {
  const { i18n } = useTranslation();
  return (text: Text | string | null | undefined) => pickText(text, i18n.language);
}
