import { useState } from 'react';

/** What a dialogue is open for. Where it may no longer be done the dialogue is gone, and stays so when it may be done again. */
export function useAsked<T>(may: boolean) {
  const [asked, setAsked] = useState<T | null>(null);
  if (!may && asked !== null) setAsked(null);
  return [may ? asked : null, setAsked] as const;
}
