import { useQueryClient } from '@tanstack/react-query';
import { Button, Spin } from 'antd';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type Dispatch,
  type DispatchAsk,
  type DispatchDone,
  dispatchKeys,
  propose,
  replan,
  useDispatch,
  useWay,
} from '../api/dispatch';
import { forceKeys, useOpenOrders } from '../api/forces';
import { useOpenIncidents } from '../api/queries';
import { stockKeys } from '../api/stock';
import type { Incident } from '../api/types';
import { useCan, useMay } from '../app/session';
import { Age, BriefMoment } from '../components/Age';
import { Paused } from '../components/AsOf';
import { AcceptModal } from '../components/dispatch/AcceptModal';
import { AskModal } from '../components/dispatch/AskModal';
import { Changes, StaleNote, Warnings } from '../components/dispatch/Notes';
import { SceneCard } from '../components/dispatch/SceneCard';
import { isOpen, scenesOf, totalsOf } from '../components/dispatch/view';
import { NoIncident } from '../components/incident/NoIncident';
import { Problem } from '../components/Problem';
import { DrillTag, GradeTag } from '../components/Tags';
import { useAct } from '../lib/actions';
import { sortIncidents } from '../lib/order';
import { askedFor } from '../lib/route';
import { useIncidentName } from '../lib/text';

const DispatchMap = lazy(() => import('../map/DispatchMap'));

const NONE: ReadonlySet<number> = new Set();
/** What a proposal is made anew with when nobody says more: the same incidents, as few changes as possible. */
const AS_BEFORE: DispatchAsk = { incidents: null, worth_min: null };

/** Who is sent where: all open incidents, what each needs, who and what comes, what is missing and why. */
export default function DispatchPage() {
  const { t } = useTranslation();
  const wordsOf = useIncidentName();
  const client = useQueryClient();
  const mayAsk = useMay('handle');
  const query = useDispatch();
  const incidents = useOpenIncidents();
  const open = incidents.data;
  const { act, busy } = useAct();
  const [asking, setAsking] = useState<'propose' | 'replan' | null>(null);
  const dispatch = query.data ?? null;

  const make = async (kind: 'propose' | 'replan', ask: DispatchAsk) => {
    const done = await act(async () => {
      const made = await (kind === 'propose' ? propose(ask) : replan(ask));
      // What was asked for before must not come in after it.
      await client.cancelQueries({ queryKey: dispatchKeys.last });
      client.setQueryData(dispatchKeys.last, made);
    });
    if (done) setAsking(null);
  };
  const nameOf = (id: number) => {
    const incident = open?.find((one) => one.id === id);
    return incident && wordsOf(incident);
  };
  return (
    <div className="dispatch-page">
      <header className="danger-head">
        <h2>{t('page.dispatch')}</h2>
        {dispatch && (
          <span className="muted" data-testid="dispatch-id" data-id={dispatch.id}>
            {t('dispatch.number', { n: dispatch.id })} · <BriefMoment at={dispatch.at} /> (
            <Age at={dispatch.at} />) · {dispatch.by} <Paused />
          </span>
        )}
        {mayAsk && (
          <span className="dispatch-asks">
            {dispatch && (
              <Button disabled={busy} data-testid="replan" onClick={() => setAsking('replan')}>
                {t('dispatch.replanAsk')}
              </Button>
            )}
            <Button
              type={dispatch ? 'default' : 'primary'}
              disabled={busy}
              data-testid="propose"
              onClick={() => (dispatch ? setAsking('propose') : make('propose', AS_BEFORE))}
            >
              {t(dispatch ? 'dispatch.proposeAsk' : 'dispatch.propose')}
            </Button>
          </span>
        )}
      </header>
      <Problem query={query} />
      {query.isPending && <Spin className="page-spin" />}
      {dispatch && (
        <StaleNote
          dispatch={dispatch}
          nameOf={nameOf}
          busy={busy}
          onAnew={mayAsk ? () => make('replan', AS_BEFORE) : undefined}
        />
      )}
      {query.data !== undefined && <Desk dispatch={dispatch} incidents={incidents} />}
      {asking && (
        <AskModal
          kind={asking}
          busy={busy}
          onCancel={() => setAsking(null)}
          onAsk={(ask) => make(asking, ask)}
        />
      )}
    </div>
  );
}

