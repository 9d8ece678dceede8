import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { del } from '../api/client';
import { keys } from '../api/keys';
import { setLeft } from '../app/leave';
import { PasswordForm } from '../components/PasswordForm';
import { useAct } from '../lib/actions';

/** A password that somebody else gave is changed before anything else. */
export function FirstPassword() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { act } = useAct();
  const leave = () =>
    act(async () => {
      await del('/session');
      setLeft(true);
      client.setQueryData(keys.session, null);
    });
  return (
    <main className="signin">
      <div className="signin-box">
        <h1>{t('password.first')}</h1>
        <PasswordForm onDone={() => client.invalidateQueries({ queryKey: keys.session })} />
        <Button type="text" onClick={leave}>
          {t('logout')}
        </Button>
      </div>
    </main>
  );
}
