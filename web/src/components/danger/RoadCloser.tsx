import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, InputNumber, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { del, post } from '../../api/client';
import { type BlockView, type Closure, dangerKeys } from '../../api/danger';
import type { Incident, Position } from '../../api/types';
import { useMay } from '../../app/session';
import { useAct } from '../../lib/actions';
import { useNow } from '../../lib/clock';
import { crosses, crossesItself } from '../../lib/ground';
import { formatBrief } from '../../lib/time';
import { ReasonModal } from '../ReasonModal';
import type { Supposed } from './useWhatIf';

/** A closure holds a day, unless somebody says otherwise; a week at most. */
const USUAL_MIN = 24 * 60;
const LONGEST_MIN = 7 * 24 * 60;
/** So many supposed closures are answered at once. */
const MOST_RINGS = 20;

interface Props {
  incident: Incident;
  blocks: readonly BlockView[];
  closures: readonly Closure[];
  drawing: boolean;
  drawn: readonly Position[];
  /** What is supposed so far. */
  supposed: Pick<Supposed, 'close' | 'open'>;
  onDrawing(on: boolean): void;
  onDrawn(corners: Position[]): void;
  onSuppose(roads: Pick<Supposed, 'close' | 'open'>): void;
  /** The middle of the map: for those who set corners without a mouse. */
  middle(): Position | null;
}

/** Draws ground on the map, tells which ways it would cut, and supposes its roads closed. Closing them for real is a thing apart. */
export function RoadCloser(props: Props) {
  const { t } = useTranslation();
  const { drawing, drawn, blocks, supposed } = props;
  const crossed = crossesItself(drawn);
  const whole = drawn.length >= 3 && !crossed;
  const cut = whole
    ? blocks.filter((block) => block.line && crosses(block.line.coordinates, drawn))
    : [];
  const people = cut.reduce((sum, block) => sum + block.people, 0);
  const add = () => {
    const at = props.middle();
    if (at) props.onDrawn([...drawn, at]);
  };
  const suppose = () => {
    props.onDrawing(false);
    props.onDrawn([]);
    props.onSuppose({ ...supposed, close: [...supposed.close, drawn] });
  };
  return (
    <section aria-label={t('roads.title')}>
      <h3>{t('roads.title')}</h3>
      <p className="muted">{t('roads.hint')}</p>
      <div className="incident-actions">
        <Button
          size="small"
          type={drawing ? 'primary' : 'default'}
          aria-pressed={drawing}
          data-testid="roads-draw"
          onClick={() => props.onDrawing(!drawing)}
        >
          {t(drawing ? 'roads.done' : 'roads.draw')}
        </Button>
        {drawing && (
          <Button size="small" data-testid="roads-corner" onClick={add}>
            {t('roads.corner')}
          </Button>
        )}
        {drawn.length > 0 && (
          <>
            <Button size="small" onClick={() => props.onDrawn(drawn.slice(0, -1))}>
              {t('roads.undo')}
            </Button>
            <Button size="small" onClick={() => props.onDrawn([])}>
              {t('roads.clear')}
            </Button>
          </>
        )}
        <span className="muted">{t('roads.corners', { n: drawn.length })}</span>
        <Button
          size="small"
          type="primary"
          disabled={!whole || supposed.close.length >= MOST_RINGS}
          data-testid="roads-suppose"
          onClick={suppose}
        >
          {t('roads.suppose')}
        </Button>
      </div>
      {crossed && (
        <p role="status" className="bad" data-testid="roads-crossed">
          {t('roads.crossed')}
        </p>
      )}
      {whole && (
        <p role="status" data-testid="roads-cut" className={cut.length > 0 ? 'bad' : ''}>
          {t(cut.length > 0 ? 'roads.cuts' : 'roads.cutsNone', { n: cut.length, people })}
        </p>
      )}
      <Suppositions {...props} />
      <ForReal {...props} whole={whole} />
    </section>
  );
}

/** Roads that are supposed to be closed, and real closures that may be supposed to be open: each can be taken back. */
function Suppositions({ closures, supposed, onSuppose }: Props) {
  const { t } = useTranslation();
  const { close, open } = supposed;
  if (close.length + closures.length === 0) return null;
  const toggle = (id: number) =>
    open.includes(id) ? open.filter((one) => one !== id) : [...open, id];
  return (
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
      {closures.map(({ id, reason }) => (
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
  );
}

/** What follows changes the real roads: it stands in a frame of its own. */
function ForReal({ incident, closures, drawn, onDrawn, whole }: Props & { whole: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const now = useNow();
  const mayHandle = useMay('handle', false);
  const { act, busy } = useAct();
  const [asked, setAsked] = useState(false);
  const changed = () => {
    void client.invalidateQueries({ queryKey: dangerKeys.closures });
    void client.invalidateQueries({ queryKey: ['response'] });
  };
  const close = async ({ reason, minutes }: { reason: string; minutes: number }) => {
    const order = { area: incident.area, incident: incident.id, reason, minutes, ring: drawn };
    if (!(await act(() => post('/roads/closures', order), t('roads.closed')))) return;
    setAsked(false);
    onDrawn([]);
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
        {closures.map((one) => (
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
