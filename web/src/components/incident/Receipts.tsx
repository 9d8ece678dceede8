import { Button, Segmented, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import { NOTICE_STATES, type Notice, type NoticeState, PROTECTIVES } from '../../api/types';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useText } from '../../lib/text';
import { formatClock } from '../../lib/time';
import { Age } from '../Age';
import { DrillTag } from '../Tags';

/** Nothing more will come of these. */
const FINAL = new Set<NoticeState>(['acknowledged', 'visited', 'unreachable']);
/** Who needs a person first. */
const URGENCY: NoticeState[] = [
  'needs-help',
  'unreachable',
  'visiting',
  'failed',
  'targeted',
  'sent',
  'delivered',
  'read',
  'acknowledged',
  'visited',
];

export function countStates(notices: Notice[]): Record<NoticeState, number> {
  const counts = Object.fromEntries(NOTICE_STATES.map((s) => [s, 0])) as Record<
    NoticeState,
    number
  >;
  for (const notice of notices) counts[notice.state] += 1;
  return counts;
}

/** People who were told to protect themselves, and of whom nobody knows yet whether they are safe. */
export function unresolved(notices: Notice[]): Notice[] {
  const protects = new Set<Notice['action']>(['leave', 'shelter', 'stay-away']);
  const safe = new Set<NoticeState>(['acknowledged', 'visited']);
  return notices.filter(
    (n) => n.party === 'person' && protects.has(n.action) && !safe.has(n.state),
  );
}

const isAllClear = (notice: Notice) => notice.action === 'all-clear';

/** How many recipients stand where, for what protects and for the all-clear: nobody is forgotten. */
export function ReceiptsSummary({ notices }: { notices: Notice[] }) {
  const { t } = useTranslation();
  const allClear = notices.filter(isAllClear);
  return (
    <section
      className="receipts-summary"
      data-testid="receipts-summary"
      aria-label={t('incident.receipts')}
    >
      {notices.length === 0 && <span className="muted">{t('incident.noNotices')}</span>}
      <Counts title={t('notice.told')} notices={notices.filter((n) => !isAllClear(n))} />
      <Counts title={t('protective.all-clear')} notices={allClear} />
    </section>
  );
}

function Counts({ title, notices }: { title: string; notices: Notice[] }) {
  const { t } = useTranslation();
  if (notices.length === 0) return null;
  const counts = countStates(notices);
  const final = notices.filter((n) => FINAL.has(n.state)).length;
  return (
    <div className="receipts-line">
      <b>{title}</b>
      <span>{t('notice.final', { n: final, total: notices.length })}</span>
      {NOTICE_STATES.filter((state) => counts[state] > 0).map((state) => (
        <span key={state} className={`receipt ${state}`} data-state={state}>
          {t(`notice.${state}`)} <b>{counts[state]}</b>
        </span>
      ))}
    </div>
  );
}

export function ReceiptsTab({ notices }: { notices: Notice[] }) {
  const { t } = useTranslation();
  const [only, setOnly] = useState<NoticeState | 'all'>('all');
  if (notices.length === 0) return <p className="empty">{t('incident.noNotices')}</p>;
  const told = notices.filter((n) => !isAllClear(n));
  const allClear = notices.filter(isAllClear);
  const counts = countStates(told);
  return (
    <>
      <Segmented
        size="small"
        className="receipts-filter"
        value={only}
        onChange={setOnly}
        options={[
          { value: 'all' as const, label: `${t('notice.all')} ${told.length}` },
          ...NOTICE_STATES.filter((s) => counts[s] > 0).map((s) => ({
            value: s,
            label: `${t(`notice.${s}`)} ${counts[s]}`,
          })),
        ]}
      />
      <NoticeList notices={told.filter((n) => only === 'all' || n.state === only)} />
      {allClear.length > 0 && (
        <details className="all-clear">
          <summary>
            {t('protective.all-clear')} {allClear.length}
          </summary>
          <NoticeList notices={allClear} />
        </details>
      )}
    </>
  );
}

