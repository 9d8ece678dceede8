import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { type DangerLevel, useDangers, useInside } from '../../api/danger';
import type { Incident } from '../../api/types';
import { formatMetres } from '../../lib/ground';
import { goTo } from '../../lib/route';
import { selection } from '../../lib/selection';
import { LevelTag } from '../danger/LevelTag';
import { Count } from '../danger/People';
import { nameOf } from '../danger/useShown';
import { AirLine } from '../danger/Wind';

/** Of each severity the level that reaches farthest, the worst first. */
function farthest(levels: readonly DangerLevel[]): DangerLevel[] {
  const best = new Map<number, DangerLevel>();
  for (const level of levels) {
    const known = best.get(level.severity);
    if (level.surface_m2 > 0 && level.reach_m > (known?.reach_m ?? 0)) {
      best.set(level.severity, level);
    }
  }
  return [...best.values()].sort((a, b) => b.severity - a.severity);
}

/** How far the danger reaches and how many are inside, in some lines; the page of the danger has the rest. */
export function DangerBrief({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  const danger = useDangers(incident.id).data?.now[0];
  const about = danger ? `${incident.id} ${nameOf(danger)}` : '';
  const inside = useInside(about, danger?.levels ?? [], danger?.source).data;
  const open = () => {
    selection.set({ incident: incident.id });
    goTo('danger');
  };
  return (
    <section className="danger-brief" aria-label={t('page.danger')}>
      {danger && <AirLine air={danger.air} />}
      {farthest(danger?.levels ?? []).map((level) => (
        <div key={level.level} className="brief-level">
          <LevelTag level={level.level} severity={level.severity} />
          <span>{formatMetres(level.reach_m)}</span>
          <span>
            {t('danger.peopleIn')}{' '}
            <Count brief people={inside?.levels.find((one) => one.key === level.level)?.people} />
          </span>
        </div>
      ))}
      {danger?.refused && <span className="bad">{t('danger.refused')}</span>}
      <span>
        <Button size="small" type="primary" data-testid="open-danger" onClick={open}>
          {t('danger.open')}
        </Button>
      </span>
    </section>
  );
}
