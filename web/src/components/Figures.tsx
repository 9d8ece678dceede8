import { useTranslation } from 'react-i18next';
import { useOverview } from '../api/queries';
import { DEVICE_STATES, PRIORITIES } from '../api/types';
import { useMay } from '../app/session';
import { PRIORITY_COLOUR, PRIORITY_SIGN, STATE_COLOUR } from '../lib/colours';
import { STATE_SIGN } from '../map/icons';

/** How things stand, in one line above the map. */
export function Figures() {
  const { t } = useTranslation();
  const overview = useOverview().data;
  const mayRefusals = useMay('refusals');
  if (!overview) return <section className="figures" aria-label={t('figures.label')} />;
  const { devices, alarms, incidents, flood } = overview;
  return (
    <section className="figures" aria-label={t('figures.label')} data-testid="figures">
      <dl className="figure-group">
        <dt>{t('figures.alarms')}</dt>
        {PRIORITIES.map((p) => (
          <Figure
            key={p}
            sign={PRIORITY_SIGN[p]}
            colour={PRIORITY_COLOUR[p]}
            word={t(`priority.${p}`)}
            n={alarms[p]}
          />
        ))}
        <Figure word={t('figures.unacknowledged')} n={alarms.unacknowledged} strong />
        <Figure word={t('figures.shelved')} n={alarms.shelved} />
        <Figure word={t('figures.chattering')} n={alarms.chattering} />
      </dl>
      <dl className="figure-group">
        <dt className="visually-hidden">{t('incidents.title')}</dt>
        <Figure word={t('figures.incidents')} n={incidents.open} strong />
        <Figure word={t('figures.taken')} n={incidents.taken} />
      </dl>
      <span className={flood.on ? 'flood on' : 'flood'} role={flood.on ? 'alert' : undefined}>
        {t(flood.on ? 'figures.flood' : 'figures.noFlood', { n: flood.alarms })}
      </span>
      <dl className="figure-group">
        <dt>{t('figures.devices')}</dt>
        {DEVICE_STATES.map((s) => (
          <Figure
            key={s}
            sign={STATE_SIGN[s]}
            colour={STATE_COLOUR[s]}
            word={t(`state.${s}`)}
            n={devices[s]}
          />
        ))}
      </dl>
      {mayRefusals && (
        <a className="refused" href="#/refusals">
          {t('figures.refusals', { n: overview.refusals_last_hour })}
        </a>
      )}
    </section>
  );
}

interface FigureProps {
  word: string;
  n: number;
  sign?: string;
  colour?: string;
  strong?: boolean;
}
function Figure({ word, n, sign, colour, strong }: FigureProps) {
  return (
    <dd className={n === 0 ? 'figure zero' : strong ? 'figure strong' : 'figure'}>
      {sign && (
        <span aria-hidden="true" style={{ color: colour }}>
          {sign}
        </span>
      )}
      <span className="figure-word">{word}</span>
      <b>{n ?? 0}</b>
    </dd>
  );
}
