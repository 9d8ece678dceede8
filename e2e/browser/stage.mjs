// What every browser test stands on: Chromium, a page that is watched, waits by condition, axe-core.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
// The console's own packages: nothing is installed for the tests alone.
const web = createRequire(join(here, '../../web/package.json'));
const { chromium } = web('playwright-core');
const AXE = readFileSync(web.resolve('axe-core/axe.min.js'), 'utf8');
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const SERIOUS = new Set(['serious', 'critical']);
const SCREENS = join(here, '../screens');

/** What one condition may take: the machine may be busy, and the map is drawn without a graphics card. */
export const PATIENCE_MS = 60_000;

const FLAGS = [
  '--no-sandbox',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Whatever tries to leave this machine finds nothing there, and is seen trying.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** The browser of this machine: a name on the search path, or a file. */
function chromiumFile() {
  const name = process.env.CHROMIUM ?? 'chromium';
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find(existsSync) ?? name;
}

export class Failure extends Error {}

/** Says what must be so. */
export function must(holds, what) {
  if (!holds) throw new Failure(what);
}

/** Runs `play(stage)` in a fresh browser; a failure leaves a picture and its place. */
export async function perform(name, url, play) {
  const browser = await chromium.launch({
    executablePath: chromiumFile(),
    args: FLAGS,
  });
  const context = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN' });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript(listen);
  const page = await context.newPage();
  const stage = new Stage(page, url);
  try {
    await play(stage);
    stage.mustBeClean();
  } catch (error) {
    mkdirSync(SCREENS, { recursive: true });
    const picture = join(SCREENS, `${name}.png`);
    await page.screenshot({ path: picture }).catch(() => {});
    console.error(`FAILED at "${stage.step}": ${error.stack}\npicture: ${picture}`);
    console.error(stage.faults.join('\n'));
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}

/** Inside the page: remembers what a screen reader would have read out, and counts the tones that were played. */
function listen() {
  window.__heard = [];
  window.__tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    window.__tones += 1;
    return start.apply(this, when);
  };
  const hear = (node) => {
    const element = node instanceof Element ? node : node.parentElement;
    const region = element?.closest('[aria-live]');
    const words = node.textContent?.trim();
    if (region && words) window.__heard.push(`${region.getAttribute('aria-live')}: ${words}`);
  };
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === 'characterData') hear(target);
      else addedNodes.forEach(hear);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
}

export class Stage {
  step = 'start';
  /** What went wrong beside the play: errors of the page, requests to elsewhere. */
  faults = [];
  /** Whether the network is cut. */
  away = false;
  /** Ends of addresses whose refusal belongs to the play: browsers log every answer that refuses. */
  refused = ['/api/v1/session'];

  constructor(page, url) {
    this.page = page;
    this.url = url;
    const { origin } = new URL(url);
    page.on('pageerror', (error) => this.faults.push(`page error: ${error.stack}`));
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      // A sign-in that is refused, and the question who is signed in, are answered with 401. Without a network nothing is
      // answered at all.
      const expected = this.away || this.refused.some((end) => message.location().url.endsWith(end));
      if (!expected) this.faults.push(`console: ${message.text()} ${message.location().url}`);
    });
    const watch = (address) => {
      const { protocol, host } = new URL(address);
      const inside = ['data:', 'blob:'].includes(protocol) || host === new URL(origin).host;
      if (!inside) this.faults.push(`request to elsewhere: ${address}`);
    };
    page.on('request', (request) => watch(request.url()));
    page.on('websocket', (socket) => watch(socket.url()));
  }

  /** Names what comes next, for the reader of the log. */
  begin(step) {
    this.step = step;
    console.log(step);
  }

  /** The first sign-in of an account: the password that was printed is changed. */
  async signIn(account, first, own) {
    await this.page.goto(this.url);
    await this.id('login-account').fill(account);
    await this.id('login-password').fill(first);
    await this.id('login-submit').click();
    await this.id('password-old').fill(first);
    await this.id('password-new').fill(own);
    await this.id('password-repeat').fill(own);
    await this.id('password-submit').click();
  }

  id(name) {
    return this.page.getByTestId(name);
  }

  /** Cuts the network, or mends it. */
  async offline(cut) {
    this.away = true;
    await this.page.context().setOffline(cut);
    // What was asked while it was cut still fails a moment later.
    if (!cut) setTimeout(() => (this.away = false), 1000);
  }

  /** Waits until a function in the page gives something true. */
  until(inPage, given = null) {
    return this.page.waitForFunction(inPage, given, { polling: 100 });
  }

  async words(locator) {
    await locator.waitFor();
    return (await locator.innerText()).replace(/\s+/g, ' ');
  }

  /** Nothing that keeps somebody from using this screen. */
  async accessible(screen) {
    // A colour on its way to another one is neither: what moves comes to rest first, except what moves for ever.
    await this.until(() =>
      document
        .getAnimations()
        .every((a) => a.playState !== 'running' || a.effect?.getComputedTiming().endTime === Infinity),
    );
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate((tags) => window.axe.run(document, { runOnly: tags }), AXE_TAGS);
    const found = violations
      .filter((v) => SERIOUS.has(v.impact))
      .map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 5).join(', ')}`);
    must(found.length === 0, `axe on ${screen}:\n${found.join('\n')}`);
  }

  mustBeClean() {
    must(this.faults.length === 0, 'the page reported errors or asked somebody else');
  }
}
