import { CaretRightOutlined, PauseOutlined } from '@ant-design/icons';
import { Button, Slider } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DangerFrame } from '../../api/danger';
import { useSpan } from '../../lib/text';
import { Problem } from '../Problem';

/** One frame stays so long while it plays. */
const FRAME_MS = 900;

interface Props {
  frames: readonly DangerFrame[];
  /** The frame that is shown; null: everything that is reached at any time. */
  frame: number | null;
  onFrame(frame: number | null): void;
  /** Whether moments are still to come, or why none do. */
  process: { pending: boolean; error: unknown; refetch(): unknown };
}

/** Seconds after the beginning as people say them. */
export function useSpanWords() {
  const { t } = useTranslation();
  const span = useSpan();
  return (seconds: number) =>
    seconds < 120 ? t('danger.seconds', { n: Math.round(seconds) }) : span(seconds / 60);
}

/** How the danger spreads: a slider over its moments, with play and pause. */
export function TimeBar({ frames, frame, onFrame, process }: Props) {
  const { t } = useTranslation();
  const words = useSpanWords();
  const [playing, setPlaying] = useState(false);
  const last = frames.length - 1;
  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => {
      const next = (frame ?? -1) + 1;
      if (next > last) setPlaying(false);
      else onFrame(next);
    }, FRAME_MS);
    return () => clearTimeout(timer);
  }, [playing, frame, last, onFrame]);
  if (process.error) return <Problem query={process} />;
  if (frames.length < 2) {
    const words = t(process.pending ? 'danger.framesPending' : 'danger.noFrames');
    return (
      <p className="time-bar muted" role="status" data-testid="time-none">
        {words}
      </p>
    );
  }
  const at = frame === null ? null : frames[frame];
  const play = () => {
    if (!playing && (frame === null || frame >= last)) onFrame(0);
    setPlaying((on) => !on);
  };
  return (
    <div className="time-bar" data-testid="time-bar" data-frame={frame ?? 'all'}>
      <Button
        size="small"
        icon={playing ? <PauseOutlined /> : <CaretRightOutlined />}
        aria-label={t(playing ? 'danger.pause' : 'danger.play')}
        data-testid="time-play"
        onClick={play}
      />
      <Slider
        className="time-slider"
        min={0}
        max={last}
        value={frame ?? last}
        tooltip={{ formatter: (value) => words(frames[value ?? 0]?.at_s ?? 0) }}
        ariaLabelForHandle={t('danger.slider')}
        ariaValueTextFormatterForHandle={(value) => words(frames[value]?.at_s ?? 0)}
        onChange={(value) => {
          setPlaying(false);
          onFrame(value);
        }}
      />
      <output className="time-at" data-testid="time-at">
        {at && t('danger.after', { span: words(at.at_s) })}
        {process.pending && <span className="muted small"> {t('danger.framesRenewed')}</span>}
      </output>
      <Button
        size="small"
        type={frame === null ? 'primary' : 'default'}
        aria-pressed={frame === null}
        onClick={() => {
          setPlaying(false);
          onFrame(null);
        }}
      >
        {t('danger.whole')}
      </Button>
    </div>
  );
}
