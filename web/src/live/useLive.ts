import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { createPatcher, refreshAll } from './patch';
import { openLive } from './socket';

/** Keeps the caches fresh for as long as the caller is on screen. */
export function useLive() {
  const client = useQueryClient();
  useEffect(() => {
    const apply = createPatcher(client);
    return openLive({ onOpen: () => refreshAll(client), onMessages: apply });
  }, [client]);
}
