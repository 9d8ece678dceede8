import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App as AntApp, ConfigProvider, Spin } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, setSessionEndHandler } from '../api/client';
import { keys } from '../api/keys';
import { useSession } from '../api/queries';
import { OfflineField } from '../field/OfflineField';
import { onReturn } from '../lib/active';
import { FirstPassword } from '../pages/FirstPassword';
import { SignIn } from '../pages/SignIn';
import { left } from './leave';
import { Shell } from './Shell';
import { theme } from './theme';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      refetchOnWindowFocus: false,
      // What the server refused stays refused; only an unreachable or overloaded one is worth asking again.
      retry: (count, error) =>
        count < 3 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});

export function App() {
  const { i18n } = useTranslation();
  return (
    <ConfigProvider
      button={{ autoInsertSpace: false }}
      locale={i18n.language === 'en' ? enUS : zhCN}
      theme={theme}
    >
      <AntApp
        // Not stacked: around a stack lies a seam that takes the clicks of what is below, here of tabs.
        notification={{ placement: 'top', top: 164, maxCount: 3, stack: false }}
        message={{ top: 92, maxCount: 3 }}
      >
        <QueryClientProvider client={client}>
          <Gate />
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}

/** Nothing but the sign-in page is there without a session. */
function Gate() {
  const { t } = useTranslation();
  const session = useSession();
  useEffect(() => {
    setSessionEndHandler(() => {
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.session[0] });
      client.setQueryData(keys.session, null);
    });
  }, []);
  // What stood still while nobody was there is asked for anew, and goes on from there.
  useEffect(() => onReturn(() => void client.refetchQueries({ type: 'active', stale: true })), []);
  if (session.isPending) {
    return <Spin fullscreen description={t('loading')} />;
  }
  const refused = session.error instanceof ApiError && session.error.status === 401;
  if (session.error && !refused) {
    const unreachable = session.error instanceof ApiError && session.error.status === 0;
    const signIn = <SignIn problem={session.error} />;
    return unreachable ? <OfflineField instead={signIn} /> : signIn;
  }
  if (!session.data) return <SignIn ended={session.data === null && !left()} />;
  if (session.data.must_change) return <FirstPassword />;
  return <Shell session={session.data} />;
}
