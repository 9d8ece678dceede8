import { describe, expect, it } from 'vitest';
import type { Dispatch, DispatchLine, DispatchNeed, DispatchScene } from '../../api/dispatch';
import { isOpen, nameInDetail, scenesOf, totalsOf } from './view';

const scene = (id: number, grade: number | null, threatened = 0): DispatchScene => ({
  id,
  kind: 'fire',
  name: { zh: '', en: 'Fire' },
  place: '',
  area: 640_104_000,
  position: { lon: 106.2, lat: 38.4 },
  grade,
  drill: false,
  people: 0,
  threatened,
  patients: 0,
  area_km2: 0,
  counted: true,
  orders: 0,
});
const need = (incident: number, rule: string, missing = 0): DispatchNeed => ({
  incident,
  rule,
  sort: 'force',
  name: { zh: '', en: rule },
  amount: 2,
  unit: '',
  under_way: 0,
  sent: 2 - missing,
  missing,
  why: missing > 0 ? 'all-busy' : null,
  priority: 100,
  latest_min: 30,
  vehicle: 'car',
  source: '',
  sure: false,
});
const force = (line: number, incident: number, rule: string, minutes: number): DispatchLine => ({
  line,
  incident,
  rule,
  position: null,
  minutes,
  travel_min: minutes,
  by_road: true,
  what: { sort: 'force', kind: 'fire-station', key: `f${line}`, name: '', area: 0, turnout_min: 0 },
  accepted_by: null,
  order: null,
  stage: null,
  allocations: [],
});
const bed: DispatchLine = {
  ...force(4, 1, 'beds', 20),
  what: { sort: 'beds', hospital: 'h', name: 'H', ward: 'icu', beds: 7, said: 0 },
};
const dispatch: Dispatch = {
  id: 1,
  area: 0,
  at: 0,
  by: 'duty',
  before: null,
  stale: null,
  incidents: [scene(1, null, 5), scene(2, 1), scene(3, 3, 50)],
  needs: [need(1, 'search'), need(2, 'search', 1), need(1, 'beds')],
  lines: [
    force(1, 1, 'search', 18),
    force(2, 1, 'search', 9),
    { ...force(3, 2, 'search', 5), accepted_by: 'duty', order: 8 },
    bed,
  ],
  changes: [],
  warnings: [],
};

describe('a proposal', () => {
  it('shows the worst incident first, then those with more people in danger', () => {
    expect(scenesOf(dispatch).map(({ scene }) => scene.id)).toEqual([2, 3, 1]);
  });

  it('puts each line under its need and its incident, the first to arrive first', () => {
    const first = scenesOf(dispatch).find(({ scene }) => scene.id === 1);
    expect(first?.needs.map(({ lines }) => lines.map((l) => l.line))).toEqual([[2, 1], [4]]);
  });

  it('offers neither beds nor what was accepted', () => {
    expect(dispatch.lines.filter(isOpen).map((l) => l.line)).toEqual([1, 2]);
  });

  it('counts beds by their number and needs by what is missing', () => {
    expect(totalsOf(dispatch)).toEqual({ forces: 3, goods: 0, beds: 7, short: 1 });
  });

  it('names a force that is gone as people do', () => {
    expect(nameInDetail('fire-station f1 East Station')).toBe('East Station');
    expect(nameInDetail('fire-station f1 ')).toBe('f1');
  });
});
