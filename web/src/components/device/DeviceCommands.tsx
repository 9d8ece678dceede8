import { Alert, Button, Form, InputNumber } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, seg } from '../../api/client';
import { useCommands } from '../../api/queries';
import type { CommandKind, DeviceDetail } from '../../api/types';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useText } from '../../lib/text';
import { CommandRow } from '../CommandRow';
import { ReasonModal } from '../ReasonModal';

/** What the device can be told: with a reason, and by two persons where it cannot be undone from afar. */
export function DeviceCommands({ device }: { device: DeviceDetail }) {
  const { t } = useTranslation();
  const text = useText();
  const mayCommand = useMay('command', device.drill);
  const [kind, setKind] = useState<CommandKind | null>(null);
  const { act, busy } = useAct();
  const recent = (useCommands().data ?? [])
    .filter((c) => c.device === device.key)
    .sort((a, b) => b.id - a.id);
  if (device.commands.length === 0) return null;
  const send = async (values: { argument?: number; reason: string }) => {
    if (!kind) return;
    const body = { name: kind.name, argument: values.argument ?? 0, reason: values.reason };
    const said = kind.irreversible ? t('command.waits') : t('command.sent');
    if (await act(() => post(`/devices/${seg(device.key)}/commands`, body), said)) setKind(null);
  };
  return (
    <>
      <h3>{t('incident.commands')}</h3>
      {mayCommand && (
        <div className="command-buttons">
          {device.commands.map((command) => (
            <Button
              key={command.name}
              danger={command.irreversible}
              data-testid={`command-${command.name}`}
              onClick={() => setKind(command)}
            >
              {text(command.label) || command.name}
            </Button>
          ))}
        </div>
      )}
      <ul className="commands">
        {recent.map((command) => (
          <CommandRow key={command.id} command={command} />
        ))}
      </ul>
      {kind && (
        <ReasonModal
          open
          danger={kind.irreversible}
          title={`${text(kind.label) || kind.name} · ${device.name || device.key}`}
          hint={
            kind.irreversible && <Alert type="warning" showIcon title={t('command.irreversible')} />
          }
          initial={{ argument: kind.argument?.[0] }}
          busy={busy}
          onCancel={() => setKind(null)}
          onSubmit={send}
        >
          {kind.argument && (
            <Form.Item
              name="argument"
              label={t('command.argument', { min: kind.argument[0], max: kind.argument[1] })}
              rules={[{ required: true }]}
            >
              <InputNumber min={kind.argument[0]} max={kind.argument[1]} />
            </Form.Item>
          )}
        </ReasonModal>
      )}
    </>
  );
}
