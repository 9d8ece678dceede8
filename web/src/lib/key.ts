// A key that nobody else has. `crypto.randomUUID` exists on pages of a secure context alone, and a console may be served over plain http
// inside a closed network; `getRandomValues` exists everywhere.

/** A key of its own, in the shape of a random UUID (RFC 9562, version 4). */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte, place) => {
    const marked = place === 6 ? (byte & 0x0f) | 0x40 : place === 8 ? (byte & 0x3f) | 0x80 : byte;
    return marked.toString(16).padStart(2, '0');
  });
  const part = (from: number, to: number) => hex.slice(from, to).join('');
  return [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 16)].join('-');
}
