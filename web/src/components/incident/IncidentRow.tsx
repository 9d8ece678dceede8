import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import type { Incident } from '../../api/types';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useNow } from '../../lib/clock';
import { useIncidentName } from '../../lib/text';
import { countdown } from '../../lib/time';
import { Age } from '../Age';
import { DrillTag, GradeTag } from '../Tags';

/** The queue calls the next post when nobody has taken an incident for so long. */
const TAKE_WITHIN_MS = 60_000;

interface Props {
  incident: Incident;
  selected: boolean;
  onSelect(): void;
}

export function IncidentRow({ incident, selected, onSelect }: Props) {
  const { t } = useTranslation();
  const nameOf = useIncidentName();
  const canTake = useMay('handle', incident.drill);
  const { act, busy } = useAct();
  const take = () =>
    act(async () => {
      await post(`/incidents/${incident.id}/take`);
      onSelect();
    }, t('incidents.taken'));
  return (
    <li
      className={`incident-row ${incident.state} ${selected ? 'selected' : ''}`}
      data-testid="incident-row"
      data-incident={incident.id}
      data-state={incident.state}
    >
      <button type="button" className="incident-main" aria-pressed={selected} onClick={onSelect}>
        <span className="alarm-line">
          <strong>{nameOf(incident)}</strong>
          <GradeTag grade={incident.grade} />
          {incident.drill && <DrillTag />}
        </span>
        <span className="alarm-place">{incident.place}</span>
        <span className="alarm-line">
          <Age at={incident.opened} />
          {incident.state === 'open' && <Countdown incident={incident} />}
          {incident.taken_by && (
            <span>{t('incidents.takenBy', { name: incident.taken_by.name })}</span>
          )}
        </span>
      </button>
      {incident.state === 'open' && canTake && (
        <Button type="primary" danger loading={busy} data-testid="incident-take" onClick={take}>
          {t('incidents.take')}
        </Button>
      )}
    </li>
  );
}

function Countdown({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  const left = incident.opened + TAKE_WITHIN_MS - useNow();
  if (incident.escalated > 0) {
    return <span className="overdue">{t('incidents.overdue', { n: incident.escalated })}</span>;
  }
  if (left <= 0) return <span className="overdue">{t('incidents.due')}</span>;
  return <span className="countdown">{t('incidents.countdown', { left: countdown(left) })}</span>;
}
