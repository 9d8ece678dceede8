import { describe, expect, it } from 'vitest';
import { i18next } from '../i18n';
import { spanWords } from './time';

const say = (language: 'zh' | 'en') => (minutes: number) =>
  spanWords(minutes, i18next.getFixedT(language));

describe('a span of minutes', () => {
  it('has hours from an hour on', () => {
    const zh = [0.4, 59.4, 59.6, 312, 1440].map(say('zh'));
    expect(zh).toEqual(['0 分钟', '59 分钟', '1 小时', '5 小时 12 分', '24 小时']);
    expect([7.5, 312].map(say('en'))).toEqual(['8 min', '5 h 12 min']);
  });
  it('is no span where nobody knows it', () => {
    expect([Number.NaN, Number.POSITIVE_INFINITY].map(say('zh'))).toEqual(['–', '–']);
  });
});
