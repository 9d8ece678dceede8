// Sounds of new alarms, made here: no file, no network. Different by priority; a mute ends by itself.
import type { Priority } from '../api/types';
import { createStore } from '../lib/store';

/** A mute never lasts longer: a silent console is a danger of its own. */
export const MUTE_MS = 5 * 60_000;
/** While critical alarms wait for acknowledgement the sound comes again so often. */
export const REMIND_MS = 15_000;
/** Sounds of one priority are not repeated faster than this, however many alarms come. */
const GAP_MS = 1500;

export const sound = createStore<{ ready: boolean; mutedUntil: number }>({
  ready: false,
  mutedUntil: 0,
});

/** Tones: pitch in Hz, start and length in seconds. */
const PATTERNS: Record<Priority, { wave: OscillatorType; tones: [number, number, number][] }> = {
  critical: {
    wave: 'square',
    tones: [
      [960, 0, 0.16],
      [720, 0.18, 0.16],
      [960, 0.36, 0.16],
      [720, 0.54, 0.16],
      [960, 0.72, 0.16],
      [720, 0.9, 0.16],
    ],
  },
  high: {
    wave: 'triangle',
    tones: [
      [784, 0, 0.2],
      [784, 0.3, 0.2],
      [988, 0.6, 0.25],
    ],
  },
  medium: { wave: 'sine', tones: [[659, 0, 0.3]] },
  low: { wave: 'sine', tones: [[440, 0, 0.12]] },
};
const LOUDNESS: Record<Priority, number> = { critical: 0.14, high: 0.2, medium: 0.15, low: 0.07 };

let context: AudioContext | null = null;
const lastPlayed = new Map<Priority, number>();

/** Browsers allow sound only after a person touched the page; called from such a touch. */
export async function enableSound(): Promise<void> {
  if (typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  if (context.state !== 'running') await context.resume();
  sound.set({ ready: context.state === 'running' });
}

/** Enables sound at the first touch anywhere; until then the header shows that it is off. */
export function enableSoundAtFirstTouch(): () => void {
  const touch = () => void enableSound();
  if (navigator.userActivation?.hasBeenActive) touch();
  window.addEventListener('pointerdown', touch, { once: true });
  window.addEventListener('keydown', touch, { once: true });
  return () => {
    window.removeEventListener('pointerdown', touch);
    window.removeEventListener('keydown', touch);
  };
}

export function mute(on: boolean) {
  sound.set({ mutedUntil: on ? Date.now() + MUTE_MS : 0 });
}
export const isMuted = () => Date.now() < sound.get().mutedUntil;

export function alarmSound(priority: Priority) {
  const now = Date.now();
  if (context?.state !== 'running' || isMuted()) return;
  if (now - (lastPlayed.get(priority) ?? 0) < GAP_MS) return;
  lastPlayed.set(priority, now);
  const { wave, tones } = PATTERNS[priority];
  const start = context.currentTime + 0.02;
  for (const [pitch, at, length] of tones) {
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.type = wave;
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0, start + at);
    gain.gain.linearRampToValueAtTime(LOUDNESS[priority], start + at + 0.015);
    gain.gain.linearRampToValueAtTime(0, start + at + length);
    tone.connect(gain).connect(context.destination);
    tone.start(start + at);
    tone.stop(start + at + length + 0.02);
  }
}
