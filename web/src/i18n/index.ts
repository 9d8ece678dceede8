import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import en from './en.json';
import zh from './zh.json';

export type Language = 'zh' | 'en';
const STORED = 'helan.language';

function first(): Language {
  try {
    return localStorage.getItem(STORED) === 'en' ? 'en' : 'zh';
  } catch {
    return 'zh';
  }
}

void i18next.use(initReactI18next).init({
  resources: { zh: { translation: zh }, en: { translation: en } },
  lng: first(),
  fallbackLng: 'zh',
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
  initAsync: false,
});

export function setLanguage(language: Language) {
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // Without storage the choice holds until the page is closed.
  }
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.title = i18next.getFixedT(language)('app.name');
  void i18next.changeLanguage(language);
}

setLanguage(first());

export { i18next };
