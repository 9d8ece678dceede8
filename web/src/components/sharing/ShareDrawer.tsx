import { useQueryClient } from '@tanstack/react-query';
import {
  Alert,
  Button,
  Descriptions,
  Drawer,
  InputNumber,
  Modal,
  Popconfirm,
  Table,
  Tag,
  Typography,
} from 'antd';
import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import { type DataSet, type Share, type ShareDetail, shareKeys, useShare } from '../../api/sharing';
import { useAct } from '../../lib/actions';
import { useAreaNames } from '../../lib/areas';
import { useText } from '../../lib/text';
import { formatTime } from '../../lib/time';
import { Problem } from '../Problem';
import { ReasonModal } from '../ReasonModal';
import { MOST_QUOTA, TermsForm, USUAL_QUOTA } from './TermsForm';
import { STATE_COLOUR, useFieldName } from './words';

const DayChart = lazy(() => import('../DayChart'));

/** One request: what was asked and granted, what can be done with it, and how it is used. */
export function ShareDrawer({
  id,
  sets,
  onClose,
}: {
  id: number;
  sets: DataSet[];
  onClose(): void;
}) {
  const { t } = useTranslation();
  const text = useText();
  const query = useShare(id);
  const detail = query.data;
  const set = sets.find((one) => one.kind === detail?.share.kind);
  return (
    <Drawer
      open
      size={600}
      onClose={onClose}
      title={detail ? `${text(set?.name)} · ${detail.share.recipient}` : t('share.request')}
    >
      <Problem query={query} />
      {detail && (
        <>
          <Facts share={detail.share} set={set} />
          <Deeds share={detail.share} set={set} />
          {detail.share.grant && <Use detail={detail} />}
        </>
      )}
    </Drawer>
  );
}

function Facts({ share, set }: { share: Share; set: DataSet | undefined }) {
  const { t } = useTranslation();
  const { nameOf } = useAreaNames();
  const fieldName = useFieldName();
  const { grant } = share;
  const words = (fields: string[]) => fields.map((field) => fieldName(set, field)).join('、');
  const row = (key: string, children: React.ReactNode) => ({
    key,
    label: t(`share.${key}`),
    children,
  });
  return (
    <Descriptions
      column={1}
      size="small"
      bordered
      items={[
        row(
          'state',
          <>
            <Tag color={STATE_COLOUR[share.state]}>{t(`share.state.${share.state}`)}</Tag>
            {share.reason}
          </>,
        ),
        row('purpose', share.purpose),
        row('asked', `${nameOf(share.area)} · ${words(share.fields)}`),
        row('by', `${share.by} · ${formatTime(share.at)}`),
        ...(grant
          ? [
              row('granted', `${nameOf(grant.area)} · ${words(grant.fields)}`),
              row('until', formatTime(grant.expires)),
              row('quota', grant.quota.toLocaleString()),
            ]
          : [row('until', formatTime(share.until))]),
        ...(share.decided_by && share.decided_at
          ? [row('decided', `${share.decided_by} · ${formatTime(share.decided_at)}`)]
          : []),
      ]}
    />
  );
}

