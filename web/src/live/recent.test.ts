import { beforeEach, describe, expect, it, vi } from 'vitest';
import { alarm, detail, incident, notice } from '../test/samples';
import { forget, overlayAlarms, overlayDetail, overlayIncidents, remember } from './recent';

beforeEach(() => {
  vi.useRealTimers();
  forget();
});

describe('an answer that was under way while messages came', () => {
  it('gets the changes that came since it was asked for', () => {
    const asked = Date.now();
    remember(null, { kind: 'alarm', item: alarm({ id: 9, changed: 3 }) });
    expect(overlayAlarms(asked, []).map((a) => a.id)).toEqual([9]);
  });

  it('is left alone by what came before it was asked for', () => {
    vi.useFakeTimers();
    vi.setSystemTime(1000);
    remember(1, { kind: 'incident', item: incident({ changed: 3 }) });
    expect(overlayIncidents(2000, [])).toEqual([]);
  });

  it('takes only what belongs to it', () => {
    const asked = Date.now();
    remember(2, { kind: 'notice', item: notice({ id: 5, incident: 2 }) });
    expect(overlayDetail(asked, 1, detail()).notices).toEqual([]);
    expect(overlayDetail(asked, 2, detail()).notices).toHaveLength(1);
  });
});
