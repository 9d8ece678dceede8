import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Progress } from 'antd';
import { useTranslation } from 'react-i18next';
import { post } from '../../api/client';
import { dangerKeys, type EscapeView, type ResponseView } from '../../api/danger';
import type { IncidentDetail } from '../../api/types';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useAsked } from '../../lib/asked';
import { selection } from '../../lib/selection';
import { useSpan } from '../../lib/text';
import { ReasonModal } from '../ReasonModal';
import { Blocks } from './Blocks';
import { rollOf, unsafeOf } from './rollCall';
import { TaskModal } from './TaskModal';
import { clearedOf, isReckoned } from './whatIf';

/** Kind of the base database that shelters are of. */
const SHELTER = 'shelter';
/** Defects whose words hold the detail already. */
const TOLD_IN_TITLE = new Set([
  'no-roads',
  'roads-reading',
  'too-many-blocks',
  'homes-unknown',
  'vehicles-enter',
  'shelters-promised',
  'shelters-shared',
  'few-hidden',
  'supposed-circle',
]);

interface Props {
  detail: IncidentDetail;
  response: ResponseView;
  chosen: string | null;
  onChosen(key: string | null): void;
}

/** Who gets away which way, how the shelters fill, who is left, who answered. Of what is supposed nobody answers, and nothing is done. */
export function WaysTab({ detail, response, chosen, onChosen }: Props) {
  const { t } = useTranslation();
  const span = useSpan();
  const { incident } = detail;
  const client = useQueryClient();
  const supposed = response.supposed !== null;
  const mayHandle = useMay('handle', incident.drill) && incident.state !== 'closed' && !supposed;
  const { act, busy } = useAct();
  const [asked, setAsked] = useAsked<'evacuated' | 'task'>(mayHandle);
  const refresh = () =>
    void client.invalidateQueries({ queryKey: dangerKeys.response(incident.id) });
  const confirm = async ({ reason }: { reason: string }) => {
    const done = await act(
      () => post(`/incidents/${incident.id}/evacuated`, { reason }),
      t('ways.confirmed'),
    );
    if (!done) return;
    setAsked(null);
    refresh();
  };
  const roll = rollOf(detail);
  const people = response.blocks.reduce((sum, block) => sum + block.people, 0);
  const cleared = clearedOf(response);
  const reckoned = isReckoned(response);
  return (
    <div className="danger-tab">
      <dl className="ways-figures">
        <Fact label={t('ways.people')} value={people} />
        <Fact label={t('ways.cleared')} value={cleared === null ? '–' : span(cleared)} />
        <Fact
          label={t('ways.left')}
          value={reckoned ? Math.ceil(response.left) : '–'}
          bad={response.left > 0 || (!reckoned && people > 0)}
          id="ways-left"
        />
      </dl>
      {response.defects.map((defect) => (
        <Alert
          key={defect.what}
          type="warning"
          showIcon
          title={t(`ways.defect.${defect.what}`, { detail: defect.detail })}
          description={
            // What went wrong inside is told as the server says it: for whoever mends it.
            TOLD_IN_TITLE.has(defect.what) || !defect.detail
              ? undefined
              : t('ways.technical', { detail: defect.detail })
          }
        />
      ))}
      {response.building && <Escape building={response.building} />}
      {!supposed && <RollCall detail={detail} />}
      {!supposed && incident.evacuated && (
        <p className="done" data-testid="evacuated-by">
          ✓ {t('roll.confirmed', { name: incident.evacuated.name })}
        </p>
      )}
      {mayHandle && (
        <div className="incident-actions">
          {!incident.evacuated && (
            <Button size="small" data-testid="evacuated" onClick={() => setAsked('evacuated')}>
              {t('ways.confirm')}
            </Button>
          )}
          <Button size="small" data-testid="send-task" onClick={() => setAsked('task')}>
            {t('ways.task')}
          </Button>
        </div>
      )}
      <Blocks
        blocks={response.blocks}
        shelters={response.shelters}
        chosen={chosen}
        onChosen={onChosen}
      />
      <Shelters response={response} />
      {mayHandle && (
        <ReasonModal
          open={asked === 'evacuated'}
          title={t('ways.confirm')}
          hint={t('ways.confirmHint')}
          danger={unsafeOf(roll.counts) > 0}
          busy={busy}
          onCancel={() => setAsked(null)}
          onSubmit={confirm}
        >
          <Open told={roll.told} counts={roll.counts} />
        </ReasonModal>
      )}
      {asked === 'task' && <TaskModal incident={incident} onClose={() => setAsked(null)} />}
    </div>
  );
}

