import { Button, Spin, Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useIncident } from '../../api/queries';
import { useErrorText } from '../../lib/actions';
import { CLOSE, flyTo, selection } from '../../lib/selection';
import { useIncidentName } from '../../lib/text';
import { BriefMoment } from '../Age';
import { rollOf, unsafeOf } from '../danger/rollCall';
import { DrillTag, GradeTag } from '../Tags';
import { AlarmTab } from './AlarmTab';
import { CommandsTab } from './CommandsTab';
import { DangerBrief } from './DangerBrief';
import { FourItems } from './FourItems';
import { IncidentActions } from './IncidentActions';
import { NoteBox } from './NoteBox';
import { ReceiptsSummary, ReceiptsTab } from './Receipts';
import { RunsTab } from './RunsTab';
import { Timeline } from './Timeline';
import { WarningsTab } from './WarningsTab';
import { Zones } from './Zones';

/** One incident: facts, what was done, who was told, and what can be done now. */
export function IncidentView({ id }: { id: number }) {
  const { t } = useTranslation();
  const nameOf = useIncidentName();
  const errorText = useErrorText();
  const { data, error } = useIncident(id);
  if (error) return <p className="empty">{errorText(error)}</p>;
  if (!data) return <Spin className="page-spin" />;
  const { incident, timeline, alarms, runs, commands, notices, warnings } = data;
  const { position } = incident;
  const count = (n: number) => (n > 0 ? ` ${n}` : '');
  return (
    <article className="incident-view" aria-label={nameOf(incident)}>
      <header className="incident-facts">
        <div className="alarm-line">
          <h3>{nameOf(incident)}</h3>
          <GradeTag grade={incident.grade} />
          <span className={`incident-state ${incident.state}`}>
            {t(`incidentState.${incident.state}`)}
          </span>
          {incident.drill && <DrillTag />}
        </div>
        <div className="facts">
          <span>{t('incident.number', { id: incident.id })}</span>
          {incident.code && <span title={t('incident.code')}>{incident.code}</span>}
          <span>
            {t('incident.opened')} <BriefMoment at={incident.opened} />
          </span>
          <span data-testid="incident-active" data-active={incident.active}>
            {t('incident.active', { n: incident.active })}
          </span>
          {incident.calls > 0 && <span>{t('incident.calls', { n: incident.calls })}</span>}
          {incident.state === 'taken' && incident.taken_by && (
            <span>{t('incidents.takenBy', { name: incident.taken_by.name })}</span>
          )}
          {position && (
            <Button
              type="link"
              size="small"
              onClick={() => {
                selection.set({ panel: 'map' });
                flyTo(position.lon, position.lat, CLOSE);
              }}
            >
              {t('incident.show')}
            </Button>
          )}
        </div>
      </header>
      <FourItems incident={incident} alarms={alarms} />
      <Zones zones={incident.zones} />
      {incident.zones.length > 0 && <DangerBrief incident={incident} />}
      <ReceiptsSummary notices={notices} />
      <IncidentActions
        incident={incident}
        notices={notices}
        warnings={warnings}
        unsafe={unsafeOf(rollOf(data).counts)}
      />
      <Tabs
        size="small"
        className="incident-tabs"
        items={[
          {
            key: 'timeline',
            label: t('incident.timeline'),
            children: (
              <>
                {incident.state !== 'closed' && <NoteBox id={incident.id} drill={incident.drill} />}
                <Timeline lines={timeline} />
              </>
            ),
          },
          {
            key: 'receipts',
            label: t('incident.receipts') + count(notices.length),
            children: <ReceiptsTab notices={notices} />,
          },
          {
            key: 'runs',
            label: t('incident.runs') + count(runs.length),
            children: <RunsTab runs={runs} />,
          },
          {
            key: 'commands',
            label: t('incident.commands') + count(commands.length),
            children: <CommandsTab commands={commands} />,
          },
          ...(warnings.length > 0
            ? [
                {
                  key: 'warnings',
                  label: t('incident.warnings') + count(warnings.length),
                  children: <WarningsTab warnings={warnings} />,
                },
              ]
            : []),
          {
            key: 'alarms',
            label: t('incident.alarms') + count(alarms.length),
            children: <AlarmTab alarms={alarms} />,
          },
        ]}
      />
    </article>
  );
}