/** Whoever needs a person first stands on top. */
function NoticeList({ notices }: { notices: Notice[] }) {
  const rows = [...notices].sort(
    (a, b) =>
      URGENCY.indexOf(a.state) - URGENCY.indexOf(b.state) ||
      PROTECTIVES.indexOf(a.action) - PROTECTIVES.indexOf(b.action) ||
      a.id - b.id,
  );
  return (
    <ul className="notices">
      {rows.map((notice) => (
        <NoticeRow key={notice.id} notice={notice} />
      ))}
    </ul>
  );
}

/** What a channel says in a word of its own, in words for people; anything else as it is. */
function useReceiptDetail() {
  const { t, i18n } = useTranslation();
  return (detail: string) => (i18n.exists(`receipt.${detail}`) ? t(`receipt.${detail}`) : detail);
}

export function NoticeRow({ notice }: { notice: Notice }) {
  const { t } = useTranslation();
  const text = useText();
  const detailWords = useReceiptDetail();
  const mayAct = useMay('handle', notice.drill);
  const { act, busy } = useAct();
  const answer = (state: string) => act(() => post(`/notices/${notice.id}/answer`, { state }));
  const visit = (reached: boolean) => act(() => post(`/notices/${notice.id}/visit`, { reached }));
  // Whoever asked for help is visited as well: their answer alone brings nobody out.
  const visited = notice.state === 'visiting' || notice.state === 'needs-help';
  return (
    <li className="notice" data-testid="notice-row" data-state={notice.state}>
      <span className="alarm-line">
        <strong>{notice.name}</strong>
        <span className={`receipt ${notice.state}`}>{t(`notice.${notice.state}`)}</span>
        <span className={`protective ${notice.action}`}>{t(`protective.${notice.action}`)}</span>
        {notice.needs.map((need) => (
          <Tag key={need} color="magenta">
            {t([`need.${need}`, 'need.other'], { need })}
          </Tag>
        ))}
        {notice.drill && <DrillTag />}
      </span>
      <span className="alarm-line muted">
        <span>{notice.place}</span>
        {notice.address && <a href={`tel:${notice.address}`}>{notice.address}</a>}
        {notice.channel && <span>{t(`channel.${notice.channel}`)}</span>}
        <Age at={notice.changed} />
        {notice.visitor && <span>{t('notice.visitor', { name: notice.visitor })}</span>}
      </span>
      <span className="notice-text">{text(notice.text)}</span>
      {notice.receipts.length > 0 && (
        <details>
          <summary>
            {t('notice.history')} {notice.receipts.length}
          </summary>
          <ol className="receipt-history">
            {notice.receipts.map((receipt) => (
              <li key={`${receipt.at} ${receipt.channel} ${receipt.state}`}>
                {formatClock(receipt.at)} {t(`channel.${receipt.channel}`)}{' '}
                {t(`notice.${receipt.state}`)} {detailWords(receipt.detail)} {receipt.by?.name}
              </li>
            ))}
          </ol>
        </details>
      )}
      {mayAct && !FINAL.has(notice.state) && (
        <span className="alarm-actions">
          {visited && (
            <>
              <Button size="small" type="primary" disabled={busy} onClick={() => visit(true)}>
                {t('notice.visited.yes')}
              </Button>
              <Button size="small" disabled={busy} onClick={() => visit(false)}>
                {t('notice.visited.no')}
              </Button>
            </>
          )}
          <Button size="small" disabled={busy} onClick={() => answer('acknowledged')}>
            {t('notice.answerAck')}
          </Button>
          {notice.state !== 'needs-help' && (
            <Button size="small" disabled={busy} onClick={() => answer('needs-help')}>
              {t('notice.answerHelp')}
            </Button>
          )}
        </span>
      )}
    </li>
  );
}
