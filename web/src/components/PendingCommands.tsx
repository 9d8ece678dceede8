import { useTranslation } from 'react-i18next';
import { useCommands } from '../api/queries';
import { useMay, useMe } from '../app/session';
import { goTo } from '../lib/route';
import { selection } from '../lib/selection';

/** Tells the second person that a command waits; leads to its device. */
export function PendingCommands() {
  const { t } = useTranslation();
  const me = useMe();
  const allowed = useMay('command');
  const commands = useCommands().data ?? [];
  const waiting = commands.filter((c) => c.state === 'waiting' && c.by?.account !== me.account);
  const first = waiting[0];
  if (!allowed || !first) return null;
  return (
    <button
      type="button"
      className="sound off"
      data-testid="pending-commands"
      onClick={() => {
        selection.set({ device: first.device });
        goTo('map');
      }}
    >
      {t('command.pending', { n: waiting.length })}
    </button>
  );
}
