import { Button } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Position } from '../../api/types';
import { ringState } from '../../lib/ground';
import type { Ring, RingFor } from './useRings';

interface Props {
  id: RingFor;
  ring: Ring;
  /** Whether a place is meant: the newest corner alone is kept. */
  single?: boolean;
  /** What can be done with what is drawn. */
  children?: React.ReactNode;
}

/** Sets corners on the map, takes them back, and says when the sides cross. */
export function RingTools({ id, ring, single = false, children }: Props) {
  const { t } = useTranslation();
  const { drawing, drawn, onDrawn } = ring;
  const draw = useRef<HTMLButtonElement>(null);
  const keep = (corners: readonly Position[]) => onDrawn(single ? corners.slice(-1) : corners);
  const tooMany = single && drawn.length > 1;
  // Clicks on the map know nothing of what is meant.
  useEffect(() => {
    if (tooMany) onDrawn(drawn.slice(-1));
  });
  const add = () => {
    const at = ring.middle();
    if (at) keep([...drawn, at]);
  };
  const take = (corners: readonly Position[]) => {
    onDrawn(corners);
    // With the last corner these buttons are gone, and the keyboard would be nowhere.
    if (corners.length === 0) draw.current?.focus();
  };
  return (
    <>
      <div className="incident-actions">
        <Button
          ref={draw}
          size="small"
          type={drawing ? 'primary' : 'default'}
          aria-pressed={drawing}
          data-testid={`${id}-draw`}
          onClick={() => ring.onDrawing(!drawing)}
        >
          {t(drawing ? 'ring.done' : single ? 'ring.drawPlace' : 'ring.draw')}
        </Button>
        {drawing && (
          <Button size="small" data-testid={`${id}-corner`} onClick={add}>
            {t(single ? 'ring.place' : 'ring.corner')}
          </Button>
        )}
        {drawn.length > 0 && (
          <>
            {!single && (
              <Button size="small" onClick={() => take(drawn.slice(0, -1))}>
                {t('ring.undo')}
              </Button>
            )}
            <Button size="small" onClick={() => take([])}>
              {t('ring.clear')}
            </Button>
          </>
        )}
        {!single && <span className="muted">{t('ring.corners', { n: drawn.length })}</span>}
        {children}
      </div>
      {!single && ringState(drawn).crossed && (
        <p role="status" className="bad" data-testid={`${id}-crossed`}>
          {t('ring.crossed')}
        </p>
      )}
    </>
  );
}
