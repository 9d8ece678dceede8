// A leak of ammonia as the person on duty weighs it: how far it reaches and when, who is inside, ways out, teams, options, the plan;
// what if the wind were other, which changes nothing real; and the plan is worked on. Against a running platform with that leak:
//
//     node danger.mjs URL FIRST_PASSWORD
import { must, perform } from './stage.mjs';

const [url, firstPassword] = process.argv.slice(2);
must(firstPassword, 'usage: danger.mjs URL FIRST_PASSWORD');

const PASSWORD = 'Wind-From-The-West';
const TABS = ['疏散', '清点', '力量', '研判', '方案'];
const DRAWN = [
  [0.3, 0.5],
  [0.5, 0.5],
  [0.5, 0.7],
];

await perform('danger', url, async (stage) => {
  stage.begin('the person on duty signs in');
  await stage.signIn('duty', firstPassword, PASSWORD);
  await openTheDanger(stage);
  await seeItSpread(stage);
  await readEveryTab(stage);
  await seePeopleComeFirst(stage);
  const before = await real(stage);
  await askWhatIf(stage);
  await supposeAClosedRoad(stage);
  const after = await real(stage);
  must(JSON.stringify(after) === JSON.stringify(before), 'the what-if changed the real incident');
  await workOnThePlan(stage);
  await useAPhone(stage);
});

/** What must not change by asking: areas, zones, notices, closures. */
async function real({ page }) {
  const get = async (path) => (await page.context().request.get(`${url}/api/v1${path}`)).json();
  const [incident] = (await get('/incidents?open=true')).items;
  const file = await get(`/incidents/${incident.id}`);
  const { now, history } = await get(`/incidents/${incident.id}/danger`);
  return {
    now,
    versions: history.length,
    zones: file.incident.zones,
    grade: file.incident.grade,
    notices: file.notices.map((notice) => notice.id),
    commands: file.commands.map((command) => command.id),
    closures: await get('/roads/closures'),
  };
}

/** Waits until something of a layer stands on the map. */
function drawn(stage, layer) {
  return stage.until((id) => {
    const map = window.__helanDangerMap;
    return map?.getLayer(id) && map.queryRenderedFeatures({ layers: [id] }).length > 0;
  }, layer);
}

/** Waits until ground that is supposed closed stands on the map, or no longer does. */
function supposedClosed(stage, there) {
  return stage.until((wanted) => {
    const found = window.__helanDangerMap?.queryRenderedFeatures({ layers: ['closures-fill'] });
    return found?.some(({ properties }) => properties.state === 'if-closed') === wanted;
  }, there);
}

async function openTheDanger(stage) {
  const { page } = stage;
  stage.begin('the alarm is acknowledged and the incident taken: nobody else is called');
  // Who is called meanwhile lies on top until somebody closes it.
  const call = page.locator('.ant-notification-notice-close').first();
  await page.addLocatorHandler(call, (close) => close.click());
  await page.locator('.alarm-main').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('.alarm.selected').waitFor();
  await page.keyboard.press('a');
  await stage.id('incident-take').click();
  await page.locator('[data-testid=incident-row][data-state=taken]').waitFor();

  stage.begin('the incident tells how far it reaches, and opens its decisions');
  await stage.id('open-danger').click();
  await stage.id('levels').waitFor();
  await drawn(stage, 'levels-fill');
  const air = await stage.words(stage.id('air').first());
  must(air.includes('280°') && air.includes('station'), `the wind and its source: ${air}`);
  // Whatever says a level says it in words, too.
  const levels = await stage.words(stage.id('levels'));
  must(levels.includes('AEGL-3 · 危及生命'), levels);
  await stage.accessible('danger');

  stage.begin('the model tells what it was told');
  await stage.id('model-facts').click();
  await page.locator('.drawer-scroll').getByText('mass_kg').first().waitFor();
  await stage.accessible('model facts');
  await page.locator('.ant-drawer-open .ant-drawer-close').click();
}

async function seeItSpread(stage) {
  const { page } = stage;
  stage.begin('the slider plays, and stops');
  const at = () => stage.id('time-bar').getAttribute('data-frame');
  await stage.id('time-play').click();
  await stage.until(() => Number(document.querySelector('[data-testid=time-bar]')?.dataset.frame) >= 2);
  await stage.id('time-play').click();
  const stopped = Number(await at());
  await page.getByRole('slider', { name: '时间' }).focus();
  await page.keyboard.press('ArrowRight');
  must(Number(await at()) === stopped + 1, 'an arrow key moves the slider by one moment');
  must((await stage.words(stage.id('time-at'))).startsWith('第 '), 'the moment is told in words');
}

async function readEveryTab(stage) {
  const { page } = stage;
  for (const name of TABS) {
    stage.begin(`the tab ${name}`);
    await page.getByRole('tab', { name, exact: true }).click();
    await stage.until(() => !document.querySelector('.danger-tabs .ant-spin-spinning'));
    await stage.accessible(name);
  }
  const first = await stage.words(stage.id('plan-line').first());
  must(first.includes('防护'), `what protects stands first: ${first}`);
  await page.getByRole('tab', { name: '研判', exact: true }).click();
  const options = await stage.id('option').count();
  must(options >= 2 && options <= 4, `two to four options, not ${options}`);
}

