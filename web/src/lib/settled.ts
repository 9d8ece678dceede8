import { useEffect, useState } from 'react';

/** A value that has not changed for a while: what is asked for with it is not asked for at every step of a slider. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
