import { Alert, Button, Form, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import type { Incident, Notice, Warning } from '../../api/types';
import { useMay, useMe } from '../../app/session';
import { useAct } from '../../lib/actions';
import { ReasonModal } from '../ReasonModal';
import { unresolved } from './Receipts';

type Asked = 'grade' | 'all-clear' | 'close' | null;
const GRADES = [1, 2, 3, 4];
/** Names that a warning tells; the receipts have them all. */
const NAMES_MAX = 10;

interface Props {
  incident: Incident;
  notices: Notice[];
  warnings: Warning[];
  /** People who were told to leave or to stay in and are not known to be safe; also where the notices are hidden, or not all there. */
  unsafe: number;
}

/** Whether the all-clear takes a second person: where the public was told what to do. In a drill nobody outside is told. */
export function takesTwo(incident: Incident, notices: Notice[], warnings: Warning[]): boolean {
  const last = [...warnings].sort((a, b) => b.sequence - a.sequence)[0];
  const told = notices.some((n) => n.party !== 'post' && n.action !== 'all-clear');
  return !incident.drill && (told || (last !== undefined && !last.cancel));
}

/** What the officer can do with the incident: each with a reason, which goes into the record. */
export function IncidentActions({ incident, notices, warnings, unsafe }: Props) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState<Asked>(null);
  const { act, busy } = useAct();
  const allowed = useMay('handle', incident.drill);
  const me = useMe().account;
  if (!allowed || incident.state === 'closed') return null;
  const first = incident.clear_asked;
  const two = takesTwo(incident, notices, warnings);
  const submit = async (values: object) => {
    // What really happened comes with the incident itself: asked for, or given.
    const done = asked === 'all-clear' && (first || !two) ? t('incident.allClearDone') : undefined;
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
      : t(two ? 'incident.allClearTwo' : 'incident.allClearHint'),
    close: t('incident.closeHint'),
  };
  const dangerous = incident.active > 0;
  const open = asked === 'grade' ? [] : unresolved(notices);
  const missing = asked === 'grade' ? 0 : Math.max(open.length, unsafe);
  const names = open.slice(0, NAMES_MAX).map((notice) => notice.name);
  return (
    <div className="incident-actions">
      <Button size="small" data-testid="incident-grade" onClick={() => setAsked('grade')}>
        {titles.grade}
      </Button>
      <Button
        size="small"
        disabled={incident.all_clear || dangerous || first?.account === me}
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
      <Button
        size="small"
        disabled={dangerous}
        data-testid="incident-close"
        onClick={() => setAsked('close')}
      >
        {titles.close}
      </Button>
      {dangerous && <span className="muted">{t('incident.stillActive')}</span>}
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
          {missing > 0 && (
            <Alert
              type="error"
              showIcon
              className="page-hint"
              data-testid="unresolved"
              title={
                names.length > 0
                  ? t('incident.unresolved', { n: missing, names: names.join(t('list.comma')) })
                  : t('incident.unresolvedHidden', { n: missing })
              }
            />
          )}
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
