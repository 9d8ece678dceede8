// Shapes of device states, drawn here: no sprite, no font server. A shape beside every colour.
import type { DeviceState } from '../api/types';
import { STATE_COLOUR } from '../lib/colours';

/** The same shapes as characters, for lists and the legend. */
export const STATE_SIGN: Record<DeviceState, string> = {
  alarm: '▲',
  fault: '◆',
  offline: '✕',
  maintenance: '■',
  normal: '●',
  unknown: '○',
};

const SIZE = 44;
const DARK = '#0b1628';

type Draw = (c: CanvasRenderingContext2D, colour: string) => void;

function outline(c: CanvasRenderingContext2D, colour: string, points: [number, number][]) {
  c.beginPath();
  for (const [x, y] of points) c.lineTo(x, y);
  c.closePath();
  c.fillStyle = colour;
  c.fill();
  c.lineWidth = 3;
  c.strokeStyle = DARK;
  c.stroke();
}

function disc(c: CanvasRenderingContext2D, colour: string, radius: number, hollow: boolean) {
  c.beginPath();
  c.arc(SIZE / 2, SIZE / 2, radius, 0, 2 * Math.PI);
  c.fillStyle = hollow ? DARK : colour;
  c.fill();
  c.lineWidth = hollow ? 4 : 3;
  c.strokeStyle = hollow ? colour : DARK;
  c.stroke();
}

const SHAPES: Record<DeviceState, Draw> = {
  alarm: (c, colour) =>
    outline(c, colour, [
      [22, 3],
      [41, 38],
      [3, 38],
    ]),
  fault: (c, colour) =>
    outline(c, colour, [
      [22, 3],
      [40, 22],
      [22, 41],
      [4, 22],
    ]),
  offline: (c, colour) => {
    for (const [width, stroke] of [
      [13, DARK],
      [7, colour],
    ] as const) {
      c.lineWidth = width;
      c.strokeStyle = stroke;
      c.lineCap = 'round';
      c.beginPath();
      c.moveTo(12, 12);
      c.lineTo(32, 32);
      c.moveTo(32, 12);
      c.lineTo(12, 32);
      c.stroke();
    }
  },
  maintenance: (c, colour) =>
    outline(c, colour, [
      [8, 8],
      [36, 8],
      [36, 36],
      [8, 36],
    ]),
  normal: (c, colour) => disc(c, colour, 13, false),
  unknown: (c, colour) => disc(c, colour, 12, true),
};

/** Ground of a cluster's number: the ring has the colour of the worst state in it. */
function ring(c: CanvasRenderingContext2D, colour: string, width: number) {
  c.beginPath();
  c.arc(SIZE / 2, SIZE / 2, SIZE / 2 - width / 2 - 0.5, 0, 2 * Math.PI);
  c.fillStyle = DARK;
  c.fill();
  c.lineWidth = width;
  c.strokeStyle = colour;
  c.stroke();
}

/** Mark of an incident: stands on its place and leaves free what lies there. */
function pin(c: CanvasRenderingContext2D) {
  c.beginPath();
  c.arc(SIZE / 2, 17, 14, 0.8 * Math.PI, 0.2 * Math.PI);
  c.lineTo(SIZE / 2, SIZE - 2);
  c.closePath();
  c.fillStyle = '#d3222a';
  c.fill();
  c.lineWidth = 3;
  c.strokeStyle = '#ffffff';
  c.stroke();
  c.beginPath();
  c.arc(SIZE / 2, 17, 5, 0, 2 * Math.PI);
  c.fillStyle = '#ffffff';
  c.fill();
}

export interface MapIcon {
  name: string;
  data: ImageData;
}

function draw(name: string, paint: (c: CanvasRenderingContext2D) => void): MapIcon[] {
  const canvas = document.createElement('canvas');
  canvas.width = SIZE;
  canvas.height = SIZE;
  const context = canvas.getContext('2d');
  if (!context) return [];
  paint(context);
  return [{ name, data: context.getImageData(0, 0, SIZE, SIZE) }];
}

/** One icon for each state, and the mark of an incident; drawn at twice their size on screen. */
export function mapIcons(): MapIcon[] {
  const states = (Object.keys(SHAPES) as DeviceState[]).flatMap((state) =>
    draw(`device-${state}`, (c) => SHAPES[state](c, STATE_COLOUR[state])),
  );
  const clusters = (Object.keys(SHAPES) as DeviceState[]).flatMap((state) =>
    draw(`cluster-${state}`, (c) => ring(c, STATE_COLOUR[state], state === 'alarm' ? 6 : 3.5)),
  );
  return [...states, ...clusters, ...draw('incident', pin)];
}
