import { useQueryClient } from '@tanstack/react-query';
import { Button, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { useKinds } from '../../api/base';
import { post } from '../../api/client';
import { dangerKeys, type ForceView } from '../../api/danger';
import { forceKeys, useOpenOrders } from '../../api/forces';
import type { Incident } from '../../api/types';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useAsked } from '../../lib/asked';
import { formatMetres } from '../../lib/ground';
import { selection } from '../../lib/selection';
import { useSpan, useText } from '../../lib/text';
import { thereMin } from '../../map/danger';
import { Age } from '../Age';
import { Problem } from '../Problem';
import { ReasonModal } from '../ReasonModal';

/** Rows at once. */
const ROWS = 12;

interface Props {
  incident: Incident;
  forces: ForceView[];
  /** Whether this is only supposed: then nobody is sent. */
  supposed: boolean;
}

/** Who can be there, the first to arrive first; who is ordered already. */
export function ForcesTab({ incident, forces, supposed }: Props) {
  const { t } = useTranslation();
  const text = useText();
  const client = useQueryClient();
  const kinds = useKinds().data ?? [];
  const mayHandle = useMay('handle', incident.drill) && incident.state !== 'closed' && !supposed;
  const [asked, setAsked] = useAsked<ForceView>(mayHandle);
  const { act, busy } = useAct();
  const order = async ({ reason: task }: { reason: string }) => {
    if (!asked) return;
    const { kind, key } = asked;
    const done = await act(
      () => post('/forces/orders', { kind, key, incident: incident.id, task }),
      t('force.sent'),
    );
    if (!done) return;
    setAsked(null);
    void client.invalidateQueries({ queryKey: forceKeys.all });
    void client.invalidateQueries({ queryKey: dangerKeys.response(incident.id) });
  };
  const span = useSpan();
  const number = (value: number | null) => (value === null ? '–' : span(value));
  return (
    <div className="danger-tab">
      {!supposed && <OnTheWay incident={incident.id} />}
      <section aria-label={t('comes.title')}>
        <h3>
          {t('comes.title')} <span className="muted">{forces.length}</span>{' '}
          <a href="#/forces" className="more-link">
            {t('comes.all')}
          </a>
        </h3>
        <Table<ForceView>
          rowKey={(row) => `${row.kind}/${row.key}`}
          size="small"
          dataSource={forces}
          pagination={
            forces.length > ROWS && { pageSize: ROWS, size: 'small', showSizeChanger: false }
          }
          scroll={{ x: 'max-content' }}
          showSorterTooltip={false}
          data-testid="coming"
          locale={{ emptyText: <span className="muted">{t('comes.none')}</span> }}
          columns={[
            {
              title: t('force.name'),
              render: (_, { kind, key, name }) => (
                <>
                  <button
                    type="button"
                    className="link"
                    onClick={() => selection.set({ object: { kind, key } })}
                  >
                    {name || key}
                  </button>
                  <span className="muted small force-kind">
                    {text(kinds.find((one) => one.key === kind)?.name) || kind}
                  </span>
                </>
              ),
            },
            {
              title: t('comes.parts'),
              align: 'right',
              render: (_, row) => (
                <>
                  {number(row.turnout_min)} +{' '}
                  {row.travel_min === null ? (
                    <span className="muted">{t('comes.noWay')}</span>
                  ) : (
                    number(row.travel_min)
                  )}
                </>
              ),
            },
            {
              title: t('comes.there'),
              align: 'right',
              sorter: (a, b) => (thereMin(a) ?? Infinity) - (thereMin(b) ?? Infinity),
              render: (_, row) => <b>{number(thereMin(row))}</b>,
            },
            {
              title: t('danger.distance'),
              align: 'right',
              sorter: (a, b) => a.metres - b.metres,
              render: (_, row) => formatMetres(row.metres),
            },
            {
              title: t('stock.next'),
              render: (_, row) =>
                mayHandle && (
                  <Button
                    size="small"
                    aria-label={`${t('force.send')} ${row.name || row.key}`}
                    onClick={() => setAsked(row)}
                  >
                    {t('force.send')}
                  </Button>
                ),
            },
          ]}
        />
      </section>
      {mayHandle && (
        <ReasonModal
          open={asked !== null}
          title={asked ? `${t('force.send')} · ${asked.name}` : ''}
          label={t('force.task')}
          busy={busy}
          onCancel={() => setAsked(null)}
          onSubmit={order}
        />
      )}
    </div>
  );
}

/** Orders of this incident: how far each team is. */
function OnTheWay({ incident }: { incident: number }) {
  const { t } = useTranslation();
  const query = useOpenOrders(incident);
  const orders = query.data?.orders ?? [];
  if (query.error) return <Problem query={query} />;
  if (orders.length === 0) return null;
  return (
    <section aria-label={t('comes.ordered')}>
      <h3>
        {t('comes.ordered')}{' '}
        <span className="muted">
          {query.data?.more && '≥ '}
          {orders.length}
        </span>
      </h3>
      <ul className="shares">
        {orders.map((order) => (
          <li key={order.id}>
            <b>{order.name || order.key}</b> {t(`force.stage.${order.stage}`)}{' '}
            <Age at={order.changed_at} /> <span className="muted">{order.task}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
