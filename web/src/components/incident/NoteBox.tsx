import { Button, Input, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';

export function NoteBox({ id, drill }: { id: number; drill: boolean }) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const { act, busy } = useAct();
  if (!useMay('handle', drill)) return null;
  const send = async () => {
    const text = words.trim();
    if (text && (await act(() => post(`/incidents/${id}/note`, { text })))) setWords('');
  };
  return (
    <Space.Compact block className="note">
      <Input
        value={words}
        maxLength={500}
        placeholder={t('incident.notePlaceholder')}
        aria-label={t('incident.note')}
        data-testid="note"
        onChange={(event) => setWords(event.target.value)}
        onPressEnter={send}
      />
      <Button type="primary" loading={busy} data-testid="note-send" onClick={send}>
        {t('incident.note')}
      </Button>
    </Space.Compact>
  );
}
