// Checks every screen with axe-core (WCAG 2.2 A and AA) and prints what it finds; exits with 1 when it found something.
//
//     node scripts/axe.mjs URL ACCOUNT PASSWORD
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [url, account, password] = process.argv.slice(2);
if (!password) throw new Error('usage: axe.mjs URL ACCOUNT PASSWORD');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--use-gl=angle',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
    '--disable-background-networking',
  ],
});
const page = await browser.newPage({
  viewport: { width: 1366, height: 768 },
  reducedMotion: 'reduce',
});
let found = 0;

async function check(name) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: tags }),
    TAGS,
  );
  for (const { id, impact, help, nodes } of violations) {
    found += 1;
    console.log(`${name}: ${impact} ${id}: ${help}`);
    for (const node of nodes.slice(0, 4)) {
      console.log(`    ${node.target.join(' ')}  ${node.any[0]?.message ?? ''}`);
    }
  }
}

await page.goto(url);
await page.getByTestId('login-account').fill(account);
await check('sign-in');
await page.getByTestId('login-password').fill(password);
await page.getByTestId('login-submit').click();
await page.waitForFunction(() => window.__helanMapReady === true, null, { timeout: 60_000 });
await page.waitForTimeout(500);
await check('map');
const row = page.getByTestId('alarm-row').first();
if (await row.count()) {
  await row.locator('button.link').click();
  await page.waitForTimeout(1500);
  await check('device');
  await page.keyboard.press('Escape');
}
for (const tab of await page.locator('.incident-tabs [role=tab]').all()) {
  await tab.click();
  await page.waitForTimeout(300);
  await check(`incident ${await tab.textContent()}`);
}
for (const link of await page.locator('.header .nav a').all()) {
  const name = await link.getAttribute('href');
  await link.click();
  await page.waitForTimeout(1200);
  await check(`page ${name}`);
}
await browser.close();
console.log(found === 0 ? 'axe found nothing' : `axe found ${found}`);
process.exitCode = found === 0 ? 0 : 1;
