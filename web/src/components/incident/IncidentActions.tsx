import { Button, Form, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import type { Incident } from '../../api/types';
import { useMay, useMe } from '../../app/session';
import { useAct } from '../../lib/actions';
import { ReasonModal } from '../ReasonModal';

type Asked = 'grade' | 'all-clear' | 'close' | null;
const GRADES = [1, 2, 3, 4];

/** What the officer can do with the incident: each with a reason, which goes into the record. */
export function IncidentActions({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>(null);
  const { act, busy } = useAct();
  const allowed = useMay('handle', incident.drill);
  const me = useMe().account;
  if (!allowed || incident.state === 'closed') return null;
  const first = incident.clear_asked;
  const submit = async (values: object) => {
    // What really happened comes with the incident itself: asked for, or given.
    const done =
      asked === 'all-clear' && (first || incident.drill) ? t('incident.allClearDone') : undefined;
    if (await act(() => post(`/incidents/${incident.id}/${asked}`, values), done)) setAsked(null);
  };
  const titles = {
    grade: t('incident.setGrade'),
    'all-clear': first ? t('incident.allClearAgree') : t('incident.allClear'),
    close: t('incident.close'),
  };
  const hints = {
    grade: undefined,
    'all-clear': first
      ? t('incident.allClearAsked', { name: first.name || first.account })
      : t(incident.drill ? 'incident.allClearHint' : 'incident.allClearTwo'),
    close: t('incident.closeHint'),
  };
  return (
    <div className="incident-actions">
      <Button size="small" data-testid="incident-grade" onClick={() => setAsked('grade')}>
        {titles.grade}
      </Button>
      <Button
        size="small"
        disabled={incident.all_clear || first?.account === me}
        title={
          first ? t('incident.allClearAsked', { name: first.name || first.account }) : undefined
        }
        data-testid="incident-all-clear"
        onClick={() => setAsked('all-clear')}
      >
        {incident.all_clear
          ? t('incident.allClearDone')
          : first?.account === me
            ? t('incident.allClearWaits')
            : titles['all-clear']}
      </Button>
      <Button size="small" data-testid="incident-close" onClick={() => setAsked('close')}>
        {titles.close}
      </Button>
      {asked && (
        <ReasonModal
          open
          title={titles[asked]}
          hint={hints[asked]}
          initial={{ grade: incident.grade ?? 4 }}
          busy={busy}
          onCancel={() => setAsked(null)}
          onSubmit={submit}
        >
          {asked === 'grade' && (
            <Form.Item name="grade" label={t('incident.grade')} rules={[{ required: true }]}>
              <Radio.Group
                optionType="button"
                options={GRADES.map((n) => ({ value: n, label: t(`incident.grade.${n}`) }))}
              />
            </Form.Item>
          )}
        </ReasonModal>
      )}
    </div>
  );
}
