// The arithmetic of the public page: node --test place.test.mjs
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

const source = readFileSync(new URL('../src/public/place.js', import.meta.url), 'utf8');
const names = ['metres', 'bearing', 'turn', 'beyond', 'judge', 'wayOut', 'shelters'];
const { metres, bearing, turn, beyond, judge, wayOut, shelters } = new Function(`${source}; return { ${names.join(',')} };`)();

const MIDDLE = [106.59, 38.17];
const DEGREE = 111195.08;

/** A place so many metres east and north of another. */
function at(east, north, from = MIDDLE) {
  return [from[0] + east / (DEGREE * Math.cos((from[1] * Math.PI) / 180)), from[1] + north / DEGREE];
}

const circle = (a, metres) => ({ a, n: '', w: '', c: [...MIDDLE, metres] });
const ring = (a, points, s = 0) => ({ a, n: '', w: '', r: [points], s });
/** A plume to the east of the middle: 2 km long, 400 m wide at its end. */
const PLUME = [at(-30, -30), at(2000, -200), at(2000, 200), at(-30, 30)];
const plume = (more = {}) => ({ z: [ring('leave', PLUME)], src: MIDDLE, wind: [270, 3], drift: true, sh: [], ...more });

test('distances and directions agree with the sphere', () => {
  assert.ok(Math.abs(metres(MIDDLE, at(3000, 4000)) - 5000) < 5);
  for (const [east, north, way] of [[0, 1, 0], [1, 1, 45], [1, 0, 90], [0, -1, 180], [-1, 0, 270]]) {
    assert.ok(turn(bearing(MIDDLE, at(east * 500, north * 500)), way) < 0.1, `${way}`);
  }
});

test('a place is inside, at the edge or outside, and the edge counts as inside', () => {
  const danger = { z: [circle('leave', 500), circle('shelter', 1500)], src: MIDDLE, sh: [] };
  const look = (east, error) => judge(danger, at(east, 0), error);
  assert.deepEqual([look(0, 20).action, look(0, 20).sure], ['leave', true]);
  assert.deepEqual([look(490, 20).action, look(490, 20).sure], ['leave', false]);
  assert.deepEqual([look(515, 20).action, look(515, 20).sure], ['leave', false], 'within the error of the position');
  assert.deepEqual([look(600, 20).action, look(600, 20).sure], ['shelter', true]);
  const out = look(2000, 20);
  assert.equal(out.action, null);
  assert.ok(Math.abs(out.off - 500) < 1);
  assert.equal(look(0, 5000), null, 'a position that says nothing is not judged');
  assert.equal(look(0, Number.NaN), null);
});

test('of zones that hold a place the one counts that asks most', () => {
  const danger = { z: [circle('stay-away', 900), circle('shelter', 800), circle('leave', 300)], src: MIDDLE, sh: [] };
  assert.equal(judge(danger, at(100, 0), 10).action, 'leave');
  assert.equal(judge(danger, at(500, 0), 10).action, 'shelter');
  assert.equal(judge(danger, at(850, 0), 10).action, 'stay-away');
});

test('an outline holds its inside, any of its parts, and its slack', () => {
  const far = [at(5000, 0), at(6000, 0), at(6000, 1000), at(5000, 1000)];
  const zone = { a: 'leave', r: [PLUME, far], s: 15 };
  const check = (east, north, inside) => assert.equal(beyond(zone, at(east, north)) <= 0, inside, `${east} ${north}`);
  check(1000, 0, true);
  check(1000, 100, true);
  check(1000, 130, true);
  check(1000, 200, false);
  check(-20, 0, true);
  check(-80, 0, false);
  check(5500, 500, true);
  check(4000, 0, false);
  check(2010, 0, true);
  check(2030, 0, false);
});