function Desk({
  dispatch,
  incidents,
}: {
  dispatch: Dispatch | null;
  incidents: ReturnType<typeof useOpenIncidents>;
}) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const can = useCan('handle');
  const [asked] = useState(() => Number(askedFor()));
  // Ticks and the chosen line belong to the proposal in which they were made.
  const [ticks, setTicks] = useState({ proposal: 0, lines: NONE });
  const [choice, setChoice] = useState<{ proposal: number; line: number | null } | null>(null);
  const [accepting, setAccepting] = useState<{ dispatch: Dispatch; lines: number[] } | null>(null);
  const all = useOpenOrders();
  const orders = useMemo(
    () => new Map(all.data?.orders.map((order) => [order.id, order])),
    [all.data],
  );

  const mine = new Set(dispatch?.incidents.filter((one) => can(one.drill)).map(({ id }) => id));
  const offered = dispatch?.lines.filter((line) => isOpen(line) && mine.has(line.incident)) ?? [];
  const chosen = choice?.proposal === dispatch?.id ? (choice?.line ?? null) : null;
  const setChosen = (line: number | null) => setChoice({ proposal: dispatch?.id ?? 0, line });
  const ticked = ticks.proposal === dispatch?.id ? ticks.lines : NONE;
  const picked = offered.map(({ line }) => line).filter((line) => ticked.has(line));
  const pick = (lines: number[], on: boolean) => {
    const next = new Set(ticked);
    for (const line of lines) {
      if (on) next.add(line);
      else next.delete(line);
    }
    setTicks({ proposal: dispatch?.id ?? 0, lines: next });
  };

  const line = dispatch?.lines.find((one) => one.line === chosen);
  const scene = dispatch?.incidents.find((one) => one.id === line?.incident);
  const need = dispatch?.needs.find(
    (one) => one.incident === line?.incident && one.rule === line.rule,
  );
  const from = line?.by_road ? line.position : null;
  const way = useWay(from, scene?.position, need?.vehicle ?? 'car').data;

  const refresh = (_done: DispatchDone[]) => {
    for (const queryKey of [dispatchKeys.last, forceKeys.all, stockKeys.all]) {
      void client.invalidateQueries({ queryKey });
    }
    void client.invalidateQueries({ queryKey: ['response'] });
    setTicks({ proposal: 0, lines: NONE });
  };
  const known = new Set(dispatch?.incidents.map(({ id }) => id));
  const outside = sortIncidents(incidents.data ?? []).filter((incident) => !known.has(incident.id));
  return (
    <div className="dispatch-desk">
      <div className="dispatch-map">
        <Suspense fallback={<div className="map" />}>
          <DispatchMap
            dispatch={dispatch}
            chosen={chosen}
            way={(line?.by_road && way?.line) || null}
            onChosen={(number) => {
              setChosen(number);
              document
                .querySelector(`[data-line="${number}"]`)
                ?.scrollIntoView({ block: 'center' });
            }}
          />
        </Suspense>
      </div>
      <div className="dispatch-right">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keys */}
        <section className="dispatch-list" tabIndex={0} aria-label={t('dispatch.list')}>
          <Problem query={all} />
          {all.data?.more && (
            <p className="bad">{t('dispatch.moreOrders', { n: all.data.orders.length })}</p>
          )}
          {dispatch && <Totals dispatch={dispatch} />}
          {dispatch && <Changes dispatch={dispatch} />}
          {outside.length > 0 && <Outside incidents={outside} first={dispatch === null} />}
          {outside.length === 0 && dispatch === null && <NoIncident query={incidents} />}
          {dispatch !== null && <Problem query={incidents} />}
          {dispatch &&
            scenesOf(dispatch).map((view) => (
              <SceneCard
                key={view.scene.id}
                view={view}
                asked={view.scene.id === asked}
                picking={{ picked: ticked, chosen, orders, onPick: pick, onChosen: setChosen }}
              />
            ))}
          {dispatch && <Warnings warnings={dispatch.warnings} />}
        </section>
        {dispatch && offered.length > 0 && (
          <div className="accept-bar">
            <Button
              data-testid="pick-all"
              onClick={() =>
                pick(
                  offered.map((one) => one.line),
                  picked.length < offered.length,
                )
              }
            >
              {t(picked.length < offered.length ? 'dispatch.pickAll' : 'dispatch.pickNone')}
            </Button>
            <span role="status">
              {t('dispatch.picked', { n: picked.length, total: offered.length })}
            </span>
            <Button
              type="primary"
              disabled={picked.length === 0}
              data-testid="accept"
              onClick={() => setAccepting({ dispatch, lines: picked })}
            >
              {t('dispatch.accept')}
            </Button>
          </div>
        )}
      </div>
      {accepting && (
        <AcceptModal {...accepting} onDone={refresh} onClose={() => setAccepting(null)} />
      )}
    </div>
  );
}

function Totals({ dispatch }: { dispatch: Dispatch }) {
  const { t } = useTranslation();
  const totals = totalsOf(dispatch);
  const figures = [
    ['incidents', dispatch.incidents.length],
    ['forces', totals.forces],
    ['goods', totals.goods],
    ['beds', totals.beds],
    ['underWay', totals.underWay],
    ['short', totals.short],
  ] as const;
  return (
    <dl className="dispatch-totals" data-testid="dispatch-totals">
      {figures.map(([name, value]) => (
        <div key={name} className={name === 'short' && value > 0 ? 'bad' : ''}>
          <dt>{t(`dispatch.total.${name}`)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Open incidents that the proposal knows nothing of; all of them before there is one. */
function Outside({ incidents, first }: { incidents: Incident[]; first: boolean }) {
  const { t } = useTranslation();
  const nameOf = useIncidentName();
  return (
    <section className={first ? 'outside' : 'outside not-in'} data-testid="outside">
      <h3>
        {t(first ? 'dispatch.none' : 'dispatch.outside')}{' '}
        <span className="muted">{incidents.length}</span>
      </h3>
      <ul className="shares">
        {incidents.map((incident) => (
          <li key={incident.id}>
            <b>
              {incident.id} {nameOf(incident)}
            </b>{' '}
            <GradeTag grade={incident.grade} /> {incident.drill && <DrillTag />}{' '}
            <span className="muted">{incident.place}</span> <Age at={incident.opened} />
          </li>
        ))}
      </ul>
    </section>
  );
}
