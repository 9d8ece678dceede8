import { lazy, Suspense, useEffect } from 'react';
import { SessionContext } from '../app/session';
import { lastAccount, open, useField } from './kit';

const FieldPage = lazy(() => import('./FieldPage'));

/** The field form without the server: nothing but what was taken along, for whoever took it. */
export function OfflineField({ instead }: { instead: React.ReactNode }) {
  const account = lastAccount();
  const kit = useField((field) => field.kit);
  useEffect(() => {
    if (account) void open(account);
  }, [account]);
  if (!account || !kit) return instead;
  return (
    <SessionContext value={kit.session}>
      <main className="content" id="main">
        <Suspense fallback={null}>
          <FieldPage offline />
        </Suspense>
      </main>
    </SessionContext>
  );
}
