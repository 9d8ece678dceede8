// The page on the phone: am I inside, which way, is this still true. Needs place.js before it.

const POLL_MS = 60_000;
const TICK_MS = 10_000;
const WAIT_MS = 20_000;
/** Older than this is not "just now": two missed updates. */
const OLD_MS = 150_000;
/** A position is asked for anew after the first, and is no longer relied on after the second: whoever walks goes 100 metres in it. */
const ASK_MS = 30_000;
const LOST_MS = 90_000;
const STORE = 'helan-public';
const $ = (id) => document.getElementById(id);
const address = location.pathname + location.search;

let data = read(document);
let tag = null;
let checked = null;
let offline = false;
let gone = false;
let me = null;
let watching = null;

function read(from) {
  return JSON.parse(from.getElementById('d').textContent);
}

function say(id, values = {}) {
  return data.t[id].replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

function far(m) {
  if (m < 995) return say('metres', { n: Math.max(1, Math.round(m / 10)) * 10 });
  return say('kilometres', { n: (m / 1000).toFixed(1) });
}

function direction(degrees) {
  return data.t.ways[Math.round((((degrees % 360) + 360) % 360) / 45) % 8];
}

function element(name, words, kind) {
  const made = document.createElement(name);
  if (words) made.textContent = words;
  if (kind) made.className = kind;
  return made;
}

function svg(name, facts) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [fact, value] of Object.entries(facts)) made.setAttribute(fact, value);
  return made;
}

// ---- Am I inside?

/** An arrow that points as on a map: up is north. */
function arrow(way) {
  const made = svg('svg', { viewBox: '0 0 100 100', class: 'arrow', role: 'img', 'aria-label': say('arrow', { way: direction(way) }) });
  made.append(svg('circle', { cx: 50, cy: 50, r: 47, class: 'dial' }));
  const north = svg('text', { x: 50, y: 17, class: 'north' });
  north.textContent = data.t.north;
  made.append(north, svg('path', { d: 'M50 12 L72 58 L56 52 L56 88 L44 88 L44 52 L28 58Z', transform: `rotate(${way} 50 50)`, class: 'needle' }));
  return made;
}

/** What is said of a zone; with its name where several stand side by side. */
function zoneWords(zone, named = false) {
  const made = element('p', zone.w);
  if (named) made.prepend(element('strong', `${data.t.act[zone.a]} · ${zone.n}: `));
  return made;
}

function wayWords(out) {
  const values = { way: direction(out.way), far: far(out.length) };
  return say(out.against ? 'goAgainst' : out.across ? 'goAcross' : 'go', values);
}

/** What is to be said of a place, as elements. */
function answer(at, error) {
  const found = judge(data, at, error);
  if (!found) return [element('p', say('rough', { far: far(error) }), 'verdict unknown')];
  const parts = [];
  if (found.action) {
    const verdict = element('p', '', `verdict ${found.action}`);
    verdict.append(element('strong', data.t.act[found.action]), ` ${say(found.sure ? 'inside' : 'edge')}`);
    parts.push(verdict);
    const shown = found.zones.filter((zone) => zone.a === found.action).slice(0, 1);
    parts.push(...shown.map((zone) => zoneWords(zone)));
  }
  if (found.building) {
    const list = element('div', '', 'building');
    list.append(element('p', say('building')), ...data.z.filter((zone) => zone.b).map((zone) => zoneWords(zone, true)));
    parts.push(list);
  }
  const out = wayOut(data, at);
  if (out) {
    const go = element('div', '', 'go');
    const words = element('p', found.action === 'shelter' ? say('onlyOutside') : '');
    words.append(wayWords(out));
    go.append(arrow(out.way), words);
    parts.push(go);
  } else if (found.action === 'stay-away' && data.src) {
    const way = bearing(data.src, at);
    const go = element('div', '', 'go');
    go.append(arrow(way), element('p', say('away', { way: direction(way) })));
    parts.push(go);
  }
  if (!found.action && !found.building) {
    const nowhere = data.z.every((zone) => zone.b);
    parts.push(element('p', nowhere ? say('notThere') : say('outside', { far: far(found.off) }), 'verdict out'));
  }
  if (found.action || found.building) parts.push(...nearest(at));
  parts.push(element('p', say('guide'), 'fine'));
  return parts;
}

