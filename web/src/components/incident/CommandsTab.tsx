import { useTranslation } from 'react-i18next';
import type { Command } from '../../api/types';
import { CommandRow } from '../CommandRow';

export function CommandsTab({ commands }: { commands: Command[] }) {
  const { t } = useTranslation();
  if (commands.length === 0) return <p className="empty">{t('incident.noCommands')}</p>;
  return (
    <ul className="commands">
      {[...commands]
        .sort((a, b) => b.id - a.id)
        .map((command) => (
          <CommandRow key={command.id} command={command} />
        ))}
    </ul>
  );
}