test('whoever is near the building may be in it', () => {
  const danger = { z: [{ a: 'leave', b: 1 }, circle('stay-away', 60)], src: MIDDLE, sh: [] };
  assert.deepEqual([judge(danger, at(30, 0), 10).building, judge(danger, at(30, 0), 10).action], [true, 'stay-away']);
  assert.equal(judge(danger, at(300, 0), 10).building, false);
  assert.equal(judge(danger, at(100, 0), 60).building, true, 'the error of the position may hide it');
  assert.equal(judge({ ...danger, src: null }, at(0, 0), 10).building, false);
});

test('out of a plume one goes across the wind, to the nearer side, not along it', () => {
  for (const east of [300, 1000, 1800]) {
    for (const side of [-1, 1]) {
      const out = wayOut(plume(), at(east, side * 20));
      assert.ok(turn(out.way, side > 0 ? 0 : 180) <= 30, `${east} ${side}: ${out.way}`);
      assert.ok(out.across, `${east} ${side}: ${out.way}`);
      assert.ok(out.length < 400, `${out.length}`);
    }
  }
});

test('the way out never leads with the wind nor towards the source while another one leads out', () => {
  const round = { z: [circle('leave', 800)], src: MIDDLE, wind: [0, 4], drift: true, sh: [] };
  for (let angle = 0; angle < 360; angle += 15) {
    for (const away of [100, 400, 700]) {
      const rad = (angle * Math.PI) / 180;
      const here = at(away * Math.sin(rad), away * Math.cos(rad));
      const out = wayOut(round, here);
      assert.ok(turn(out.way, 180) >= 45, `${angle} ${away}: ${out.way} is with the wind`);
      const ways = [0.25, 0.5, 0.75, 1].map((part) => {
        const w = (out.way * Math.PI) / 180;
        return metres(at(part * out.length * Math.sin(w), part * out.length * Math.cos(w), here), MIDDLE);
      });
      assert.ok(Math.min(...ways) > 0.7 * away, `${angle} ${away}: ${out.way} leads to the source`);
      const w = (out.way * Math.PI) / 180;
      const end = at((out.length + 20) * Math.sin(w), (out.length + 20) * Math.cos(w), here);
      assert.ok(metres(end, MIDDLE) > 800, `${angle} ${away}: ${out.way} for ${out.length} m does not lead out`);
    }
  }
});

test('without a wind one goes straight away from the source', () => {
  const still = { z: [circle('leave', 500)], src: MIDDLE, wind: null, drift: true, sh: [] };
  const out = wayOut(still, at(200, 200));
  assert.ok(turn(out.way, 45) <= 15, `${out.way}`);
  assert.equal(out.across, false);
  assert.ok(Math.abs(out.length - (500 - 283)) < 40, `${out.length}`);
  const flood = { ...still, wind: [45, 5], drift: false };
  assert.ok(turn(wayOut(flood, at(200, 200)).way, 45) <= 15, 'a danger that does not drift is left straight away');
});

test('outside, in a place to stay away from and in the middle', () => {
  assert.equal(wayOut(plume(), at(0, 2000)), null);
  assert.equal(wayOut({ ...plume(), z: [circle('stay-away', 500)] }, at(0, 100)), null);
  const middle = wayOut({ z: [circle('leave', 300)], src: MIDDLE, wind: [270, 2], drift: true, sh: [] }, MIDDLE);
  assert.ok(turn(middle.way, 90) >= 45);
});

test('who is in both zones leaves the one to leave first', () => {
  const both = { z: [circle('leave', 300), circle('shelter', 5000)], src: MIDDLE, wind: null, drift: false, sh: [] };
  assert.ok(wayOut(both, at(200, 0)).length < 200);
});

test('shelters come by distance, those behind the danger last', () => {
  const behind = at(-600, 0);
  const danger = plume({ sh: [['behind', ...behind, ''], ['aside', ...at(800, 900), ''], ['far', ...at(800, 3000), '']] });
  const found = shelters(danger, at(800, 0));
  assert.deepEqual(found.map((s) => s.name), ['aside', 'far', 'behind']);
  assert.deepEqual(found.map((s) => s.through), [false, false, true]);
  assert.ok(turn(found[0].way, 0) < 5);
  assert.deepEqual(shelters({ ...danger, sh: [] }, MIDDLE), []);
});
