// The server's clock as the screen knows it: the local clock plus the offset that the live connection last told.
import { useEffect, useState } from 'react';

let offset = 0;

export function setServerNow(now: number) {
  offset = now - Date.now();
}
export const serverNow = () => Date.now() + offset;

/** The server's time, fresh every `every` milliseconds. */
export function useNow(every = 1000): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
