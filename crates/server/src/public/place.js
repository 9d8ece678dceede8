// Where somebody is to a danger, and which way leads out of it. Pure arithmetic, on the phone: no place leaves it.
// Places are [lon, lat] in degrees; zones as the page gives them: {a: action, c: [lon, lat, metres]} or {a, r: [[[lon, lat], …], …],
// s: metres that the true outline may lie outside}, or {a, b: 1} for inside the building where it happened.

const DEGREE_M = 111195.08;
const ORDER = ['leave', 'shelter', 'stay-away'];
/** A position that is less exact than this says nothing about a zone. */
const USELESS_M = 2000;
/** Whoever is so near to the building may be in it. */
const BUILDING_M = 60;

/** Metres east and north of a place. */
function plane(origin, at) {
  const narrow = Math.max(Math.cos((origin[1] * Math.PI) / 180), 0.01);
  return [(at[0] - origin[0]) * DEGREE_M * narrow, (at[1] - origin[1]) * DEGREE_M];
}

function metres(a, b) {
  return Math.hypot(...plane(a, b));
}

/** Degrees clockwise from north. */
function bearing(a, b) {
  const [east, north] = plane(a, b);
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/** Least angle between two directions. */
function turn(a, b) {
  const d = Math.abs(a - b) % 360;
  return Math.min(d, 360 - d);
}

function toSegment(p, a, b) {
  const d = [b[0] - a[0], b[1] - a[1]];
  const length2 = d[0] * d[0] + d[1] * d[1];
  const along = length2 > 0 ? ((p[0] - a[0]) * d[0] + (p[1] - a[1]) * d[1]) / length2 : 0;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(p[0] - a[0] - t * d[0], p[1] - a[1] - t * d[1]);
}

/** Metres to the edge of a ring given in metres around the asker: below zero inside. */
function depth(ring) {
  let inside = false;
  let edge = Infinity;
  for (let i = 0; i < ring.length; i += 1) {
    const a = ring[i];
    const b = ring[(i + 1) % ring.length];
    edge = Math.min(edge, toSegment([0, 0], a, b));
    if (a[1] > 0 !== b[1] > 0 && a[0] - (a[1] / (b[1] - a[1])) * (b[0] - a[0]) > 0) inside = !inside;
  }
  return inside ? -edge : edge;
}

/** Metres to the edge of a zone: below zero inside. Whoever may be inside counts as inside by the slack of the outline. */
function beyond(zone, at) {
  if (zone.c) return metres(at, zone.c) - zone.c[2];
  if (zone.r) return Math.min(...zone.r.map((ring) => depth(ring.map((p) => plane(at, p))))) - (zone.s || 0);
  return Infinity;
}

/**
 * What a place means: `zones` that hold it for sure or within the error of the position, `action` that asks most, whether that is
 * `sure`, how far it is to the nearest zone (`off`, metres), and whether it may be the `building` where it happened. Null when the
 * position is too rough to say anything.
 */
function judge(danger, at, error) {
  if (!(error <= USELESS_M)) return null;
  const zones = [];
  let off = Infinity;
  let sure = false;
  let action = null;
  for (const zone of danger.z) {
    if (zone.b) continue;
    const edge = beyond(zone, at);
    off = Math.min(off, Math.max(0, edge));
    if (edge > error) continue;
    zones.push(zone);
    if (action === null || ORDER.indexOf(zone.a) < ORDER.indexOf(action)) {
      action = zone.a;
      sure = edge <= -error;
    }
  }
  const here = danger.z.some((zone) => zone.b) && danger.src;
  const building = Boolean(here) && metres(at, danger.src) <= BUILDING_M + error;
  return { zones, action, sure, off, building };
}

/** How far along a direction the last zone is left, in steps. */
function outAfter(zones, at, way, most) {
  const narrow = Math.max(Math.cos((at[1] * Math.PI) / 180), 0.01);
  const [sin, cos] = [Math.sin((way * Math.PI) / 180), Math.cos((way * Math.PI) / 180)];
  const point = (m) => [at[0] + (m * sin) / (DEGREE_M * narrow), at[1] + (m * cos) / DEGREE_M];
  const step = most / 100;
  let out = 0;
  for (let m = 0; m <= most; m += step) {
    if (zones.some((zone) => beyond(zone, point(m)) <= 0)) out = m + step;
  }
  return out;
}

/** How near a straight way comes to the source, as a part of how near one is now. */
function approach(source, at, way, length) {
  const now = metres(at, source);
  if (now < 30) return 1;
  const rad = (way * Math.PI) / 180;
  const end = [length * Math.sin(rad), length * Math.cos(rad)];
  return toSegment(plane(at, source), [0, 0], end) / now;
}

/**
 * The way out of the zones that one must leave: `way` in degrees, `length` in metres, `across` the wind or not. Never towards the
 * source; with a wind that carries the danger never along with it, unless that is the only way. Null when one is outside.
 */
function wayOut(danger, at) {
  const zones = danger.z.filter((zone) => !zone.b && zone.a !== 'stay-away' && beyond(zone, at) <= 0);
  const leave = zones.filter((zone) => zone.a === 'leave');
  const out = leave.length > 0 ? leave : zones;
  if (out.length === 0) return null;
  const deepest = Math.max(...out.map((zone) => -beyond(zone, at)));
  const reach = Math.max(...out.map((zone) => (zone.c ? 2 * zone.c[2] : size(zone))), 100);
  const downwind = danger.drift && danger.wind ? (danger.wind[0] + 180) % 360 : null;
  let best = null;
  for (let way = 0; way < 360; way += 5) {
    const length = outAfter(out, at, way, reach * 1.2);
    let cost = length;
    if (danger.src && approach(danger.src, at, way, Math.max(length, 50)) < 0.85) cost += 20 * reach;
    if (downwind !== null) {
      const along = turn(way, downwind);
      if (along < 45) cost += 10 * reach;
      // Of two ways of like length the one across the wind: the cloud is narrower than it is long.
      cost += (Math.abs(along - 90) / 90) * 0.15 * Math.max(length, deepest);
    } else if (danger.src && metres(at, danger.src) >= 30) {
      cost += (turn(way, bearing(danger.src, at)) / 180) * 0.5 * Math.max(length, deepest);
    }
    if (best === null || cost < best.cost) best = { way, length, cost };
  }
  const across = downwind !== null && Math.abs(turn(best.way, downwind) - 90) <= 30;
  const against = downwind !== null && turn(best.way, downwind) > 120;
  return { way: best.way, length: best.length, across, against };
}

/** Farthest two corners of the bounds of a zone. */
function size(zone) {
  const all = zone.r.flat();
  const lon = all.map((p) => p[0]);
  const lat = all.map((p) => p[1]);
  return metres([Math.min(...lon), Math.min(...lat)], [Math.max(...lon), Math.max(...lat)]);
}

/** Shelters by distance from a place; those to which the straight way leads nearer to the source come last and are marked. */
function shelters(danger, at) {
  const found = danger.sh.map(([name, lon, lat, facts]) => {
    const to = [lon, lat];
    const away = metres(at, to);
    const way = bearing(at, to);
    const through = Boolean(danger.src) && danger.z.length > 0 && approach(danger.src, at, way, away) < 0.85;
    return { name, facts, away, way, through };
  });
  return found.sort((a, b) => a.through - b.through || a.away - b.away);
}
