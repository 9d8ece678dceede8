// The public page as somebody in the danger area meets it: on a small phone, by position, by name, by a tap on the map, without a
// network, after the all-clear. Against a running platform with `[channels.page] enabled = true`:
//
//     node page.mjs URL FIRST_PASSWORD [FOLDER_OF_PICTURES]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { must, perform } from './stage.mjs';

const [url, firstPassword, pictures] = process.argv.slice(2);
must(firstPassword, 'usage: page.mjs URL FIRST_PASSWORD [FOLDER_OF_PICTURES]');

const PASSWORD = 'Leave-Across-The-Wind';
const SOURCE = [106.59, 38.17];
const AREA = 640_181_000;
const MOST_BYTES = 100_000;
const DEGREE_M = 111_195;

/** A place so many metres east and north of the source. */
function at(east, north) {
  return [SOURCE[0] + east / (DEGREE_M * Math.cos((SOURCE[1] * Math.PI) / 180)), SOURCE[1] + north / DEGREE_M];
}

// ---- The incident, made over the API as devices and people make it.

let cookie = '';
/** First passwords. */
const given = new Map([['admin', firstPassword]]);

async function call(method, path, body, headers = {}) {
  const response = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', origin: url, cookie, ...headers },
    body: body && JSON.stringify(body),
  });
  const set = response.headers.get('set-cookie');
  if (set) cookie = set.split(';')[0];
  must(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  const words = await response.text();
  return words && response.headers.get('content-type')?.includes('json') ? JSON.parse(words) : words;
}

/** Signs in for the first time. */
async function signIn(account) {
  cookie = '';
  const old = given.get(account);
  await call('POST', '/api/v1/session', { account, password: old });
  await call('POST', '/api/v1/session/password', { old, new: PASSWORD });
}

