// What a person does at the console, in a real browser, against a real hub with its simulated systems.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noBrowser } from './chromium.ts';
import { until } from '../until.ts';
import { openVisit, shiftOf, violationsOn, type Visit, type Visitor } from './console-visit.ts';
import { floodRooms, heldBy, openToFlood } from './stream-flood.ts';

const patienceMs = 120_000;
/** Cumulative layout shift of a room until it stands; 0.1 counts as good on the web. */
const shiftMax = 0.05;

describe.skipIf(noBrowser !== undefined)(`the console${noBrowser === undefined ? '' : ` (skipped: ${noBrowser})`}`, () => {
  let visit: Visit;
  beforeAll(async () => {
    visit = await openVisit();
  }, 240_000);
  afterAll(async () => visit[Symbol.asyncDispose]());

  test('the bottleneck is seen now, followed to its order, and to the case that waits for planning', async () => {
    const { page, complaints } = await visit.visitor();
    await page.getByRole('heading', { level: 1, name: /Packer 3 is slow.*PO-4711/ }).waitFor();
    await page.getByRole('link', { name: 'PO-4711', exact: true }).first().click();
    await page.getByRole('heading', { level: 1, name: /PO-4711/ }).waitFor();
    for (const system of ['ERP', 'WMS Bremen', 'Transport service', 'Supplier portal', 'CMMS']) await page.getByText(system, { exact: true }).first().waitFor();
    await page
      .getByRole('link', { name: /packer-3 runs at/ })
      .first()
      .click();
    await page.getByRole('heading', { name: /packer-3 runs at .* of 100 packs per minute/ }).waitFor();
    await page.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('acknowledged').first().waitFor();
    expect(complaints).toEqual([]);
  });

  test('two people at one case: the second is told who was first, keeps the note, and nothing is overwritten', async () => {
    const [first, second] = [await visit.visitor({ name: 'first' }), await visit.visitor({ name: 'second' })];
    for (const { page } of [first, second]) {
      await page.goto(`${visit.url}/exceptions`);
      await page
        .getByRole('link', { name: /packer-3 runs at/ })
        .first()
        .click();
      await page.getByRole('button', { name: /^Resolve/ }).click();
      await page.getByRole('dialog').getByText('needed: it stands in the audit').waitFor();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /^Resolve/ })
        .click();
      await page.getByText('Say it in a few words').waitFor();
      await page
        .getByRole('dialog')
        .getByRole('textbox')
        .fill(`by ${page === first.page ? 'first' : 'second'}`);
    }
    await first.page
      .getByRole('dialog')
      .getByRole('button', { name: /^Resolve/ })
      .click();
    await first.page.getByText('resolved').first().waitFor();
    await second.page.getByText('Somebody else was faster').waitFor();
    expect(await second.page.getByRole('dialog').textContent()).toContain('by first');
    expect(await second.page.getByRole('dialog').getByRole('textbox').inputValue()).toBe('by second');
    expect([...first.complaints, ...second.complaints]).toEqual([]);
  });

  test('a visitor breaks things and the ledgers stay right: transport cut and back, the hub killed; who is signed in stays so', async () => {
    const { page, complaints } = await visit.visitor();
    const verdict = page.getByTestId('verdict');
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
    await press('Let the packer recover');
    await page.getByRole('button', { name: 'Slow the packer' }).waitFor();
    await page.locator('[data-testid=verdict][data-tone=ok]').waitFor({ timeout: patienceMs });
    await press('Cut transport');
    await press('Slow the packer');
    await page.getByRole('heading', { level: 1, name: /[Tt]ransport service is down/ }).waitFor({ timeout: patienceMs });
    await press('Kill the hub');
    await page.getByText('The hub cannot be heard').waitFor();
    await page.getByRole('button', { name: 'Kill the hub' }).waitFor({ timeout: patienceMs });
    await press('Bring transport back');
    await press('Let the packer recover');
    await page.locator('[data-testid=verdict][data-tone=ok]').waitFor({ timeout: 2 * patienceMs });
    expect(await verdict.textContent()).toMatch(/^(\d+) of \1 true in the ledgers/);
    await page.reload();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(complaints).toEqual([]);
  }, 240_000);

  test('a case whose machine is well again says so, with the time and what was decided last', async () => {
    const { page, complaints } = await visit.visitor();
    const oldest = await page.evaluate("fetch('/api/exceptions?status=all').then((answer) => answer.json()).then((all) => all.at(-1).id)");
    await page.goto(`${visit.url}/exceptions/${String(oldest)}`);
    await page.getByText(/^Its cause has cleared at \d\d:\d\d:\d\d/).waitFor();
    await page.getByRole('heading', { name: 'Decided last' }).waitFor();
    expect(await violationsOn(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('thousands of messages through all rooms leave no element and no listener behind', async () => {
    const { page, complaints } = await visit.visitor();
    await openToFlood(page);
    await page.goto(visit.url);
    const session = await page.context().newCDPSession(page);
    // The browser itself may hold on to a room or two that were left (some 35 listeners and 600 elements each), for many measurements or none.
    const leastOf = async (walks: number): Promise<{ nodes: number; listeners: number }> => {
      const least = { nodes: Infinity, listeners: Infinity };
      for (let walk = 0; walk < walks; walk += 1) {
        await floodRooms(page, { trends: 150, others: 150 });
        const { nodes, listeners } = await heldBy(session);
        least.nodes = Math.min(least.nodes, nodes);
        least.listeners = Math.min(least.listeners, listeners);
      }
      return least;
    };
    const before = await leastOf(4);
    await leastOf(14);
    const after = await leastOf(4);
    // At least fifteen visits of each room lie between: what each left behind would count as often.
    expect(after.listeners - before.listeners).toBeLessThan(80);
    expect(after.nodes - before.nodes).toBeLessThan(1_400);
    expect(complaints).toEqual([]);
    await page.close();
  }, 240_000);

  test('a room that nobody opened yet is there when nothing can be fetched any more', async () => {
    const { page, complaints } = await visit.visitor();
    const parts = ['line-room', 'rate-chart', 'order-room', 'exceptions-room', 'flow-room'];
    await until('all rooms are fetched', async () => {
      const names = JSON.parse(String(await page.evaluate("JSON.stringify(performance.getEntriesByType('resource').map(({ name }) => name))"))) as readonly string[];
      return parts.every((part) => names.some((name) => name.includes(part)));
    });
    await page.route('**/assets/**', (route) => route.abort());
    for (const [room, heading] of [
      ['Lines', /^Line 1/],
      ['Orders', 'What happened to an order?'],
      ['Flows', 'A slow packaging line changes the plan'],
    ] as const) {
      await page.getByRole('navigation').getByRole('link', { name: room, exact: true }).click();
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    }
    // The last one by the keyboard alone: a step opens with Enter, and closes with Escape.
    await page
      .getByRole('button', { name: /^Decide/ })
      .first()
      .press('Enter');
    await page.getByRole('button', { name: 'Close' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Close' }).waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a room that could not be fetched says so in plain words, and comes when it is tried again', async () => {
    const { page } = await visit.visitor();
    await page.route('**/assets/flow-room*', (route) => route.abort());
    await page.goto(visit.url);
    await page.getByRole('navigation').getByRole('link', { name: 'Flows' }).click();
    await page.getByRole('alert').getByText('This part of the console could not be fetched from the hub').waitFor();
    await page.unroute('**/assets/flow-room*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { level: 1, name: 'A slow packaging line changes the plan' }).waitFor();
    await page.goto(`${visit.url}/no-such-room`);
    await page.getByText('There is no such page').waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await page.close();
  });

  test('a sign-in link that was used signs nobody in, and says on a page what to do', async () => {
    const context = await visit.browser.newContext();
    const page = await context.newPage();
    await page.goto(`${visit.url}/sign-in?code=used`);
    await page.getByRole('heading', { name: 'Sign in to Lineshaft' }).waitFor();
    await page.getByRole('alert').getByText('has been used already').waitFor();
    await context.close();
  });

  test('a browser that calls its language en-US@posix draws charts like any other', async () => {
    const { page, complaints } = await visit.visitor();
    await page.addInitScript("Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix', configurable: true })");
    await page.goto(`${visit.url}/lines`);
    await page.locator('.line-plot canvas').first().waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test.each([
    ['a laptop', 1440, 900],
    ['a phone', 380, 760],
  ])(
    'on %s nothing jumps as a room is opened anew',
    async (_, width, height) => {
      const { page } = await visit.visitor({ width, height });
      const one = await page.evaluate("fetch('/api/exceptions?status=all').then((answer) => answer.json()).then(([one]) => one.id)");
      const rooms = [
        '/',
        '/lines',
        '/orders',
        '/orders/PO-4711',
        '/exceptions',
        `/exceptions/${String(one)}`,
        '/flows',
        '/flows/packaging-bottleneck',
        '/plant/edge-1',
        '/rules/packaging.throughput-drop',
      ];
      const shifts: Record<string, number> = {};
      for (const path of rooms) shifts[path] = await shiftOf(page.context(), `${visit.url}${path}`);
      expect(Object.entries(shifts).filter(([, shift]) => shift > shiftMax)).toEqual([]);
    },
    120_000,
  );

  test('another limit is tried on what the edge recorded, by keyboard alone, and drawn beside what the rule really told', async () => {
    const { page, complaints } = await visit.visitor();
    await page.goto(`${visit.url}/plant`);
    await page.getByRole('heading', { level: 1, name: 'Bremen' }).waitFor();
    await page.getByRole('link', { name: /^edge-1 / }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Machines of line 1 (JSON over MQTT)' }).waitFor();
    await page.getByRole('link', { name: 'Packer 3 packs too slowly for its order' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Try throughput.low at').focus();
    await page.keyboard.type('1');
    await page.keyboard.press('Enter');
    await page.getByText(/^It would have stayed silent; really it spoke/).waitFor({ timeout: patienceMs });
    await page.getByRole('img', { name: /^packer-3\.rate with its limit; really told/ }).waitFor();
    expect(await violationsOn(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  }, 240_000);

  test('what an edge takes in is read on its page: rate, delay, buffer, what was not understood, and how far the clock of a source is off', async () => {
    const { page, complaints } = await visit.visitor();
    await page.goto(`${visit.url}/plant/edge-1`);
    // A figure, not the dash or the words for what nobody knows.
    for (const [name, told] of [
      ['Rate', /^[\d.,]+ values a second/],
      ['Delay', /^[\d.,]+ (ms|s|min) source to edge, mean/],
      ['Buffer', /^[\d.,]+ (nothing waits|events?, the oldest for [\d.,]+ (ms|s|min))/],
      ['Not understood', /^[\d.,]+ kinds of values/],
      ['Delay to the edge', /^[\d.,]+ (ms|s|min)/],
      // Machines that speak JSON over MQTT have no clock that can be asked; one that is ahead shows it in its values.
      ['Clock of the source', /^(cannot be asked|(at least )?(agrees|[\d.,]+ (ms|s|min) (ahead|behind)))/],
    ] as const) {
      const fact = page.locator('dl > div', { has: page.getByRole('term').getByText(name, { exact: true }) });
      await fact.getByRole('definition').filter({ hasText: told }).first().waitFor();
    }
    await page.getByText(/^(Every value since the edge started had|[\d.,]+ kinds? of values since the edge started)/).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('a viewer sees everything and is offered nothing that a viewer may not do', async () => {
    const { page } = await visit.visitor({ role: 'viewer', name: 'guest' });
    await page.goto(`${visit.url}/exceptions`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    expect(await page.getByRole('button', { name: /^(Acknowledge|Resolve|Retry)/ }).count()).toBe(0);
    await page.goto(`${visit.url}/rules/packaging.throughput-drop`);
    await page.getByText('Operators and admins may try others here.').waitFor();
    expect(await page.getByRole('button', { name: 'Try these limits' }).count()).toBe(0);
  });

  test('who has no session is told how to get one', async () => {
    const context = await visit.browser.newContext();
    const page = await context.newPage();
    await page.goto(`${visit.url}/orders/PO-4711`);
    await page.getByRole('heading', { name: 'Sign in to Lineshaft' }).waitFor();
    await context.close();
  });

  test.each(['%2F..%2F', '%3Cscript%3Ealert(1)%3C%2Fscript%3E', 'a'.repeat(3_000)])('a key that no system has, %s, is an address of the console like any other', async (key) => {
    const { page, complaints } = await visit.visitor();
    await page.goto(`${visit.url}/orders/${key}`);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    expect(await page.evaluate('Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)')).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('the verdict opens above the bar, stays within its place, and closes with Escape', async () => {
    const { page } = await visit.visitor();
    await page.getByTestId('verdict').click();
    const [table, bar] = [
      await page.getByRole('region', { name: 'Verdict from the ledgers' }).boundingBox(),
      await page.getByRole('button', { name: 'Kill the hub' }).boundingBox(),
    ];
    expect((table?.y ?? 0) + (table?.height ?? 0)).toBeLessThanOrEqual(bar?.y ?? 0);
    await page.keyboard.press('Escape');
    await page.getByRole('region', { name: 'Verdict from the ledgers' }).waitFor({ state: 'detached' });
    await page.close();
  });

  describe.each([
    ['a laptop', 1440, 900, false],
    ['a laptop, dark', 1440, 900, true],
    ['a phone', 360, 760, false],
    ['a phone, dark', 360, 760, true],
  ])('on %s', (_, width, height, dark) => {
    let visitor: Visitor;
    beforeAll(async () => {
      visitor = await visit.visitor({ width, height, dark });
    });

    test.each(['/', '/lines', '/plant', '/plant/edge-1', '/rules/packaging.throughput-drop', '/orders', '/orders/PO-4711', '/exceptions', '/flows/packaging-bottleneck'])(
      '%s has no accessibility violation and nothing beside the page',
      async (path) => {
        const { page, complaints } = visitor;
        await page.goto(`${visit.url}${path}`);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        await page.locator('main .skeleton').first().waitFor({ state: 'detached' });
        expect(await violationsOn(page)).toEqual([]);
        expect(await page.evaluate('Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)')).toBe(0);
        expect(complaints.splice(0)).toEqual([]);
      },
    );
  });
});
