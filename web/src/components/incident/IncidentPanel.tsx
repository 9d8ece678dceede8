import { Button } from 'antd';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useOpenIncidents } from '../../api/queries';
import { useMay } from '../../app/session';
import { sortIncidents } from '../../lib/order';
import { CLOSE, flyTo, selection, useSelection } from '../../lib/selection';
import { Problem } from '../Problem';
import { CallModal } from './CallModal';
import { IncidentRow } from './IncidentRow';
import { IncidentView } from './IncidentView';

/** The queue of incidents, and the one that is being looked at. */
export function IncidentPanel() {
  const { t } = useTranslation();
  const query = useOpenIncidents();
  const incidents = query.data;
  const selected = useSelection((s) => s.incident);
  const canCall = useMay('handle');
  const [calling, setCalling] = useState(false);
  const sorted = useMemo(() => sortIncidents(incidents ?? []), [incidents]);

  // With nothing chosen, or what was chosen over, the most urgent incident is shown: one glance must do.
  const first = sorted[0]?.id ?? null;
  const chosen = sorted.some((incident) => incident.id === selected);
  useEffect(() => {
    if (!chosen && first !== null) selection.set({ incident: first });
  }, [chosen, first]);

  return (
    <section className="incidents" aria-label={t('incidents.title')} data-testid="incident-panel">
      <header className="panel-head">
        <h2>
          {t('incidents.title')} <span className="muted">{sorted.length}</span>
        </h2>
        {canCall && (
          <Button size="small" data-testid="new-call" onClick={() => setCalling(true)}>
            {t('incidents.call')}
          </Button>
        )}
      </header>
      <Problem query={query} />
      {incidents && sorted.length === 0 && <p className="empty">{t('incidents.empty')}</p>}
      <ul className="incident-list" hidden={sorted.length === 0}>
        {sorted.map((incident) => (
          <IncidentRow
            key={incident.id}
            incident={incident}
            selected={incident.id === selected}
            onSelect={() => {
              selection.set({ incident: incident.id });
              const { position } = incident;
              if (position) flyTo(position.lon, position.lat, CLOSE);
            }}
          />
        ))}
      </ul>
      {selected !== null ? (
        <IncidentView key={selected} id={selected} />
      ) : (
        sorted.length > 0 && <p className="empty">{t('incidents.select')}</p>
      )}
      <CallModal open={calling} onClose={() => setCalling(false)} />
    </section>
  );
}
