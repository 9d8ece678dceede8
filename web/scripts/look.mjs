// Takes pictures of the console at three sizes, for people to look at.
//
//     [LANGUAGE=en] node scripts/look.mjs URL ACCOUNT PASSWORD DIR [only]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const [url, account, password, dir, only] = process.argv.slice(2);
if (!dir) throw new Error('usage: look.mjs URL ACCOUNT PASSWORD DIR [only]');
const language = (process.env.LANGUAGE ?? 'zh').startsWith('en') ? 'en' : 'zh';
mkdirSync(dir, { recursive: true });

const SIZES = { wide: [1920, 1080], laptop: [1366, 768], phone: [390, 844] };
const PAGES = [
  'devices',
  'programs',
  'drills',
  'alarms',
  'incidents',
  'refusals',
  'audit',
  'accounts',
];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--use-gl=angle',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
  ],
});

async function look(name, [width, height]) {
  const page = await browser.newPage({ viewport: { width, height }, hasTouch: name === 'phone' });
  page.on('pageerror', (error) => console.log(name, 'page error:', error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      console.log(name, message.type(), message.text());
  });
  const shot = (what) => page.screenshot({ path: join(dir, `${name}-${what}.png`) });
  await page.goto(url);
  await page.getByTestId('login-account').fill(account);
  await shot('signin');
  await page.getByTestId('login-password').fill(password);
  await page.getByTestId('login-submit').click();
  await page.getByTestId('figures').waitFor();
  if (language === 'en') {
    // The account's language was taken at the sign-in; the choice of the person counts from now on.
    await page.evaluate(() => localStorage.setItem('helan.language', 'en'));
    await page.reload();
  }
  await page.waitForFunction(() => window.__helanMapReady === true, null, { timeout: 60_000 });
  await page.waitForTimeout(800);
  await shot('map');
  if (name === 'phone') {
    await page.getByTestId('tab-alarms').click();
    await shot('alarms');
    await page.getByTestId('tab-incidents').click();
    await shot('incidents');
    await page.getByTestId('tab-map').click();
  }
  const row = page.getByTestId('alarm-row').first();
  if (name === 'phone') await page.getByTestId('tab-alarms').click();
  if (await row.count()) {
    await row.locator('.alarm-main').click();
    if (name === 'phone') await page.getByTestId('tab-map').click();
    await page.waitForTimeout(2500);
    await shot('alarm-selected');
    if (name === 'phone') await page.getByTestId('tab-alarms').click();
    await row.locator('button.link').click();
    await page.waitForTimeout(1800);
    await shot('device');
    await page.keyboard.press('Escape');
  }
  if (name === 'phone') await page.getByTestId('tab-incidents').click();
  for (const tab of await page.locator('.incident-tabs [role=tab]').all()) {
    const id = await tab.getAttribute('id');
    await tab.click();
    await page.waitForTimeout(400);
    await shot(`tab-${id?.split('-').pop()}`);
  }
  for (const target of PAGES) {
    await page.evaluate((hash) => {
      window.location.hash = hash;
    }, `#/${target}`);
    await page.waitForTimeout(900);
    await shot(`page-${target}`);
  }
  await page.close();
}

for (const [name, size] of Object.entries(SIZES)) {
  if (!only || only === name) await look(name, size);
}
await browser.close();
