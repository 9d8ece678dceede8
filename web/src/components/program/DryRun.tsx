import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, seg } from '../../api/client';
import { keys } from '../../api/keys';
import type { DryRunResult, Program } from '../../api/types';
import { useAct } from '../../lib/actions';
import { serverNow } from '../../lib/clock';
import { pickBoth, useText } from '../../lib/text';
import { formatLocal, parseLocal } from '../../lib/time';

const DAY_MS = 86_400_000;

/** Tries a draft against what was really measured; nothing is sent to any device. */
export function DryRun({ program, onClose }: { program: Program; onClose(): void }) {
  const { t, i18n } = useTranslation();
  const text = useText();
  const client = useQueryClient();
  const [form] = Form.useForm<{ from: string; to: string }>();
  const [result, setResult] = useState<DryRunResult | null>(null);
  const { act, busy } = useAct();
  const now = serverNow();
  const run = ({ from, to }: { from: string; to: string }) =>
    act(async () => {
      const body = { from: parseLocal(from), to: parseLocal(to) };
      setResult(await post<DryRunResult>(`/programs/${seg(program.key)}/dry-run`, body));
      void client.invalidateQueries({ queryKey: keys.programs });
    });
  return (
    <Modal
      open
      title={`${t('program.dryRun')} · ${text(program.name)}`}
      footer={
        <>
          <Button onClick={onClose}>{t('close')}</Button>
          <Button type="primary" loading={busy} data-testid="dry-run-go" onClick={form.submit}>
            {t('program.dryRun')}
          </Button>
        </>
      }
      onCancel={onClose}
    >
      <p>{t('program.dryRunHint')}</p>
      <Form
        form={form}
        layout="vertical"
        className="call-form"
        initialValues={{ from: formatLocal(now - DAY_MS), to: formatLocal(now) }}
        onFinish={run}
      >
        <Form.Item name="from" label={t('program.from')} rules={[{ required: true }]}>
          <Input type="datetime-local" />
        </Form.Item>
        <Form.Item name="to" label={t('program.to')} rules={[{ required: true }]}>
          <Input type="datetime-local" />
        </Form.Item>
      </Form>
      {result && (
        <Alert
          showIcon
          data-testid="dry-run-result"
          type={result.problems.length === 0 ? 'success' : 'error'}
          title={t('program.dryRunResult', { readings: result.readings, runs: result.runs })}
          description={
            result.problems.length > 0 && (
              <ul>
                <li>{t('program.dryRunFailed')}</li>
                {result.problems.map((problem) => (
                  <li key={problem}>{pickBoth(problem, i18n.language)}</li>
                ))}
              </ul>
            )
          }
        />
      )}
    </Modal>
  );
}