function nearest(at) {
  const [first] = shelters(data, at);
  if (!first) return [];
  const values = { name: first.name, way: direction(first.way), far: far(first.away) };
  return [element('p', say(first.through ? 'shelterThrough' : 'shelter', values))];
}

let said = '';

function show() {
  const box = $('say');
  if (!me || data.z.length === 0) {
    box.replaceChildren();
    mark(null);
    return;
  }
  const parts = [];
  if (lost()) {
    parts.push(element('p', say('lost', { age: age(Date.now() - me.seen) }), 'verdict unknown'));
    // Who was outside may have walked in; who was inside is told on, to be on the safe side.
    const found = judge(data, me.at, me.error);
    if (found?.action || found?.building) parts.push(...answer(me.at, me.error));
  } else {
    parts.push(element('p', me.name ? say('asIf', { name: me.name }) : say('found', { far: far(me.error) }), 'fine'));
    parts.push(...answer(me.at, me.error));
  }
  const words = parts.map((part) => part.textContent).join('\n');
  // Said again only when something changed: whoever listens to the screen is not to be told every metre.
  const same = words.replace(/\d/g, '') === said.replace(/\d/g, '');
  box.setAttribute('aria-live', same ? 'off' : 'assertive');
  said = words;
  box.replaceChildren(...parts);
  mark(me.at);
}

function mark(at) {
  const map = $('map');
  if (!map) return;
  map.querySelector('.you')?.remove();
  if (!at) return;
  const [lon, lat, x, y] = data.m;
  const place = { cx: (at[0] - lon) * x, cy: (lat - at[1]) * y, r: 9 };
  const inside = place.cx > 0 && place.cx < data.m[4] && place.cy > 0 && place.cy < data.m[5];
  if (inside) map.append(svg('circle', { ...place, class: 'you' }));
}

/** Whether the telephone has not said for long where it is. */
function lost() {
  return me !== null && !me.name && Date.now() - me.seen > LOST_MS;
}

function choose(at, name, error) {
  if (watching !== null) navigator.geolocation.clearWatch(watching);
  watching = null;
  me = { at, name, error };
  show();
}

function locate() {
  const box = $('say');
  const fail = (id) => box.replaceChildren(element('p', say(id), 'verdict unknown'));
  box.setAttribute('aria-live', 'assertive');
  if (!window.isSecureContext) return fail('insecure');
  if (!navigator.geolocation) return fail('noGps');
  if (watching !== null) navigator.geolocation.clearWatch(watching);
  box.replaceChildren(element('p', say('searching')));
  const bad = (error) => {
    if (!me || me.name) fail(error.code === 1 ? 'refused' : error.code === 3 ? 'slow' : 'noGps');
  };
  watching = navigator.geolocation.watchPosition(good, bad, { enableHighAccuracy: true, timeout: 30_000, maximumAge: 15_000 });
}

function good({ coords }) {
  me = { at: [coords.longitude, coords.latitude], name: '', error: Math.max(5, coords.accuracy), seen: Date.now() };
  show();
}

/** Telephones say nothing while they lie still: then they are asked, so that only one that cannot answer is taken as lost. */
function follow() {
  if (watching === null || !me || me.name || Date.now() - me.seen < ASK_MS) return;
  const still = watching;
  const same = (position) => watching === still && good(position);
  navigator.geolocation.getCurrentPosition(same, () => {}, { enableHighAccuracy: true, timeout: ASK_MS, maximumAge: 0 });
  if (lost()) show();
}

