import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../api/client';
import { keys } from '../api/keys';
import type { Session } from '../api/types';
import { setLeft } from '../app/leave';
import { LanguageSwitch } from '../components/LanguageSwitch';
import { setLanguage } from '../i18n';
import { useErrorText } from '../lib/actions';
import { enableSound } from '../live/sound';

interface Fields {
  account: string;
  password: string;
}

interface Props {
  /** Why it is not known whether there is a session. */
  problem?: unknown;
  /** The server ended the session. */
  ended?: boolean;
}

export function SignIn({ problem, ended }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const errorText = useErrorText();
  const [failure, setFailure] = useState<string | null>(() => {
    if (problem) return errorText(problem);
    return ended ? t('login.ended') : null;
  });
  const [busy, setBusy] = useState(false);

  const submit = async ({ account, password }: Fields) => {
    setBusy(true);
    setFailure(null);
    void enableSound();
    try {
      const session = await post<Session>('/session', { account: account.trim(), password });
      if (session.language === 'zh' || session.language === 'en') setLanguage(session.language);
      setLeft(false);
      client.setQueryData(keys.session, session);
    } catch (error) {
      setFailure(errorText(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="signin">
      <div className="signin-box">
        <h1>{t('app.name')}</h1>
        <Form<Fields> layout="vertical" size="large" onFinish={submit} requiredMark={false}>
          <Form.Item name="account" label={t('login.account')} rules={[{ required: true }]}>
            <Input autoComplete="username" autoFocus data-testid="login-account" />
          </Form.Item>
          <Form.Item name="password" label={t('login.password')} rules={[{ required: true }]}>
            <Input.Password autoComplete="current-password" data-testid="login-password" />
          </Form.Item>
          {failure && <Alert type="error" showIcon title={failure} className="signin-failure" />}
          <Button type="primary" htmlType="submit" block loading={busy} data-testid="login-submit">
            {t('login.submit')}
          </Button>
        </Form>
        <LanguageSwitch />
      </div>
    </main>
  );
}