async function seePeopleComeFirst(stage) {
  const { page } = stage;
  stage.begin('nobody is sent in while people are not out');
  stage.refused.push('/tasks');
  await page.getByRole('tab', { name: '疏散', exact: true }).click();
  await stage.id('send-task').click();
  await stage.id('task-posts').click();
  await page.keyboard.type('safety');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await stage.id('task-text').fill('进入现场关阀');
  await stage.id('task-on-site').click();
  await page.locator('.ant-modal-footer .ant-btn-primary').click();
  const why = await stage.words(stage.id('people-first'));
  must(why.includes('任务没有下达'), why);
  await stage.accessible('a task that is refused');
  await page.locator('.ant-modal-footer .ant-btn').first().click();
  await page.locator('.ant-modal-wrap').waitFor({ state: 'hidden' });
}

async function askWhatIf(stage) {
  const { page } = stage;
  stage.begin('what if the wind came from elsewhere');
  await page.getByRole('tab', { name: '推演', exact: true }).click();
  await stage.id('what-if-banner').waitFor();
  const dial = stage.id('wind-dial');
  await dial.focus();
  const before = Number(await dial.getAttribute('aria-valuenow'));
  await page.keyboard.press('PageUp');
  must(Number(await dial.getAttribute('aria-valuenow')) === (before + 45) % 360, 'the dial turns by keys');
  await stage.id('if-mass_kg').fill('30000');
  await stage.id('what-if-ask').click();
  await stage.id('compare').waitFor();
  await stage.id('compare-people').waitFor();
  await seeWhatFollows(stage);
  await drawn(stage, 'what-if-line');
  await drawn(stage, 'levels-fill');
  await stage.accessible('what if');
}

/** What would be decided stands beside what is, is marked as supposed, and offers nothing to do. */
async function seeWhatFollows(stage) {
  const { page } = stage;
  await stage.id('compare-response').waitFor();
  const words = await stage.words(stage.id('what-if-words'));
  must(words.includes('风向') && words.includes('30000'), words);
  await stage.id('map-if').waitFor();
  await page.getByRole('tab', { name: '疏散', exact: true }).click();
  const supposed = () => stage.id('what-if-note').getAttribute('data-supposed');
  must((await supposed()) === 'true', 'supposed ways do not say so');
  must((await stage.id('evacuated').count()) === 0, 'supposed people can be confirmed as out');
  await stage.accessible('ways that are supposed');
  await stage.id('what-if-side').getByText('现状').click();
  await stage.id('evacuated').waitFor();
  must((await supposed()) === 'false', 'what is so looks supposed');
  await stage.id('map-if').waitFor({ state: 'detached' });
  await stage.id('what-if-side').getByText('推演').click();
  await page.getByRole('tab', { name: '推演', exact: true }).click();
}

async function supposeAClosedRoad(stage) {
  const { page } = stage;
  stage.begin('ground is drawn on the map and supposed closed; roads stay open');
  await stage.id('roads-draw').click();
  const map = await stage.id('danger-map').boundingBox();
  for (const [x, y] of DRAWN) await page.mouse.click(map.x + map.width * x, map.y + map.height * y);
  await stage.id('roads-cut').waitFor();
  await drawn(stage, 'closures-fill');
  await stage.id('roads-suppose').click();
  await stage.id('roads-unsuppose').waitFor();
  await page.getByText('假设封路 1 处').waitFor();
  await supposedClosed(stage, true);
  await stage.id('what-if-side').getByText('现状').click();
  await supposedClosed(stage, false);
  await stage.id('what-if-side').getByText('推演').click();
  await stage.id('roads-draw').click();
  // The middle of the map is a corner for those who use no mouse.
  await stage.id('roads-corner').focus();
  await page.keyboard.press('Enter');
  await stage.id('what-if').getByText('1 个角').waitFor();
  await page.getByRole('button', { name: '结束推演' }).click();
  await stage.id('what-if-banner').waitFor({ state: 'detached' });
}

async function workOnThePlan(stage) {
  const { page } = stage;
  stage.begin('the plan is begun, a line is changed under a name');
  await page.getByRole('tab', { name: '方案', exact: true }).click();
  await stage.id('plan-begin').click();
  await stage.id('plan-write').first().click();
  await page.getByLabel('内容（中文）').fill('全部人员立即向上风方向撤离。');
  await stage.accessible('a line of the plan');
  await page.locator('.ant-modal-footer .ant-btn-primary').click();
  await stage.id('plan-edited').waitFor();
  const first = await stage.words(stage.id('plan-line').first());
  must(first.includes('全部人员立即向上风方向撤离。') && first.includes('duty'), first);

  stage.begin('the plan is printed');
  const [file] = await Promise.all([page.waitForEvent('download'), stage.id('plan-docx').click()]);
  must(file.suggestedFilename().endsWith('.docx'), file.suggestedFilename());

  stage.begin('at this level another person has to approve');
  await stage.id('plan-issue').click();
  await page.locator('.ant-modal-footer .ant-btn-primary').last().click();
  const waits = await stage.words(stage.id('plan-waits'));
  must(waits.includes('duty'), waits);
  await stage.accessible('the plan');
  await page.getByRole('tab', { name: '范围与人员', exact: true }).click();
}

async function useAPhone(stage) {
  const { page } = stage;
  stage.begin('a phone shows the same, without scrolling sideways');
  await page.setViewportSize({ width: 390, height: 844 });
  await stage.id('levels').waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  must(wide <= 390, `the page is ${wide} wide`);
  await stage.accessible('danger on a phone');
}
