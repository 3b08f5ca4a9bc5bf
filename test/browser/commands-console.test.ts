// What a person sees of commands to machines: a real hub, an edge and a controller, and a real browser before them.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandPlant, type CommandPlant } from '../command-plant.ts';
import { asAdmin } from '../running-hub.ts';
import { noBrowser, openBrowser } from './chromium.ts';
import { violationsOn } from './console-visit.ts';

interface Gap {
  readonly source: string;
  readonly address: string;
  readonly signals: readonly string[];
  readonly afterMs: number;
  readonly beforeMs: number;
  readonly reason: string;
  readonly atMs: number;
}

/** What of an edge's answer is changed here. */
interface EdgeAnswer {
  status: { sources: { name: string }[]; gaps?: { kept: number; newest: Gap[] } };
}

describe.skipIf(noBrowser !== undefined)(`commands in the console${noBrowser === undefined ? '' : ` (skipped: ${noBrowser})`}`, () => {
  let plant: CommandPlant;
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
    plant = await commandPlant();
    await plant.runHub();
    await plant.runEdge();
    const speed = { machine: 'packer-1', speed: 60, reason: 'film change' };
    expect((await plant.call('packer.change-speed', speed, 'a')).status).toBe(200);
    await plant.conduct({ state: 'Execute' });
    expect((await plant.call('packer.change-speed', { ...speed, speed: 80 }, 'b')).status).toBe(409);
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    await plant[Symbol.asyncDispose]();
  });

  /** A page on the edge, signed in; `change` makes of the hub's answer about it what the page is given. */
  async function edgePage({ width = 1440, dark = false, change }: { readonly width?: number; readonly dark?: boolean; readonly change?: (edge: EdgeAnswer) => void } = {}) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: dark ? 'dark' : 'light', locale: 'en-GB' });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource|ERR_/.test(message.text())) complaints.push(message.text());
    });
    const made = await asAdmin(plant.url, plant)('/api/sign-in-links', { name: 'shift', role: 'viewer' });
    const { url } = (await made.json()) as { readonly url: string }; // as the route gives it
    await page.goto(url);
    if (change)
      await page.route('**/api/edges/bremen', async (route) => {
        const answer = await route.fetch();
        const edge = (await answer.json()) as EdgeAnswer; // what is looked at of it
        change(edge);
        await route.fulfill({ response: answer, json: edge });
      });
    await page.goto(`${plant.url}/plant/bremen`);
    await page.getByRole('heading', { name: 'Commands to machines' }).waitFor();
    return { page, complaints };
  }

  const wide = (page: Page): Promise<unknown> => page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');

  test.each([
    ['at a desk', 1440, false],
    ['on a phone in the dark', 380, true],
  ])('who asked for what, why, and what came of it, is told %s', async (_where, width, dark) => {
    const { page, complaints } = await edgePage({ width, dark });
    await page.getByText('2 commands: 1 confirmed, 1 not carried out.').waitFor();
    const [refused, confirmed] = [page.locator('.plant-commands li').nth(0), page.locator('.plant-commands li').nth(1)];
    expect(await refused.innerText()).toMatch(
      /refused\s+Change the speed of the packer[^]*Packer 1: packer-1\.set-speed to 80 packs\/min, asked for by admin: “film change”[^]*packer-1\.state is "Execute", not/,
    );
    expect(await confirmed.innerText()).toMatch(
      /confirmed[^]*to 60 packs\/min[^]*Read back .* after it was asked for: the machine says 60 packs\/min; before it said 0 packs\/min\./,
    );
    await refused.getByText('Conditions and times').focus();
    await page.keyboard.press('Enter');
    await refused.getByText('packer-1.state is Idle or Stopped, not older than 5s').waitFor();
    await page.getByLabel('Show').selectOption('open');
    await page.getByText('None of them.').waitFor();
    await page.getByLabel('Show').selectOption('refused');
    expect(await page.locator('.plant-commands li').count()).toBe(1);
    expect([await wide(page), await violationsOn(page), complaints]).toEqual([false, [], []]);
    await page.context().close();
  });

  test('a source that is named otherwise is another source', async () => {
    let name = 'plc';
    const { page } = await edgePage({
      change({ status }) {
        for (const source of status.sources) source.name = name;
      },
    });
    await page.getByRole('heading', { name: 'What the machines measure' }).waitFor();
    name = 'other';
    await page.getByRole('heading', { name: 'What the machines measure' }).waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('gaps of a signal that was chosen are all shown again when it has none left in the list', async () => {
    const gap = (signal: string, afterMs: number): Gap => ({ source: 'plc', address: signal, signals: [signal], afterMs, beforeMs: afterMs + 1_000, reason: 'cut', atMs: afterMs });
    let newest = [gap('a', 1), gap('b', 2)];
    const { page } = await edgePage({
      change({ status }) {
        status.gaps = { kept: newest.length, newest };
      },
    });
    const shown = page.locator('.plant-gaps li strong');
    await page.getByLabel('Signal').selectOption('a');
    expect(await shown.allInnerTexts()).toEqual(['a']);
    newest = [gap('b', 2), gap('c', 3)];
    await shown.getByText('c', { exact: true }).waitFor();
    expect(await shown.allInnerTexts()).toEqual(['b', 'c']);
    await page.context().close();
  });
});
