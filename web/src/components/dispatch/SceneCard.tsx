import { Button, Checkbox, Tag } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ForceOrder } from '../../api/forces';
import { useCan } from '../../app/session';
import { formatSurface } from '../../lib/ground';
import { goTo } from '../../lib/route';
import { selection } from '../../lib/selection';
import { useIncidentName } from '../../lib/text';
import { Age } from '../Age';
import { DrillTag, GradeTag } from '../Tags';
import { NeedRows, type Picking } from './NeedRows';
import { isOpen, type SceneView } from './view';

interface Props {
  view: SceneView;
  /** Whether somebody came here for this incident. */
  asked: boolean;
  picking: Picking;
}

/** One incident: whom it reaches, what it needs, who comes. */
export function SceneCard({ view: { scene, needs }, asked, picking }: Props) {
  const { t } = useTranslation();
  const nameOf = useIncidentName();
  const mayAccept = useCan('handle')(scene.drill);
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (asked) card.current?.scrollIntoView({ block: 'start' });
  }, [asked]);
  const open = needs.flatMap(({ lines }) => lines.filter(isOpen).map((line) => line.line));
  const picked = open.filter((line) => picking.picked.has(line));
  const name = nameOf(scene);
  const decide = () => {
    selection.set({ incident: scene.id });
    goTo('danger');
  };
  return (
    <article
      ref={card}
      className={asked ? 'scene-card asked' : 'scene-card'}
      aria-label={`${scene.id} ${name}`}
      data-testid="scene"
      data-incident={scene.id}
    >
      <header>
        {mayAccept && open.length > 0 && (
          <Checkbox
            checked={picked.length === open.length}
            indeterminate={picked.length > 0 && picked.length < open.length}
            aria-label={t('dispatch.pickAllOf', { name: `${scene.id} ${name}` })}
            onChange={({ target }) => picking.onPick(open, target.checked)}
          />
        )}
        <h3>
          {scene.id} {name}
        </h3>
        <GradeTag grade={scene.grade} />
        {scene.drill && <DrillTag />}
        <span className="muted">{scene.place}</span>
        <Button size="small" className="scene-decide" onClick={decide}>
          {t('danger.open')}
        </Button>
      </header>
      <p className="scene-load">
        {scene.counted ? (
          <>
            {t('dispatch.people')} <b>{Math.round(scene.people)}</b>
            {' · '}
            {t('dispatch.threatened')} <b>{Math.round(scene.threatened)}</b>
          </>
        ) : (
          <Tag className="defect">{t('dispatch.notCounted')}</Tag>
        )}
        {' · '}
        {t('dispatch.patients')} <b>{Math.round(scene.patients)}</b>
        {scene.area_km2 > 0 && <> · {formatSurface(scene.area_km2 * 1e6)}</>}
        {!scene.position && <Tag className="defect">{t('dispatch.why.no-place')}</Tag>}
      </p>
      {needs.length === 0 ? (
        <p className="need-none">{t('dispatch.noRule')}</p>
      ) : (
        <table className="needs">
          <thead>
            <tr>
              <th scope="col">{t('dispatch.need')}</th>
              <th scope="col">{t('dispatch.amount')}</th>
              <th scope="col">{t('dispatch.underWay')}</th>
              <th scope="col">{t('dispatch.sent')}</th>
              <th scope="col">{t('dispatch.missing')}</th>
            </tr>
          </thead>
          <tbody>
            {needs.map((need) => (
              <NeedRows key={need.need.rule} view={need} mayAccept={mayAccept} picking={picking} />
            ))}
          </tbody>
        </table>
      )}
      <AtWork incident={scene.id} needs={needs} picking={picking} />
    </article>
  );
}

/** Orders of this incident that are no lines of this proposal. */
function AtWork({
  incident,
  needs,
  picking: { orders },
}: {
  incident: number;
  needs: SceneView['needs'];
  picking: Picking;
}) {
  const { t } = useTranslation();
  const here = new Set(needs.flatMap(({ lines }) => lines.map(({ order }) => order)));
  const others: ForceOrder[] = [...orders.values()].filter(
    (order) => order.open && order.incident === incident && !here.has(order.id),
  );
  if (others.length === 0) return null;
  return (
    <details className="at-work">
      <summary>
        {t('dispatch.atWork')} {others.length}
      </summary>
      <ul className="shares">
        {others.map((order) => (
          <li key={order.id}>
            <b>{order.name || order.key}</b> {t(`force.stage.${order.stage}`)}{' '}
            <Age at={order.changed_at} /> <span className="muted">{order.task}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
