import { afterEach, describe, expect, it, vi } from 'vitest';
import { requestKey } from '../api/stock';
import { randomKey } from './key';

afterEach(() => vi.unstubAllGlobals());

describe('a random key', () => {
  it('is made on pages without a secure context too', () => {
    const { crypto } = globalThis;
    vi.stubGlobal('crypto', {
      getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes),
    });
    const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(randomKey()).toMatch(shape);
    expect(requestKey()).toMatch(shape);
    expect(randomKey()).not.toBe(randomKey());
  });
});
