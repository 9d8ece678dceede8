// The base database as a data steward lives it: a sheet comes in, stands on the map, and is put right at the place without a network
// while somebody else changes the same object. Against a running platform:
//
//     node base.mjs URL FIRST_PASSWORD SHEET
import { must, perform } from './stage.mjs';

const [url, firstPassword, sheet] = process.argv.slice(2);
must(sheet, 'usage: base.mjs URL FIRST_PASSWORD SHEET');

const PASSWORD = 'Sheets-Before-Dawn';
const OBJECT = '/api/v1/base/objects/school/A1';

await perform('base', url, async (stage) => {
  stage.begin('the administrator signs in');
  await stage.signIn('admin', firstPassword, PASSWORD);
  await bringTheSheet(stage);
  await seeItOnTheMap(stage);
  await goWhereThereIsNoNetwork(stage);
});

async function bringTheSheet(stage) {
  const { page } = stage;
  stage.begin('a sheet is looked through, and its good rows are loaded');
  await stage.id('nav-base').click();
  await stage.id('kind-school').click();
  await stage.id('base-bring').click();
  await page.locator('.ant-modal input[type=file]').setInputFiles(sheet);
  await stage.id('base-load').click();
  await page.locator('[data-testid=base-import][data-state=loaded]').waitFor();
  await page.locator('.ant-modal-close').click();
  await page.locator('.ant-modal-wrap').waitFor({ state: 'hidden' });
  await page.getByText('第一小学').waitFor();
  await stage.accessible('base with objects');
  stage.begin('an object is opened');
  await page.getByText('第一小学').first().click();
  await page.locator('.ant-drawer-open .base-facts').first().waitFor();
  await stage.until(() => !document.querySelector('.ant-spin-spinning'));
  await stage.accessible('object');
  await page.locator('.ant-drawer-open .ant-drawer-close').click();
}

async function seeItOnTheMap(stage) {
  stage.begin('the map shows it');
  await stage.id('nav-map').click();
  await stage.until(() => window.__helanMap?.loaded());
  await stage.id('layer-living').click();
  await stage.until(() => {
    const map = window.__helanMap;
    return map?.getLayer('object-dots') && map.queryRenderedFeatures({ layers: ['object-dots'] }).length > 0;
  });
  await stage.id('layer-living').click();
}

async function goWhereThereIsNoNetwork(stage) {
  const { page } = stage;
  const { request } = page.context();
  stage.begin('objects are taken along');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${url}/#/field`);
  await stage.id('field-kinds').click();
  await page.keyboard.type('学校');
  await page.locator('.ant-select-item-option-active').waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await stage.id('field-take').click();
  await stage.id('field-A1').waitFor();
  await stage.accessible('field form');
  await page.evaluate(() => navigator.serviceWorker.ready);

  stage.begin('the form opens without a network');
  await stage.offline(true);
  await page.reload();
  await stage.id('field-A1').click();
  await page.locator('#values_students').fill('123');
  await page.locator('.ant-modal-footer .ant-btn-primary').click();
  await stage.id('field-waiting').waitFor();
  await stage.accessible('field form without a network');

  stage.begin('meanwhile somebody else changes another fact of it');
  const before = await (await request.get(url + OBJECT)).json();
  const { name, address, post, geometry, values } = before;
  const other = { ...values, gates: 4 };
  const order = { name, address, post, geometry, values: other, area: String(before.area), seen: before.changed_at };
  const put = await request.put(url + OBJECT, { data: order, headers: { origin: url } });
  must((await put.json()).stored, 'the other change was not stored');

  stage.begin('with the network both changes come together');
  await stage.offline(false);
  await page.waitForFunction(() => !document.querySelector('[data-testid=field-waiting]'));
  const after = await (await request.get(url + OBJECT)).json();
  must(after.values.students === 123 && after.values.gates === 4, JSON.stringify(after.values));
}
