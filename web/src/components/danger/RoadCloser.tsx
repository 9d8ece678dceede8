import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, InputNumber, Popconfirm } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, post } from '../../api/client';
import { type BlockView, type Closure, dangerKeys } from '../../api/danger';
import type { Incident } from '../../api/types';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useNow } from '../../lib/clock';
import { useFirst } from '../../lib/first';
import { crosses, ringState } from '../../lib/ground';
import { formatBrief } from '../../lib/time';
import { MoreButton } from '../MoreButton';
import { ReasonModal } from '../ReasonModal';
import { RingTools } from './RingTools';
import type { Ring } from './useRings';
import type { Supposed } from './useWhatIf';

/** A closure holds a day, unless somebody says otherwise; a week at most. */
const USUAL_MIN = 24 * 60;
const LONGEST_MIN = 7 * 24 * 60;
/** So many supposed closures are answered at once. */
const MOST_RINGS = 20;
/** Of the time only the day is looked at. */
const NOW_EVERY_MS = 10_000;

/** Rows at once, of what is supposed and of what is closed. */
const ROWS = 10;

interface Props {
  incident: Incident;
  /** As the map shows them. */
  blocks: readonly BlockView[];
  closures: readonly Closure[];
  ring: Ring;
  /** What is supposed so far. */
  supposed: Pick<Supposed, 'close' | 'open'>;
  onSuppose(roads: Pick<Supposed, 'close' | 'open'>): void;
}

/** Draws ground on the map, tells which ways it would cut, and supposes its roads closed. Closing them for real is a thing apart. */
export function RoadCloser(props: Props) {
  const { t } = useTranslation();
  const { blocks, supposed } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  const { ring, whole } = ringState(props.ring.drawn);
  const cut = whole
    ? blocks.filter((block) => block.line && crosses(block.line.coordinates, ring))
    : [];
  const people = cut.reduce((sum, block) => sum + block.people, 0);
  const onSuppose: Props['onSuppose'] = (roads) => {
    // The button that was pressed goes or can be pressed no more: whoever uses the keyboard goes on from here.
    heading.current?.focus();
    props.onSuppose(roads);
  };
  const suppose = () => {
    done(props.ring);
    onSuppose({ ...supposed, close: [...supposed.close, ring] });
  };
  return (
    <section aria-label={t('roads.title')}>
      <h3 ref={heading} tabIndex={-1}>
        {t('roads.title')}
      </h3>
      <p className="muted">{t('roads.hint')}</p>
      <RingTools id="roads" ring={props.ring}>
        <Button
          size="small"
          type="primary"
          disabled={!whole || supposed.close.length >= MOST_RINGS}
          data-testid="roads-suppose"
          onClick={suppose}
        >
          {t('roads.suppose')}
        </Button>
      </RingTools>
      {whole && (
        <p role="status" data-testid="roads-cut" className={cut.length > 0 ? 'bad' : ''}>
          {t(cut.length > 0 ? 'roads.cuts' : 'roads.cutsNone', { n: cut.length, people })}
        </p>
      )}
      <Suppositions {...props} onSuppose={onSuppose} />
      <ForReal {...props} />
    </section>
  );
}

/** What was drawn is used: another use draws its own. */
function done(ring: Ring) {
  ring.onDrawing(false);
  ring.onDrawn([]);
}

/** Roads that are supposed to be closed, and real closures that may be supposed to be open: each can be taken back. */
function Suppositions({ closures, supposed, onSuppose }: Props) {
  const { t } = useTranslation();
  const { close, open } = supposed;
  // Those that are supposed to be open first: none of them hides behind a button.
  const isOpen = ({ id }: Closure) => Number(open.includes(id));
  const { shown, pages } = useFirst(
    [...closures].sort((a, b) => isOpen(b) - isOpen(a)),
    ROWS,
  );
  if (close.length + closures.length === 0) return null;
  const toggle = (id: number) =>
    open.includes(id) ? open.filter((one) => one !== id) : [...open, id];
  return (
    <>
      <ul className="shares" data-testid="roads-supposed">
        {close.map((ring, place) => (
          <li key={JSON.stringify(ring)}>
            <span className="if">⊘ {t('roads.supposed', { n: place + 1 })}</span>{' '}
            <Button
              size="small"
              data-testid="roads-unsuppose"
              onClick={() => onSuppose({ open, close: close.filter((one) => one !== ring) })}
            >
              {t('roads.unsuppose')}
            </Button>
          </li>
        ))}
        {shown.map(({ id, reason }) => (
          <li key={id}>
            {open.includes(id) ? (
              <span className="if">○ {t('roads.supposedOpen', { reason })}</span>
            ) : (
              `⊘ ${reason}`
            )}{' '}
            <Button
              size="small"
              aria-pressed={open.includes(id)}
              data-testid="roads-suppose-open"
              onClick={() => onSuppose({ close, open: toggle(id) })}
            >
              {t(open.includes(id) ? 'roads.unsuppose' : 'roads.supposeOpen')}
            </Button>
          </li>
        ))}
      </ul>
      <MoreButton pages={pages} />
    </>
  );
}

/** What follows changes the real roads: it stands in a frame of its own. */
function ForReal({ incident, closures, ring: drawn }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const now = useNow(NOW_EVERY_MS);
  const mayHandle = useMay('handle', false);
  const { ring, whole } = ringState(drawn.drawn);
  const { shown, pages } = useFirst(closures, ROWS);
  const { act, busy } = useAct();
  const [asked, setAsked] = useState(false);
  const changed = () => {
    void client.invalidateQueries({ queryKey: dangerKeys.closures });
    void client.invalidateQueries({ queryKey: ['response'] });
  };
  const close = async ({ reason, minutes }: { reason: string; minutes: number }) => {
    const order = { area: incident.area, incident: incident.id, reason, minutes, ring };
    if (!(await act(() => post('/roads/closures', order), t('roads.closed')))) return;
    setAsked(false);
    done(drawn);
    changed();
  };
  const open = async (id: number) => {
    if (await act(() => del(`/roads/closures/${id}`), t('roads.opened'))) changed();
  };
  if (!mayHandle && closures.length === 0) return null;
  return (
    <div className="for-real">
      <b>{t('roads.real')}</b>
      {mayHandle && (
        <Button
          size="small"
          danger
          disabled={!whole}
          data-testid="roads-close"
          onClick={() => setAsked(true)}
        >
          {t('roads.close')}
        </Button>
      )}
      <ul className="shares">
        {shown.map((one) => (
          <li key={one.id}>
            ⊘ {one.reason} <span className="muted">{one.by}</span>{' '}
            {t('roads.until', { time: formatBrief(one.until, now) })}{' '}
            {mayHandle && (
              <Popconfirm
                title={t('roads.open')}
                okText={t('ok')}
                cancelText={t('cancel')}
                onConfirm={() => open(one.id)}
              >
                <Button size="small" disabled={busy}>
                  {t('roads.open')}
                </Button>
              </Popconfirm>
            )}
          </li>
        ))}
      </ul>
      <MoreButton pages={pages} />
      <ReasonModal
        open={asked}
        title={t('roads.close')}
        hint={t('roads.closeHint')}
        initial={{ minutes: USUAL_MIN }}
        danger
        busy={busy}
        onCancel={() => setAsked(false)}
        onSubmit={close}
      >
        <Form.Item name="minutes" label={t('weather.minutes')} rules={[{ required: true }]}>
          <InputNumber min={1} max={LONGEST_MIN} precision={0} suffix={t('span.unit')} />
        </Form.Item>
      </ReasonModal>
    </div>
  );
}
