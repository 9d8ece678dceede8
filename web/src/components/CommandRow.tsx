import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { post } from '../api/client';
import type { Command } from '../api/types';
import { useMay, useMe } from '../app/session';
import { useAct } from '../lib/actions';
import { useCommandName } from '../lib/profiles';
import { selection } from '../lib/selection';
import { formatClock } from '../lib/time';
import { DrillTag } from './Tags';

/** A command to a device: what, by whom, and how far it came. A second, different person agrees where one must. */
export function CommandRow({ command }: { command: Command }) {
  const { t } = useTranslation();
  const me = useMe();
  const name = useCommandName(command.device, command.name);
  const mayCommand = useMay('command', command.drill);
  const { act, busy } = useAct();
  const waits = command.state === 'waiting' && mayCommand && command.by?.account !== me.account;
  return (
    <li className="command" data-testid="command-row" data-state={command.state}>
      <span className="alarm-line">
        <strong>{name}</strong>
        {command.argument !== 0 && <span>{command.argument}</span>}
        <span className={`command-state ${command.state}`}>
          {t(`commandState.${command.state}`)}
        </span>
        {command.drill && <DrillTag />}
        {name !== command.name && <code className="key">{command.name}</code>}
      </span>
      <span className="alarm-line muted">
        <button
          type="button"
          className="link"
          onClick={() => selection.set({ device: command.device })}
        >
          {command.device}
        </button>
        <span>{formatClock(command.issued)}</span>
        {command.run !== null && <span>{t('command.byRun', { id: command.run })}</span>}
        {command.by && <span>{command.by.name}</span>}
        {command.second && <span>{t('command.second', { name: command.second.name })}</span>}
        {command.reason && <span>{command.reason}</span>}
      </span>
      {waits && (
        <Button
          size="small"
          type="primary"
          loading={busy}
          data-testid="command-approve"
          onClick={() => act(() => post(`/commands/${command.id}/approve`), t('command.approved'))}
        >
          {t('command.approve')}
        </Button>
      )}
    </li>
  );
}
