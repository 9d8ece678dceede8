import { Spin } from 'antd';
import { lazy, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '../api/types';
import { Boundary } from '../components/Boundary';
import { Escalations } from '../components/Escalations';
import { Header, SubNav } from '../components/Header';
import { LiveRegion } from '../components/LiveRegion';
import { StaleBanner } from '../components/StaleBanner';
import { type PageName, usePage } from '../lib/route';
import { enableSoundAtFirstTouch } from '../live/sound';
import { useLive } from '../live/useLive';
import { mayOpen, SessionContext } from './session';

const pages: Record<PageName, ReturnType<typeof lazy>> = {
  map: lazy(() => import('../pages/MapPage')),
  danger: lazy(() => import('../pages/DangerPage')),
  dispatch: lazy(() => import('../pages/DispatchPage')),
  devices: lazy(() => import('../pages/DevicesPage')),
  base: lazy(() => import('../pages/BasePage')),
  field: lazy(() => import('../field/FieldPage')),
  connectors: lazy(() => import('../pages/ConnectorsPage')),
  quality: lazy(() => import('../pages/QualityPage')),
  sharing: lazy(() => import('../pages/SharingPage')),
  risk: lazy(() => import('../pages/RiskPage')),
  duty: lazy(() => import('../pages/DutyPage')),
  forces: lazy(() => import('../pages/ForcesPage')),
  supplies: lazy(() => import('../pages/SuppliesPage')),
  reviews: lazy(() => import('../pages/ReviewsPage')),
  programs: lazy(() => import('../pages/ProgramsPage')),
  drills: lazy(() => import('../pages/DrillsPage')),
  alarms: lazy(() => import('../pages/AlarmHistoryPage')),
  incidents: lazy(() => import('../pages/IncidentHistoryPage')),
  refusals: lazy(() => import('../pages/RefusalsPage')),
  audit: lazy(() => import('../pages/AuditPage')),
  accounts: lazy(() => import('../pages/AccountsPage')),
};

/** Pages that fill the screen and scroll within. */
const FULL = new Set<PageName>(['map', 'danger', 'dispatch']);

/** Everything a signed-in person sees. */
export function Shell({ session }: { session: Session }) {
  const { t } = useTranslation();
  const page = usePage();
  const Page = pages[page];
  useLive();
  useEffect(enableSoundAtFirstTouch, []);
  return (
    <SessionContext value={session}>
      <button
        type="button"
        className="skip"
        onClick={() => document.getElementById('main')?.focus()}
      >
        {t('nav.skip')}
      </button>
      <div className="shell">
        <Header page={page} />
        <StaleBanner />
        <SubNav page={page} />
        <main
          id="main"
          tabIndex={-1}
          className={FULL.has(page) ? 'content map-content' : 'content'}
        >
          {mayOpen(session.role, page) ? (
            <Boundary key={page}>
              <Suspense fallback={<Spin className="page-spin" description={t('loading')} />}>
                <Page />
              </Suspense>
            </Boundary>
          ) : (
            <p className="empty">{t('error.forbidden')}</p>
          )}
        </main>
      </div>
      <LiveRegion />
      <Escalations />
    </SessionContext>
  );
}
