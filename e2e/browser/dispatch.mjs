// Who is sent where, as the person on duty decides it: what the incident needs, one line accepted, the order of that force, a second
// incident that makes the proposal stale, and the next one. Against a running platform with a leak of ammonia and two fire stations:
//
//     node dispatch.mjs URL FIRST_PASSWORD
import { must, perform } from './stage.mjs';

const [url, firstPassword] = process.argv.slice(2);
must(firstPassword, 'usage: dispatch.mjs URL FIRST_PASSWORD');

const PASSWORD = 'Fire-Engine-Four-Two';
const FIRE = {
  kind: 'fire',
  area: 640104000,
  position: { lon: 106.2812, lat: 38.4702 },
  place: '兴庆区',
  text: '楼道冒烟',
  separate: true,
};

await perform('dispatch', url, async (stage) => {
  stage.begin('the person on duty signs in and takes the incident');
  // Nobody has asked for a proposal yet: the server says that there is none.
  stage.refused.push('/api/v1/dispatch');
  await stage.signIn('duty', firstPassword, PASSWORD);
  await takeTheIncident(stage);
  await propose(stage);
  const force = await acceptOne(stage);
  await seeTheOrder(stage, force);
  await makeItAnew(stage);
  await useAPhone(stage);
});

async function api({ page }, path, body) {
  const { request } = page.context();
  const address = `${url}/api/v1${path}`;
  const answer = await (body ? request.post(address, { data: body }) : request.get(address));
  must(answer.ok(), `${path}: ${answer.status()}`);
  return answer.json();
}

async function takeTheIncident(stage) {
  const { page } = stage;
  // Who is called meanwhile lies on top until somebody closes it.
  const call = page.locator('.ant-notification-notice-close').first();
  await page.addLocatorHandler(call, (close) => close.click());
  await page.locator('.alarm-main').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('.alarm.selected').waitFor();
  await page.keyboard.press('a');
  await stage.id('incident-take').click();
  await page.locator('[data-testid=incident-row][data-state=taken]').waitFor();
}

async function propose(stage) {
  stage.begin('before a proposal the open incident is shown');
  await stage.id('open-danger').click();
  await stage.id('open-dispatch').click();
  await stage.id('outside').waitFor();
  await stage.accessible('dispatch without a proposal');

  stage.begin('a proposal tells what is needed, who comes, and why something is missing');
  await stage.id('propose').click();
  await stage.id('scene').waitFor();
  await stage.id('dispatch-line').first().waitFor();
  // Nobody here can treat or stop the leak: that is told, not left out.
  const why = await stage.words(stage.id('need-why').first());
  must(why.includes('缺') && why.includes('：'), `what is missing has a reason: ${why}`);
  const warnings = await stage.words(stage.id('dispatch-warnings'));
  must(warnings.includes('直线'), `times without roads are said to be guesses: ${warnings}`);
  await stage.until(() => {
    const map = window.__helanDispatchMap;
    return map?.getLayer('places-dot') && map.queryRenderedFeatures({ layers: ['places-dot'] }).length > 0;
  });
  await stage.accessible('a proposal');
}

/** Accepts the first line by keys; gives its force. */
async function acceptOne(stage) {
  const { page } = stage;
  stage.begin('one line is ticked, read once more, and ordered');
  must(await stage.id('accept').isDisabled(), 'nothing can be ordered before something is ticked');
  const first = stage.page.locator('[data-testid=dispatch-line]:has(input[type=checkbox])').first();
  const line = Number(await first.getAttribute('data-line'));
  await first.locator('input[type=checkbox]').focus();
  await page.keyboard.press('Space');
  await stage.id('accept').click();
  await stage.id('accept-go').waitFor();
  must((await stage.id('accept-line').count()) === 1, 'exactly what was ticked is read once more');
  must((await api(stage, '/forces/orders?open=true')).items.length === 0, 'nothing is ordered before the second step');
  await stage.accessible('what is to be ordered');
  await stage.id('accept-go').click();
  const came = await stage.words(stage.id('accept-came'));
  must(came.includes('已下达 1 项'), came);
  await stage.id('accept-close').click();
  const accepted = page.locator(`[data-line="${line}"][data-accepted=true]`);
  await accepted.waitFor();
  const words = await stage.words(accepted.getByTestId('line-came'));
  must(words.includes('命令') && words.includes('duty'), `the line says its order and who gave it: ${words}`);
  must((await accepted.locator('input[type=checkbox]').count()) === 0, 'what is ordered cannot be ticked again');

  stage.begin('the same line again sends nobody twice');
  const { id } = await api(stage, '/dispatch');
  const [again] = await api(stage, '/dispatch/accept', { proposal: id, lines: [line] });
  const orders = (await api(stage, '/forces/orders?open=true')).items;
  must(orders.length === 1 && orders[0].id === again.order, 'there is one order');
  return orders[0];
}

async function seeTheOrder(stage, order) {
  stage.begin(`the order of ${order.name} stands among the forces`);
  await stage.id('nav-forces').first().click();
  await stage.page.locator('tr', { hasText: order.name }).getByTestId('force-accept').waitFor();
  await stage.accessible('orders of forces');
  await stage.id('nav-dispatch').first().click();
  await stage.id('scene').waitFor();
}

async function makeItAnew(stage) {
  const { page } = stage;
  stage.begin('another incident: the proposal says that it no longer holds, and why');
  const { incident } = await api(stage, '/calls', FIRE);
  const why = await stage.words(stage.id('dispatch-stale'));
  must(why.includes('有新事件') && why.includes(String(incident)), why);
  await stage.accessible('a stale proposal');
  const before = await stage.id('dispatch-id').getAttribute('data-id');
  await stage.id('dispatch-anew').click();
  await page.locator(`[data-testid=scene][data-incident="${incident}"]`).waitFor();
  must((await stage.id('dispatch-id').getAttribute('data-id')) !== before, 'it is another proposal');
  const changes = await stage.words(stage.id('dispatch-changes'));
  must(changes.includes(`方案 ${before} 号`), `it tells what is different: ${changes}`);
  must((await stage.id('dispatch-stale').count()) === 0, 'the new one holds');
}

async function useAPhone(stage) {
  const { page } = stage;
  stage.begin('a phone shows the same, without scrolling sideways');
  await page.setViewportSize({ width: 390, height: 844 });
  await stage.id('scene').first().waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  must(wide <= 390, `the page is ${wide} wide`);
  await stage.accessible('dispatch on a phone');
}