function search() {
  const words = $('q').value.trim().toLowerCase();
  const all = data.pl.filter(([name]) => name.toLowerCase().includes(words));
  const most = words ? 8 : 5;
  const rows = all.slice(0, most).map(([name, lon, lat]) => {
    const row = element('li');
    const button = element('button', name);
    button.type = 'button';
    button.addEventListener('click', () => {
      // A named place is as exact as its entry: a house and its yard.
      choose([lon, lat], name, 30);
      $('say').scrollIntoView({ block: 'nearest' });
    });
    row.append(button);
    return row;
  });
  if (words && rows.length === 0) rows.push(element('li', say('noPlace')));
  $('hits').replaceChildren(...rows);
}

function tap(event) {
  const map = $('map');
  const box = map.getBoundingClientRect();
  const [lon, lat, kx, ky, width, height] = data.m;
  const x = ((event.clientX - box.left) / box.width) * width;
  const y = ((event.clientY - box.top) / box.height) * height;
  // A finger is about four of its units wide.
  choose([lon + x / kx, lat - y / ky], say('tapped'), Math.max(20, (4 / ky) * DEGREE_M));
}

// ---- Is this still true?

function age(ms) {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return say('justNow');
  return minutes < 120 ? say('minutes', { n: minutes }) : say('hours', { n: Math.floor(minutes / 60) });
}

function tick() {
  const box = $('age');
  const since = checked === null ? null : Date.now() - checked;
  const old = since === null || since > OLD_MS || offline || gone;
  let words;
  if (gone) words = say('gone');
  else if (since === null) words = say('unknownAge');
  else words = say(offline ? 'offline' : old ? 'old' : 'fresh', { age: age(since) });
  // What was kept says that the warning holds for as long as it was made for.
  if (old && data.state === 'active' && Date.now() > data.expires) words = `${say('expired')} ${words}`;
  box.hidden = false;
  box.className = old ? 'age old' : 'age';
  if (box.textContent !== words) box.textContent = words;
  follow();
}

async function look() {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), WAIT_MS);
  try {
    const headers = tag ? { 'If-None-Match': tag } : {};
    const response = await fetch(address, { headers, cache: 'no-store', signal: stop.signal });
    const kept = response.headers.get('x-kept');
    if (kept) {
      offline = true;
      checked ??= Number(kept);
    } else if (response.status === 404) {
      gone = true;
    } else if (response.ok || response.status === 304) {
      offline = gone = false;
      checked = Date.now();
      if (response.ok) take(await response.text(), response.headers.get('etag'));
    }
  } catch {
    offline = true;
  } finally {
    clearTimeout(timer);
  }
  tick();
}

function take(words, etag) {
  const fresh = new DOMParser().parseFromString(words, 'text/html');
  if (!fresh.getElementById('d')) return;
  const before = JSON.stringify(data);
  tag = etag;
  data = read(fresh);
  if (JSON.stringify(data) === before) return;
  document.title = fresh.title;
  for (const id of ['head', 'body']) {
    $(id).replaceChildren(...[...fresh.getElementById(id).childNodes].map((node) => document.importNode(node, true)));
  }
  $('d').textContent = JSON.stringify(data);
  ready();
}

function ready() {
  $('me').hidden = data.z.length === 0;
  // A page that would be too heavy comes without its places.
  $('pick').hidden = data.pl.length === 0;
  $('map')?.addEventListener('click', tap);
  search();
  show();
}

async function keep() {
  if (!('serviceWorker' in navigator)) return;
  try {
    const kept = await (await caches.open(STORE)).match(address);
    // Shown from what was kept: its age is that of the keeping, until the network answers.
    if (kept && checked === null) checked = Number(kept.headers.get('x-kept')) || null;
    await navigator.serviceWorker.register('/w/sw.js', { scope: '/w/' });
    await navigator.serviceWorker.register('/w/sw.js', { scope: '/cards' });
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage({ keep: [address, ...data.keep] });
  } catch {
    // Without it the page works as long as it stays open.
  }
}

$('gps').addEventListener('click', locate);
$('q').addEventListener('input', search);
ready();
tick();
look().then(keep);
setInterval(look, POLL_MS);
setInterval(tick, TICK_MS);
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look());
window.addEventListener('online', look);