async function until(what, look) {
  for (let turn = 0; turn < 600; turn += 1) {
    const found = await look();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${what} did not come`);
}

const point = (place) => ({ lon: place[0], lat: place[1] });

async function leak() {
  await signIn('admin');
  for (const [account, role] of [['officer-1', 'duty'], ['officer-2', 'duty'], ['engineer', 'engineer']]) {
    const made = await call('POST', '/api/v1/accounts', { account, name: account, role, area: 0, language: 'zh' });
    given.set(account, made.password);
  }
  const shelters = [['G1', '第一中学体育馆', [300, 1300]], ['G2', '文化广场', [-1600, 200]], ['G3', '粮库仓房', [100, 400]]];
  for (const [key, name, place] of shelters) {
    const values = { shelter_class: 'short', indoors: 'both', capacity: 800, accessible: true, state: key === 'G1' ? 'open' : 'ready' };
    const geometry = { type: 'Point', coordinates: at(...place) };
    await call('PUT', `/api/v1/base/objects/shelter/${key}`, { name, address: '', geometry, values, seen: 0 });
  }
  const schools = [['N1', '枣园小学', [420, 260]], ['N2', '清水营中学', [-700, -500]], ['N3', '古城幼儿园', [1500, 900]]];
  for (const [key, name, place] of schools) {
    const geometry = { type: 'Point', coordinates: at(...place) };
    await call('PUT', `/api/v1/base/objects/school/${key}`, { name, address: '', geometry, values: { level: 'primary', students: 300 }, seen: 0 });
  }
  const facility = (key, kind, name, place) => ({ PutFacility: { key, kind, name, area: AREA, position: point(place), address: '宁东镇', post: '' } });
  const device = { key: 'nh3-1', profile: 'ammonia-detector', name: '', area: AREA, position: point(SOURCE), facility: 'plant', room: '', stair: '',
    floor: 0, post: '', camera: '', gateway: '', drill: false,
    // In a wind that nobody knows: circles of about 300 m and 750 m.
    attributes: { 'hazard.source': 'rate', 'hazard.rate_kg_s': '0.2' } };
  const changes = [facility('plant', 'chemical-plant', '氨罐区', SOURCE), facility('block', 'apartment-block', '安居苑3号楼', at(60, 80)), { PutDevice: device }];
  const { tokens } = await call('POST', '/api/v1/registry', { changes });
  const { now } = await call('GET', '/api/v1/overview');
  const readings = [20, 15, 10, 5, 1].map((ago) => ({ ts: now - ago * 1000, values: { nh3: 80 } }));
  await call('POST', '/device/v1/nh3-1/readings', readings, { authorization: `Bearer ${tokens['nh3-1']}`, cookie: '' });
  const incident = await until('the incident', async () => (await call('GET', '/api/v1/incidents')).items.find((i) => i.kind === 'ammonia-leak'));
  const page = await until('the page', async () => {
    const found = await call('GET', `/api/v1/incidents/${incident.id}/public`);
    return found.public_code && found;
  });
  must(page.public, 'the channel is closed');
  return { id: incident.id, code: page.public_code };
}

async function allClear(id) {
  await signIn('engineer');
  const { now } = await call('GET', '/api/v1/overview');
  await call('POST', '/api/v1/devices/nh3-1/maintenance', { until: now + 600_000, reason: '更换' });
  for (const officer of ['officer-1', 'officer-2']) {
    await signIn(officer);
    await call('POST', `/api/v1/incidents/${id}/all-clear`, { reason: '已测，无氨' });
  }
}

// ---- What somebody sees.

async function picture(stage, name) {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await stage.page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

const said = (stage) => stage.words(stage.page.locator('#say'));

async function stand(stage, place) {
  const [longitude, latitude] = at(...place);
  await stage.page.context().setGeolocation({ longitude, latitude, accuracy: 15 });
}

async function hears(stage, words) {
  await stage.until((wanted) => document.getElementById('say').textContent.includes(wanted), words);
}

await perform('page', url, async (stage) => {
  stage.begin('ammonia leaks');
  const { id, code } = await leak();
  const { page } = stage;
  const context = page.context();
  const path = `${url}/w/${code}`;
  await page.setViewportSize({ width: 360, height: 640 });
  const response = await page.goto(`${path}?lang=zh`);
  const bytes = (await response.body()).length;
  must(bytes > 0 && bytes < MOST_BYTES, `${bytes} bytes`);
  await stage.words(page.locator('#age'));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  must(wide <= 360, `${wide} wide on a phone of 360`);
  await stage.accessible('page on a phone');
  await picture(stage, 'phone-zh');

  stage.begin('a phone that refuses its position says how else');
  await page.locator('#gps').click();
  await hears(stage, '您没有允许定位');

  stage.begin('inside, by the position of the phone');
  await context.grantPermissions(['geolocation'], { origin: url });
  await stand(stage, [100, 0]);
  await page.locator('#gps').click();
  await hears(stage, '立即撤离');
  const inside = await said(stage);
  must(inside.includes('您在此区内') && inside.includes('可离开此区') && inside.includes('第一中学体育馆'), inside);
  must(!inside.includes('粮库仓房'), 'a shelter in the danger is none');
  await stage.accessible('page with an answer');
  await picture(stage, 'phone-zh-inside');

  stage.begin('it follows as one walks out');
  await stand(stage, [500, 0]);
  await hears(stage, '就地避险');
  await stand(stage, [3000, 0]);
  await hears(stage, '您不在危险区内');

  stage.begin('by the name of a place, and by a tap on the map');
  await page.locator('#q').fill('安居苑');
  await page.locator('#hits button').first().click();
  await hears(stage, '立即撤离');
  must((await said(stage)).includes('按“宁东镇 安居苑3号楼”判断'), await said(stage));
  const map = page.locator('#map');
  const box = await map.boundingBox();
  await map.click({ position: { x: box.width / 2, y: box.height / 2 } });
  await hears(stage, '地图上点的位置');
  await page.locator('#map .you').waitFor({ state: 'attached' });

  stage.begin('large type stays');
  await page.locator('#big').click();
  const large = await page.evaluate(() => document.documentElement.scrollWidth);
  must(large <= 360, `${large} wide in large type`);
  await picture(stage, 'phone-zh-large');
  await page.reload();
  must(await page.evaluate(() => document.documentElement.classList.contains('big')), 'large type was forgotten');
  await page.locator('#big').click();

  stage.begin('without a network the page opens and says how old it is');
  await page.evaluate(() => navigator.serviceWorker.ready);
  await stage.until(async () => {
    const kept = await (await caches.open('helan-public')).keys();
    return kept.some((r) => r.url.includes('/cards/')) && kept.some((r) => r.url.includes('/w/'));
  });
  await stage.offline(true);
  await page.reload();
  await stage.until(() => document.getElementById('age').textContent.includes('没有网络'));
  await page.locator('#q').fill('枣园');
  await page.locator('#hits button').first().click();
  await hears(stage, '就地避险');
  await picture(stage, 'phone-zh-offline');
  stage.begin('and so does its card');
  await page.locator('a[href^="/cards/toxic-gas"]').click();
  await page.locator('article.card').first().waitFor();
  await page.goBack();
  await stage.offline(false);

  stage.begin('English, on a large screen');
  await page.setViewportSize({ width: 1366, height: 768 });
  await page.goto(`${path}?lang=en`);
  await stage.until(() => document.getElementById('age').textContent.includes('up to date'));
  await stand(stage, [-120, 30]);
  await page.locator('#gps').click();
  await hears(stage, 'Leave now');
  await stage.accessible('page in English');
  await picture(stage, 'screen-en');
  for (const each of ['/cards?lang=en', '/cards/toxic-gas?lang=zh', '/cards/gas-leak?lang=en', '/w?lang=zh']) {
    await page.goto(url + each);
    await stage.accessible(each);
    await picture(stage, `screen${each.replace(/\W+/g, '-')}`);
  }

  stage.begin('the all-clear comes by itself');
  await page.setViewportSize({ width: 360, height: 640 });
  await page.goto(`${path}?lang=zh`);
  await stage.until(() => document.getElementById('age').textContent.includes('最新'));
  await allClear(id);
  await page.waitForTimeout(1500);
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await page.locator('.state.clear').waitFor();
  must(await page.locator('#me').isHidden(), 'nobody is asked where they are any more');
  must((await stage.words(page.locator('h1'))).includes('预警解除'), 'the headline');
  await stage.accessible('page after the all-clear');
  await picture(stage, 'phone-zh-clear');

  stage.begin('a card prints twice on one sheet');
  await page.goto(`${url}/cards/toxic-gas?lang=zh`);
  const sheet = await page.pdf({ preferCSSPageSize: true });
  const pages = sheet.toString('latin1').match(/\/Type\s*\/Page[^s]/g)?.length;
  must(pages === 1, `${pages} sheets`);
  if (pictures) await page.pdf({ path: join(pictures, 'card.pdf'), preferCSSPageSize: true });
});
