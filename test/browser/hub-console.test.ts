// What a person does at the console about messages and edges that were refused: a real hub in this process, a real browser before it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BacktestOrder } from '../../src/engine/backtest/backtest-order.ts';
import { lifeHeader, lifeText } from '../../src/engine/edge/edge-life.ts';
import { encodeBlock } from '../../src/engine/telemetry/telemetry-block.ts';
import { rowsOf } from '../../src/engine/telemetry/telemetry-rows.ts';
import { Fault } from '../../src/kernel/errors.ts';
import { consoleFiles } from '../../src/run/console-files.ts';
import { startEdge } from '../../src/run/edge.ts';
import { recordingFiles } from '../../src/run/recordings/recording-files.ts';
import { openTelemetryShelf } from '../../src/run/telemetry-shelf.ts';
import { openSqliteEdgeStore } from '../../src/store/sqlite/sqlite-edge-store.ts';
import { keys, sendEvent, testHub, type TestHub } from '../hub-for-test.ts';
import { until } from '../until.ts';
import { noBrowser, openBrowser } from './chromium.ts';
import { violationsOn } from './console-visit.ts';

const type = 'production.variance.detected.v1';

describe.skipIf(noBrowser !== undefined)(`what is refused, in the console${noBrowser === undefined ? '' : ` (skipped: ${noBrowser})`}`, () => {
  let hub: TestHub;
  let folder: string;
  const played: BacktestOrder[] = [];
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
    folder = mkdtempSync(join(tmpdir(), 'lineshaft-console-'));
    hub = await testHub({
      console: await consoleFiles(),
      recordings: await recordingFiles(join(folder, 'recordings')),
      backtests: {
        recordings: async () => [],
        async run(order) {
          played.push(order);
          throw new Fault('TOO_LARGE', 'As far as this test goes.');
        },
      },
    });
  }, 240_000);
  afterAll(async () => {
    await browser.close();
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function signedIn({ role = 'operator', width = 1280, dark = false } = {}): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: dark ? 'dark' : 'light', locale: 'en-GB' });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource|ERR_/.test(message.text())) complaints.push(message.text());
    });
    await page.goto((await hub.ask('/api/sign-in-links', { body: { name: 'maria', role } })).json.url);
    await page.getByText('Live', { exact: true }).waitFor();
    return { page, complaints };
  }

  /** A message with a text for a number, and one behind it that waits. */
  async function refused(order: string): Promise<string> {
    await sendEvent(hub, type, { order, line: 'line-1', atRisk: 'many' });
    await sendEvent(hub, type, { order, line: 'line-1', atRisk: 40 });
    await until('the next of the key waits', async () => (await hub.store.runs({ limit: 100 })).some(({ key, status }) => key === order && status === 'queued'));
    return (await hub.ask('/api/quarantine?limit=1')).json[0].message;
  }

  const wide = (page: Page): Promise<unknown> => page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');

  test('a message is found from its case, mended by the keyboard alone, and leads to what became of it', async () => {
    await refused('PO-1');
    const { page, complaints } = await signedIn();
    await page.goto(`${hub.url}/exceptions`);
    await page
      .getByRole('link', { name: /lies in quarantine/ })
      .first()
      .focus();
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Decide about the message' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Production variance of /test' }).waitFor();
    const why = page.getByRole('region', { name: 'Why it is not taken' });
    expect(await why.innerText()).toMatch(/\/atRisk[^]*"many"/);
    await page.getByText(/^1 run waits in line for PO-1/).waitFor();
    await page.getByLabel('Its data as they should have been, as JSON').fill('{"order":"PO-1",');
    await page.getByLabel('Why, for the audit').fill('the counter sent a text');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('The data are no JSON').waitFor();
    await page.getByLabel('Its data as they should have been, as JSON').fill('{"order":"PO-1","line":"line-1","atRisk":"few"}');
    await page.getByRole('button', { name: 'Release with changes' }).press('Enter');
    await page
      .getByRole('alert')
      .getByText(/breaks its contract at \/atRisk/)
      .waitFor();
    await page.getByLabel('Its data as they should have been, as JSON').fill('{"order":"PO-1","line":"line-1","atRisk":30}');
    await page.getByRole('button', { name: 'Release with changes' }).press('Enter');
    await page.getByText('maria released it with changes').waitFor();
    await page.getByText('It is released with your changes.').waitFor();
    expect(await page.getByRole('button', { name: /^(Release|Discard)/ }).count()).toBe(0);
    await page.getByRole('region', { name: 'What became of it' }).getByRole('link', { name: 'PO-1' }).click();
    await page.getByRole('heading', { level: 1, name: 'PO-1' }).waitFor();
    await page
      .getByText(/Production variance, as maria wrote it/)
      .first()
      .click();
    await page.getByRole('link', { name: 'in quarantine, as it came' }).first().click();
    await page.getByText('maria released it with changes').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('who may only look sees the message and no button; who discards it says why', async () => {
    const message = await refused('PO-2');
    const [viewer, operator] = [await signedIn({ role: 'viewer' }), await signedIn()];
    for (const { page } of [viewer, operator]) {
      await page.goto(`${hub.url}/exceptions/quarantine/${message}`);
      await page.getByRole('heading', { level: 1, name: 'Production variance of /test' }).waitFor();
    }
    await viewer.page.getByText('Your role is viewer').waitFor();
    expect(await viewer.page.getByRole('button', { name: /^(Release|Discard)/ }).count()).toBe(0);
    await operator.page.getByRole('radio', { name: /^Discard/ }).check();
    await operator.page.getByRole('button', { name: 'Discard' }).click();
    await operator.page.getByRole('alert').getByText('Say why in a few words').waitFor();
    await operator.page.getByLabel('Why, for the audit').fill('a test of the supplier');
    await operator.page.getByRole('button', { name: 'Discard' }).click();
    await operator.page.getByText('Nothing waits for it any more.').waitFor();
    await viewer.page.getByText('maria discarded it').waitFor();
    expect([...viewer.complaints, ...operator.complaints]).toEqual([]);
    for (const { page } of [viewer, operator]) await page.context().close();
  });

  test('the list is filtered by contract and state, and goes on page by page', async () => {
    const sent = Array.from({ length: 60 }, (_, index) => ({
      specversion: '1.0',
      id: `many-${index}`,
      source: `/many/${index}`,
      type: 'supplier.component.delayed.v1',
      data: { component: 'film' },
    }));
    for (const each of sent) await sendEvent(hub, each.type, each.data, each);
    const { page, complaints } = await signedIn();
    await page.goto(`${hub.url}/exceptions`);
    await page.getByRole('link', { name: /^Quarantine/ }).click();
    await page.getByLabel('Contract').selectOption({ label: 'Component delayed' });
    const rows = page.getByRole('list', { name: 'Messages, newest first' }).getByRole('listitem');
    await page.getByText('50 messages, the newest').waitFor();
    expect(await rows.first().innerText()).toContain('/many/59');
    await page.getByRole('link', { name: 'Older ones' }).click();
    await page.getByText('10 messages', { exact: true }).waitFor();
    expect(await rows.last().innerText()).toContain('/many/0');
    await page.getByRole('radio', { name: 'Discarded' }).click();
    await page.getByText('No message was discarded.').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('the plant says how many edges are refused for their name, and an operator accepts one there', async () => {
    const speak = async (identity: string): Promise<number> =>
      (
        await hub.ask('/api/trends', {
          as: 'edge',
          headers: { [lifeHeader]: lifeText('bremen-1', { identity, starts: 1, boot: identity }) },
          body: { edge: 'bremen-1', points: [], status: { atMs: Date.now(), bufferDepth: 0, sources: [], filtered: {}, trendsDropped: 0 } },
        })
      ).status;
    expect([await speak('aaaaaaaa-first'), await speak('bbbbbbbb-second')]).toEqual([200, 409]);
    const { page, complaints } = await signedIn({ width: 390, dark: true });
    await page.goto(`${hub.url}/plant`);
    await page.getByRole('heading', { name: '1 edge is refused' }).waitFor();
    await page.getByText(/Another edge \(bbbbbbbb, started once\) wants to be bremen-1/).waitFor();
    expect([await violationsOn(page), await wide(page)]).toEqual([[], false]);
    await page.getByLabel('Why, for the audit').fill('new gateway');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: '1 edge is refused' }).waitFor({ state: 'detached' });
    expect([await speak('bbbbbbbb-second'), await speak('aaaaaaaa-first')]).toEqual([200, 409]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('a recording of an edge elsewhere is fetched from the page of a rule and played when it is here, and can be chosen again', async () => {
    await record(join(folder, 'kiel-1', 'telemetry'));
    const { page, complaints } = await signedIn({ width: 390 });
    const edge = await startEdge({
      landscape: { signals: [], rules: [], sources: [], limits: {}, optionsOf: () => ({}) },
      openStore: async () => openSqliteEdgeStore(join(folder, 'edge.db')),
      edgeName: 'kiel-1',
      hubUrls: [hub.url],
      key: keys.edge,
      log: () => undefined,
      trendIntervalMs: 200,
      telemetryFolder: join(folder, 'kiel-1', 'telemetry'),
    });
    onTestFinished(async () => edge.close());
    await until('the hub hears the edge', async () => (await hub.ask('/api/edges')).json.some((one: { edge: string }) => one.edge === 'kiel-1'));
    await page.goto(`${hub.url}/rules/packaging.throughput-drop`);
    await page.getByLabel('Recording of').selectOption({ label: 'kiel-1, fetched from there first' });
    await page.getByLabel('Try throughput.low at').fill('70');
    await page.getByRole('button', { name: 'Fetch it, then try these limits' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText(/kB of kiel-1 are here\.$/).waitFor();
    await page.getByText('As far as this test goes.').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Try these limits');
    const [recording] = (await hub.ask('/api/recordings')).json;
    expect(played).toMatchObject([{ edge: 'kiel-1', recording: recording.id, limits: { 'throughput.low': 70 } }]);
    expect([await violationsOn(page), await wide(page)]).toEqual([[], false]);
    const again = page.getByLabel('Recording of').locator('option', { hasText: 'kiel-1, fetched' }).first();
    await page.getByLabel('Recording of').selectOption((await again.getAttribute('value')) ?? '');
    await page.getByRole('button', { name: 'Try these limits' }).click();
    await until('it is played again', () => played.length === 2);
    expect(played[1]).toMatchObject({ recording: recording.id });
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test.each([
    ['at a desk', 1280, false],
    ['at a desk in the dark', 1280, true],
    ['on a phone', 390, false],
    ['on a phone in the dark', 390, true],
  ])('%s the pages of the quarantine have no accessibility violation and nothing beside the page', async (_where, width, dark) => {
    const message = await refused(`PO-${width}-${dark ? 'dark' : 'light'}`);
    const { page, complaints } = await signedIn({ width, dark });
    for (const path of ['/exceptions', '/exceptions/quarantine?state=all', `/exceptions/quarantine/${message}`]) {
      await page.goto(`${hub.url}${path}`);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.locator('main .skeleton').first().waitFor({ state: 'detached' });
      expect([path, await violationsOn(page), await wide(page)]).toEqual([path, [], false]);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

/** An hour of one signal. */
async function record(dir: string): Promise<void> {
  const shelf = await openTelemetryShelf(dir, 1_000_000);
  const atMs = Date.parse('2026-11-02T06:00:00Z');
  const rows = Array.from({ length: 3_600 }, (_, second) => ({
    signal: 'line-1.throughput',
    value: Math.sin(second) * 100,
    atMs: atMs + second * 1_000,
    receivedMs: atMs + second * 1_000,
    quality: 'good' as const,
    historical: false,
  }));
  await shelf.append(encodeBlock({ rows: rowsOf(rows), marks: [], tickedMs: 0 }));
  await shelf.close();
}
