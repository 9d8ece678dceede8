import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useWindWords } from './Wind';

/** One press of an arrow key, and of page up and down. */
const STEP = 5;
const LEAP = 45;
const KEYS: Record<string, number> = {
  ArrowRight: STEP,
  ArrowUp: STEP,
  ArrowLeft: -STEP,
  ArrowDown: -STEP,
  PageUp: LEAP,
  PageDown: -LEAP,
};
const TICKS = [0, 45, 90, 135, 180, 225, 270, 315];

interface Props {
  value?: number | null;
  onChange?(degrees: number): void;
}

/** Where the wind comes from, turned by hand: the arrow starts there. */
export function WindDial({ value, onChange }: Props) {
  const { t } = useTranslation();
  const words = useWindWords();
  const box = useRef<HTMLDivElement>(null);
  const degrees = Math.round(value ?? 0);
  const set = (next: number) => onChange?.(((Math.round(next) % 360) + 360) % 360);
  const key = (event: KeyboardEvent) => {
    const step = KEYS[event.key];
    if (step === undefined && event.key !== 'Home') return;
    event.preventDefault();
    set(step === undefined ? 0 : degrees + step);
  };
  const point = (event: PointerEvent) => {
    if (event.buttons !== 1 || !box.current) return;
    const { left, top, width, height } = box.current.getBoundingClientRect();
    const east = event.clientX - left - width / 2;
    const south = event.clientY - top - height / 2;
    const turned = (Math.atan2(east, -south) * 180) / Math.PI;
    set(Math.round(turned / STEP) * STEP);
  };
  return (
    <div
      ref={box}
      className="wind-dial"
      role="slider"
      tabIndex={0}
      aria-label={t('danger.windFrom')}
      aria-valuemin={0}
      aria-valuemax={359}
      aria-valuenow={degrees}
      aria-valuetext={words(degrees)}
      data-testid="wind-dial"
      onKeyDown={key}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        point(event);
      }}
      onPointerMove={point}
    >
      <svg aria-hidden="true" viewBox="-60 -60 120 120">
        <circle r="46" className="dial-ring" />
        {TICKS.map((tick) => (
          <text
            key={tick}
            x={53 * Math.sin((tick * Math.PI) / 180)}
            y={-53 * Math.cos((tick * Math.PI) / 180)}
            className="dial-tick"
          >
            {t(`compass.short.${tick / 45}`)}
          </text>
        ))}
        {value !== null && value !== undefined && (
          <g transform={`rotate(${degrees + 180})`}>
            <path
              d="M0 -32 L12 -12 L4 -15 L4 42 L-4 42 L-4 -15 L-12 -12 Z"
              className="dial-arrow"
            />
          </g>
        )}
      </svg>
    </div>
  );
}
