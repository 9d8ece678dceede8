import type { Alarm } from '../../api/types';
import { sortAlarms } from '../../lib/order';
import { selection, useSelection } from '../../lib/selection';
import { AlarmRow } from '../AlarmRow';

/** The alarms that opened or joined the incident. */
export function AlarmTab({ alarms }: { alarms: Alarm[] }) {
  const selected = useSelection((s) => s.alarm);
  return (
    <ul className="alarm-list plain">
      {sortAlarms(alarms).map((alarm) => (
        <AlarmRow
          key={alarm.id}
          alarm={alarm}
          selected={alarm.id === selected}
          onSelect={() => selection.set({ alarm: alarm.id })}
        />
      ))}
    </ul>
  );
}
