import { useQueryClient } from '@tanstack/react-query';
import { Button, Collapse, Popconfirm, Spin, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, seg } from '../api/client';
import { keys } from '../api/keys';
import { usePrograms } from '../api/queries';
import type { Program, ProgramStatus } from '../api/types';
import { useMay, useMe } from '../app/session';
import { Moment } from '../components/Age';
import { Problem } from '../components/Problem';
import { DraftModal } from '../components/program/DraftModal';
import { DryRun } from '../components/program/DryRun';
import { Steps } from '../components/program/Steps';
import { ReasonModal } from '../components/ReasonModal';
import { useAct } from '../lib/actions';
import { useText } from '../lib/text';

const STATUS_COLOUR: Record<ProgramStatus, string> = {
  draft: 'default',
  tried: 'gold',
  live: 'green',
  retired: 'default',
};

/** Disposal programs: what they do, and their way from draft over dry-run and sign-off into use. */
export default function ProgramsPage() {
  const { t } = useTranslation();
  const text = useText();
  const query = usePrograms();
  const { data } = query;
  const [trying, setTrying] = useState<Program | null>(null);
  const [retiring, setRetiring] = useState<Program | null>(null);
  const [drafting, setDrafting] = useState<Program | 'new' | null>(null);
  const allowed = useMay('programs');
  if (query.error) return <Problem query={query} />;
  if (!data) return <Spin className="page-spin" />;
  const sorted = [...data].sort((a, b) => a.key.localeCompare(b.key) || b.version - a.version);
  // What waits for somebody lies open.
  const first = sorted.find((p) => p.status === 'tried' || p.status === 'draft') ?? sorted[0];
  return (
    <section className="page">
      <h2>{t('page.programs')}</h2>
      <p className="muted">{t('program.hint')}</p>
      {allowed && (
        <div className="filters">
          <Button type="primary" data-testid="program-new" onClick={() => setDrafting('new')}>
            {t('program.new')}
          </Button>
        </div>
      )}
      <Collapse
        defaultActiveKey={first && `${first.key} ${first.version}`}
        items={sorted.map((program) => ({
          key: `${program.key} ${program.version}`,
          label: (
            <span className="alarm-line" data-testid="program">
              <b>{text(program.name)}</b>
              <span className="muted">
                {program.key} · {t('run.version', { n: program.version })}
              </span>
              <Tag color={STATUS_COLOUR[program.status]}>{t(`program.${program.status}`)}</Tag>
            </span>
          ),
          children: (
            <>
              <Record program={program} />
              <Buttons
                program={program}
                onTry={() => setTrying(program)}
                onRetire={() => setRetiring(program)}
                onDraft={() => setDrafting(program)}
              />
              <Steps steps={program.steps} />
            </>
          ),
        }))}
      />
      {trying && <DryRun program={trying} onClose={() => setTrying(null)} />}
      {drafting && (
        <DraftModal
          program={drafting === 'new' ? null : drafting}
          onClose={() => setDrafting(null)}
        />
      )}
      {retiring && <Retire program={retiring} onClose={() => setRetiring(null)} />}
    </section>
  );
}

/** Who wrote, tried and signed it. */
function Record({ program }: { program: Program }) {
  const { t } = useTranslation();
  const { dry_run } = program;
  return (
    <p className="alarm-line muted">
      <span>{t('program.fromLevel', { n: program.from_level + 1 })}</span>
      <span>{t('program.author', { name: program.author.name })}</span>
      {dry_run && (
        <span>
          {t('program.dryRunBy', { name: dry_run.by.name })} <Moment at={dry_run.at} />{' '}
          {t('program.dryRunResult', { readings: dry_run.readings, runs: dry_run.runs })}
        </span>
      )}
      {program.signed_by && <span>{t('program.signedBy', { name: program.signed_by.name })}</span>}
    </p>
  );
}

interface ButtonsProps {
  program: Program;
  onTry(): void;
  onRetire(): void;
  onDraft(): void;
}
function Buttons({ program, onTry, onRetire, onDraft }: ButtonsProps) {
  const { t } = useTranslation();
  const me = useMe();
  const allowed = useMay('programs');
  const client = useQueryClient();
  const { act, busy } = useAct();
  if (!allowed) return null;
  const signOff = async () => {
    const path = `/programs/${seg(program.key)}/sign-off`;
    if (await act(() => post(path), t('program.signed'))) {
      void client.invalidateQueries({ queryKey: keys.programs });
    }
  };
  const mine = program.author.account === me.account;
  return (
    <div className="filters">
      {(program.status === 'draft' || program.status === 'tried') && (
        <Button data-testid="program-dry-run" onClick={onTry}>
          {t('program.dryRun')}
        </Button>
      )}
      {program.status === 'tried' && (
        <Popconfirm title={t('program.signOffAsk')} onConfirm={signOff} okText={t('ok')}>
          <Button type="primary" disabled={mine} loading={busy} data-testid="program-sign-off">
            {t('program.signOff')}
          </Button>
        </Popconfirm>
      )}
      {program.status === 'tried' && mine && (
        <span className="muted">{t('error.second-person-required')}</span>
      )}
      {program.status === 'live' && (
        <Button danger data-testid="program-retire" onClick={onRetire}>
          {t('program.retire')}
        </Button>
      )}
      <Button data-testid="program-draft" onClick={onDraft}>
        {t('program.draftNew')}
      </Button>
    </div>
  );
}

function Retire({ program, onClose }: { program: Program; onClose(): void }) {
  const { t } = useTranslation();
  const text = useText();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const submit = async ({ reason }: { reason: string }) => {
    if (await act(() => post(`/programs/${seg(program.key)}/retire`, { reason }))) {
      void client.invalidateQueries({ queryKey: keys.programs });
      onClose();
    }
  };
  return (
    <ReasonModal
      open
      danger
      title={`${t('program.retire')} · ${text(program.name)}`}
      busy={busy}
      onCancel={onClose}
      onSubmit={submit}
    />
  );
}
