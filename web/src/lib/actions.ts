// Doing something on the server, with the answer told to the person.
import { App } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client';

/** Words for what went wrong: ours by code, else the server's. */
export function useErrorText() {
  const { t, i18n } = useTranslation();
  return (error: unknown): string => {
    if (error instanceof ApiError && i18n.exists(`error.${error.code}`)) {
      const words = t(`error.${error.code}`);
      return error.detail ? `${words} ${error.detail}` : words;
    }
    const message = error instanceof Error ? error.message : String(error);
    return t('error.other', { message });
  };
}

/** `act(work, said)` does the work once at a time, says `said` (or what it makes of the answer) when it is done, or why it is not. */
export function useAct() {
  const { message } = App.useApp();
  const errorText = useErrorText();
  const [busy, setBusy] = useState(false);
  const act = async <T>(
    work: () => Promise<T>,
    said?: string | ((answer: T) => string),
  ): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    try {
      const answer = await work();
      if (said) message.success(typeof said === 'string' ? said : said(answer));
      return true;
    } catch (error) {
      message.error(errorText(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { act, busy };
}