function Fact({
  label,
  value,
  bad = false,
  id,
}: {
  label: string;
  value: string | number;
  bad?: boolean;
  id?: string;
}) {
  return (
    <div className={bad ? 'bad' : ''} data-testid={id}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Of those who were told to leave or to stay in: who is safe, who needs help, of whom nobody has heard. */
function RollCall({ detail }: { detail: IncidentDetail }) {
  const { t } = useTranslation();
  const { told, counts } = rollOf(detail);
  if (told === 0) return <p className="muted">{t('ways.nobodyTold')}</p>;
  const { safe, help, missing, waiting } = counts;
  return (
    <section className="receipts-line" aria-label={t('ways.rollCall')} data-testid="roll-call">
      <b>{t('ways.rollCall')}</b>
      <span className="receipt acknowledged">
        ✓ {t('ways.safe')} <b>{safe}</b>
      </span>
      <span className={help > 0 ? 'receipt needs-help' : 'receipt'}>
        ! {t('ways.help')} <b>{help}</b>
      </span>
      <span className={missing > 0 ? 'receipt unreachable' : 'receipt'}>
        ✕ {t('ways.missing')} <b>{missing}</b>
      </span>
      <span className="receipt">
        … {t('ways.waiting')} <b>{waiting}</b>
      </span>
    </section>
  );
}

/** Who is not known to be out, before somebody says that everybody is. */
function Open({ told, counts }: ReturnType<typeof rollOf>) {
  const { t } = useTranslation();
  if (told === 0) return <Alert type="warning" showIcon title={t('ways.nobodyTold')} />;
  const { help, missing, waiting } = counts;
  const open = unsafeOf(counts);
  return (
    <Alert
      type={open > 0 ? 'error' : 'success'}
      showIcon
      className="page-hint"
      data-testid="evacuated-open"
      title={
        open > 0
          ? t('ways.confirmOpen', { told, open, help, missing, waiting })
          : t('ways.confirmSafe', { told })
      }
    />
  );
}

function Shelters({ response }: { response: ResponseView }) {
  const { t } = useTranslation();
  const used = response.shelters.filter((shelter) => shelter.gets > 0 || shelter.promised > 0);
  const idle = response.shelters.length - used.length;
  return (
    <section aria-label={t('ways.shelters')}>
      <h3>
        {t('ways.shelters')} <span className="muted">{used.length}</span>
      </h3>
      <ul className="shelter-list">
        {[...used]
          .sort((a, b) => b.gets - a.gets)
          .map(({ key, name, gets, free, promised }) => (
            <li key={key}>
              <button
                type="button"
                className="link"
                onClick={() => selection.set({ object: { kind: SHELTER, key } })}
              >
                {name}
              </button>
              <Progress
                percent={free > 0 ? Math.min(100, (gets / free) * 100) : 100}
                status={gets >= free ? 'exception' : 'normal'}
                size="small"
                format={() => `${gets} / ${free}`}
                aria-label={`${name} ${gets} / ${free}`}
              />
              {promised > 0 && (
                <span className="muted small" data-testid="shelter-promised">
                  {t('ways.promised', { n: promised })}
                </span>
              )}
            </li>
          ))}
      </ul>
      {idle > 0 && <p className="muted">{t('ways.idle', { n: idle })}</p>}
    </section>
  );
}

/** How people get out of the building itself, and what one stair in smoke does. */
function Escape({ building }: { building: EscapeView }) {
  const { t } = useTranslation();
  const span = useSpan();
  const { floors, stairs, exits, smoke_min, trapped } = building;
  const size = t('ways.building.size', { floors, stairs, exits, n: Math.round(building.people) });
  const out = t('ways.building.out', { span: span(Math.max(1, building.out_min)) });
  const smoke =
    smoke_min === null
      ? t('ways.building.trapped', { n: Math.ceil(trapped) })
      : t('ways.building.smoke', { span: span(Math.max(1, smoke_min)) });
  return (
    <p
      className="ways-building"
      data-testid="ways-building"
      title={`${building.kind}/${building.key}`}
    >
      <strong>{building.name}</strong> {size} {out}{' '}
      <span className={trapped > 0 ? 'bad' : ''}>{smoke}</span>
    </p>
  );
}
