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
import { crosses } from '../../lib/ground';
import { formatBrief } from '../../lib/time';
import { ReasonModal } from '../ReasonModal';

/** A closure holds a day, unless somebody says otherwise; a week at most. */
const USUAL_MIN = 24 * 60;
const LONGEST_MIN = 7 * 24 * 60;

interface Props {
  incident: Incident;
  blocks: readonly BlockView[];
  closures: readonly Closure[];
  drawing: boolean;
  drawn: readonly Position[];
  onDrawing(on: boolean): void;
  onDrawn(corners: Position[]): void;
  /** The middle of the map: for those who set corners without a mouse. */
  middle(): Position | null;
}

/** Draws ground on the map and tells which ways it would cut. Closing the roads there for good is a thing apart. */
export function RoadCloser(props: Props) {
  const { t } = useTranslation();
  const { drawing, drawn, blocks } = props;
  const whole = drawn.length >= 3;
  const cut = whole
    ? blocks.filter((block) => block.line && crosses(block.line.coordinates, drawn))
    : [];
  const people = cut.reduce((sum, block) => sum + block.people, 0);
  const add = () => {
    const at = props.middle();
    if (at) props.onDrawn([...drawn, at]);
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
      </div>
      {whole && (
        <p role="status" data-testid="roads-cut" className={cut.length > 0 ? 'bad' : ''}>
          {t(cut.length > 0 ? 'roads.cuts' : 'roads.cutsNone', { n: cut.length, people })}
        </p>
      )}
      <ForReal {...props} whole={whole} />
    </section>
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
