// A person at the console: a real demo behind it, a real browser before it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startDemo, type DemoProcess } from '../scenarios/demo-process.ts';
import { openBrowser } from './chromium.ts';

export interface Visitor {
  readonly page: Page;
  /** What the browser complained about: errors in its console, requests that left the origin. Must stay empty. */
  readonly complaints: string[];
}

export interface Visit extends AsyncDisposable {
  readonly url: string;
  readonly demo: DemoProcess;
  readonly browser: Browser;
  /** A browser window of its own, signed in. */
  visitor(options?: {
    readonly role?: 'admin' | 'operator' | 'viewer';
    readonly name?: string;
    readonly width?: number;
    readonly height?: number;
    readonly dark?: boolean;
  }): Promise<Visitor>;
}

/** Starts the demo, waits until it stays up, and opens a browser. */
export async function openVisit(): Promise<Visit> {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-console-'));
  const data = join(folder, 'state');
  const demo = startDemo('--data', data, '--port', '0');
  const browser = await openBrowser();
  await demo.says('Everything is up and stays up.');
  const url = /https?:\/\/127\.0\.0\.1:\d+/.exec(await demo.says('http://'))?.[0] ?? '';
  // The file is the hub's own; signing in shows that it is right.
  const { admin } = JSON.parse(readFileSync(join(data, 'hub', 'keys.json'), 'utf8')) as { readonly admin: string };
  const contexts: BrowserContext[] = [];

  async function signInLink(name: string, role: string): Promise<string> {
    const answer = await fetch(`${url}/api/sign-in-links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name, role }),
    });
    const made = (await answer.json()) as { readonly url: string };
    return made.url;
  }

  return {
    url,
    demo,
    browser,
    async visitor({ role = 'admin', name = 'admin', width = 1440, height = 900, dark = false } = {}) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', locale: 'en-GB', timezoneId: 'America/Chicago' });
      // Shorter than a test may take, so that what was waited for is named.
      context.setDefaultTimeout(60_000);
      contexts.push(context);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        // A hub that is killed on purpose is not reached for a moment.
        if (message.type() === 'error' && !/Failed to load resource|ERR_/.test(message.text())) complaints.push(message.text());
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(url) && !request.url().startsWith('data:')) complaints.push(`left the origin: ${request.url()}`);
      });
      await page.goto(await signInLink(name, role));
      return { page, complaints };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(contexts.map((context) => context.close()));
      await browser.close();
      demo.child.kill('SIGTERM');
      await demo.end;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** How far the parts of a room moved (cumulative layout shift) while it was loaded anew, with nothing in the cache, until a second after it stood. */
export async function shiftOf(context: BrowserContext, address: string): Promise<number> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  await page.addInitScript(`
    globalThis.shifted = 0;
    new PerformanceObserver((list) => {
      for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) globalThis.shifted += value;
    }).observe({ type: 'layout-shift', buffered: true });
  `);
  await page.goto(address);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.locator('main .skeleton').first().waitFor({ state: 'detached' });
  const shifted = await page.evaluate('new Promise((resolve) => setTimeout(() => resolve(globalThis.shifted), 1_000))');
  await page.close();
  return Number(shifted);
}

/** What axe finds wrong on the page, in a line each. */
export async function violationsOn(page: Page): Promise<readonly string[]> {
  // Past the content policy, which forbids foreign scripts to the page itself.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: axe.source });
  const { result } = await session.send('Runtime.evaluate', {
    expression: `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | '))))`,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  const found: unknown = JSON.parse(String(result.value));
  return Array.isArray(found) ? found.map(String) : [String(found)];
}