function Deeds({ share, set }: { share: Share; set: DataSet | undefined }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { act, busy } = useAct();
  const [asking, setAsking] = useState<'approve' | 'refuse' | 'revoke'>();
  const [token, setToken] = useState<string>();
  const [quota, setQuota] = useState(share.grant?.quota ?? USUAL_QUOTA);
  const path = `/share/requests/${share.id}`;
  const renew = () => void client.invalidateQueries({ queryKey: shareKeys.all });
  const end = (reason: string) =>
    act(async () => {
      await post(`${path}/${asking}`, { reason });
      setAsking(undefined);
      renew();
    });
  const withdraw = () =>
    act(async () => {
      await post(`${path}/withdraw`);
      renew();
    });
  const fetchToken = () =>
    act(async () => {
      setToken((await post<{ token: string }>(`${path}/token`)).token);
      renew();
    });
  const changeQuota = () =>
    act(async () => {
      await post(`${path}/quota`, { quota });
      renew();
    });
  const open = share.state === 'requested';
  const holds = share.state === 'approved';
  return (
    <>
      <p className="row-buttons share-deeds">
        {share.decides && open && set && (
          <Button type="primary" data-testid="share-approve" onClick={() => setAsking('approve')}>
            {t('share.approve')}
          </Button>
        )}
        {share.decides && open && (
          <Button danger onClick={() => setAsking('refuse')}>
            {t('share.refuse')}
          </Button>
        )}
        {share.decides && holds && (
          <Button danger data-testid="share-revoke" onClick={() => setAsking('revoke')}>
            {t('share.revoke')}
          </Button>
        )}
        {share.decides && holds && (
          <Popconfirm
            icon={null}
            title={
              <InputNumber
                min={1}
                max={MOST_QUOTA}
                precision={0}
                value={quota}
                aria-label={t('share.quota')}
                onChange={(n) => setQuota(n ?? USUAL_QUOTA)}
              />
            }
            okText={t('ok')}
            cancelText={t('cancel')}
            onConfirm={changeQuota}
          >
            <Button loading={busy}>{t('share.quota')}</Button>
          </Popconfirm>
        )}
        {share.own && open && (
          <Popconfirm
            title={t('share.withdrawSure')}
            okText={t('ok')}
            cancelText={t('cancel')}
            onConfirm={withdraw}
          >
            <Button loading={busy}>{t('share.withdraw')}</Button>
          </Popconfirm>
        )}
        {share.own && holds && (
          <Popconfirm
            title={t(share.grant?.has_token ? 'share.tokenAgain' : 'share.tokenSure')}
            okText={t('ok')}
            cancelText={t('cancel')}
            onConfirm={fetchToken}
          >
            <Button type="primary" loading={busy} data-testid="share-token">
              {t('share.token')}
            </Button>
          </Popconfirm>
        )}
      </p>
      {asking === 'approve' && set && (
        <TermsForm set={set} share={share} onClose={() => setAsking(undefined)} />
      )}
      <ReasonModal
        open={asking === 'refuse' || asking === 'revoke'}
        title={t(asking === 'revoke' ? 'share.revoke' : 'share.refuse')}
        hint={asking === 'revoke' ? t('share.revokeHint') : undefined}
        danger
        busy={busy}
        onCancel={() => setAsking(undefined)}
        onSubmit={({ reason }: { reason: string }) => end(reason)}
      />
      <Modal
        open={token !== undefined}
        title={t('share.token')}
        footer={null}
        onCancel={() => setToken(undefined)}
      >
        <Alert type="warning" showIcon className="page-hint" title={t('share.tokenOnce')} />
        <Typography.Paragraph code copyable data-testid="share-token-text">
          {token}
        </Typography.Paragraph>
        <pre className="sample">
          {`curl -H 'Authorization: Bearer ${t('share.token')}' \\\n  ${window.location.origin}/api/v1/share/items`}
        </pre>
      </Modal>
    </>
  );
}

function Use({ detail }: { detail: ShareDetail }) {
  const { t } = useTranslation();
  const rows = t('share.rows');
  const series = useMemo(
    () => [{ name: rows, data: detail.days.map((day): [number, number] => [day.at, day.rows]) }],
    [detail.days, rows],
  );
  if (detail.reads.length === 0) return <p className="muted">{t('share.unused')}</p>;
  return (
    <>
      <h3>{t('share.use')}</h3>
      <Suspense fallback={<div className="chart-box" />}>
        <DayChart type="bar" label={t('share.use')} series={series} />
      </Suspense>
      <Table
        size="small"
        rowKey={(read) => `${read.at} ${read.way} ${read.bytes}`}
        dataSource={detail.reads}
        pagination={{ pageSize: 10, hideOnSinglePage: true, showSizeChanger: false }}
        columns={[
          { title: t('share.when'), render: (_, read) => formatTime(read.at) },
          { title: t('share.way'), render: (_, read) => t(`share.way.${read.way}`) },
          { title: t('share.rows'), dataIndex: 'rows', align: 'right' },
          {
            title: t('share.bytes'),
            align: 'right',
            render: (_, read) => read.bytes.toLocaleString(),
          },
        ]}
      />
    </>
  );
}
