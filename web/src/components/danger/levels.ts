// Names of levels as people read them. Models name a level by a key; those with a figure in it share their words. Pure.

/** Keys with a figure: the id of their words, and what of the key is the figure. */
const FIGURED: [pattern: RegExp, id: string][] = [
  [/^aegl-(\d)$/, 'aegl'],
  [/^erpg-(\d)$/, 'erpg'],
  [/^lel-(\d+)$/, 'lel'],
  [/^ppm-(\d+)$/, 'ppm'],
  [/^oxygen-([\d.]+)$/, 'oxygen'],
  [/^burnt-(\d+)-min$/, 'burnt'],
  [/^([\d.]+)-kw-m2$/, 'flux'],
  [/^([\d.]+)-kpa$/, 'overpressure'],
  [/^depth-([\d.]+)-m$/, 'depth'],
  [/^intensity-(\d+)$/, 'intensity'],
  [/^([\d.]+)-g$/, 'shaking'],
];

/** Id of the words of a level, with the figure that they hold. */
export function levelWords(level: string): { id: string; n?: number } {
  for (const [pattern, id] of FIGURED) {
    const figure = pattern.exec(level)?.[1];
    if (figure !== undefined) return { id: `danger.levelName.${id}`, n: Number(figure) };
  }
  return { id: `danger.levelName.${level}` };
}
