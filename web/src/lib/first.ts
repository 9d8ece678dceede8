import { useState } from 'react';

/** The first of a long list, and what shows more of it; takes the place of pages that are fetched. */
export function useFirst<T>(all: readonly T[], step: number) {
  const [most, setMost] = useState(step);
  return {
    shown: all.slice(0, most),
    pages: {
      hasNextPage: all.length > most,
      isFetchingNextPage: false,
      fetchNextPage: () => setMost((now) => now + step),
    },
  };
}
