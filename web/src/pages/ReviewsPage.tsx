import { useQueryClient } from '@tanstack/react-query';
import { Button, Segmented, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { baseKeys, useKinds } from '../api/base';
import { post } from '../api/client';
import { type ReviewItem, useReviews } from '../api/duty';
import { useBaseWords } from '../components/base/words';
import { MoreButton } from '../components/MoreButton';
import { Problem } from '../components/Problem';
import { ReasonModal } from '../components/ReasonModal';
import { useAct } from '../lib/actions';
import { useText } from '../lib/text';
import { formatTime } from '../lib/time';

const STATES = ['open', 'accepted', 'kept'] as const;

/** Contradictions between sources: a steward takes the new value or leaves the old one, and says why. */
export default function ReviewsPage() {
  const { t } = useTranslation();
  const text = useText();
  const words = useBaseWords();
  const client = useQueryClient();
  const [state, setState] = useState<(typeof STATES)[number]>('open');
  const [asked, setAsked] = useState<{ item: ReviewItem; deed: 'accept' | 'keep' }>();
  const { act, busy } = useAct();
  const kinds = useKinds().data ?? [];
  const pages = useReviews(state);
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const kindOf = (item: ReviewItem) => kinds.find((k) => k.key === item.kind);
  const fieldOf = (item: ReviewItem) => kindOf(item)?.fields.find((f) => f.key === item.field);
  const label = (item: ReviewItem) => {
    const field = fieldOf(item);
    return field ? text(field.name) : t(`base.column.${item.field}`);
  };
  const value = (item: ReviewItem, what: unknown) => {
    const field = fieldOf(item);
    if (field) return words.value(field, what as string);
    return what === null ? '–' : typeof what === 'object' ? JSON.stringify(what) : String(what);
  };
  const decide = ({ reason }: { reason: string }) =>
    act(async () => {
      if (!asked) return;
      const { item, deed } = asked;
      await (deed === 'accept'
        ? post(`/base/reviews/${item.id}/accept`, { reason })
        : post(`/base/reviews/${item.id}/keep`, { reason }));
      void client.invalidateQueries({ queryKey: baseKeys.all });
      setAsked(undefined);
    });
  return (
    <section className="page">
      <h2>{t('page.reviews')}</h2>
      <p className="muted">{t('review.hint')}</p>
      <div className="filters">
        <Segmented
          value={state}
          onChange={setState}
          aria-label={t('review.state')}
          options={STATES.map((one) => ({ value: one, label: t(`review.state.${one}`) }))}
        />
      </div>
      <Problem query={pages} />
      <Table
        rowKey="id"
        size="small"
        loading={pages.isFetching}
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={rows}
        locale={{ emptyText: <span className="muted">{t('review.none')}</span> }}
        columns={[
          {
            title: t('base.name'),
            render: (_, item) => (
              <>
                <div>{item.name}</div>
                <div className="muted small">
                  {text(kindOf(item)?.name) || item.kind} · {item.key}
                </div>
              </>
            ),
          },
          { title: t('review.field'), render: (_, item) => label(item) },
          {
            title: t('review.ours'),
            render: (_, item) => (
              <>
                <div>{value(item, item.ours)}</div>
                <div className="muted small">{words.origin(item.ours_origin)}</div>
              </>
            ),
          },
          {
            title: t('review.theirs'),
            render: (_, item) => (
              <>
                <div>{value(item, item.theirs)}</div>
                <div className="muted small">{words.origin(item.theirs_origin)}</div>
              </>
            ),
          },
          { title: t('review.why'), render: (_, item) => t(`review.why.${item.why}`) },
          {
            title: t('review.decision'),
            render: (_, item) =>
              item.state === 'open' ? (
                <span className="row-buttons">
                  <Button
                    size="small"
                    type="primary"
                    data-testid="review-accept"
                    onClick={() => setAsked({ item, deed: 'accept' })}
                  >
                    {t('review.accept')}
                  </Button>
                  <Button
                    size="small"
                    data-testid="review-keep"
                    onClick={() => setAsked({ item, deed: 'keep' })}
                  >
                    {t('review.keep')}
                  </Button>
                </span>
              ) : (
                <>
                  <div>{item.reason}</div>
                  <div className="muted small">
                    {item.closed_by} · {item.closed_at !== null && formatTime(item.closed_at)}
                  </div>
                </>
              ),
          },
        ]}
      />
      <MoreButton pages={pages} />
      <ReasonModal
        open={asked !== undefined}
        title={t(asked?.deed === 'keep' ? 'review.keep' : 'review.accept')}
        busy={busy}
        onCancel={() => setAsked(undefined)}
        onSubmit={decide}
      />
    </section>
  );
}
