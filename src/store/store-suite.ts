import { Fault } from '../kernel/errors.ts';
import { rejectionOf, type SuiteKit } from '../kernel/suite-kit.ts';
import { caseTests } from './store-suite-cases.ts';
import { compactionTests } from './store-suite-compaction.ts';
import { eventTests } from './store-suite-events.ts';
import { runTests } from './store-suite-runs.ts';
import { stepTests } from './store-suite-steps.ts';
import { auditAdd, eventAppend, exceptionOpen, exceptionRecord, noticePut, quarantineAdd, runSet, runStart, stepAdd, stepSet } from './store-samples.ts';
import type { StoreSubject, WithStore } from './store-subject.ts';
import type { Change, Store } from './store.ts';

/** What every `Store` must hold: `storeSuite('memory', async () => ({ store: memoryStore(), dispose: async () => undefined }), { describe, test, expect })`. */
export function storeSuite(name: string, open: () => Promise<StoreSubject>, kit: SuiteKit): void {
  const withStore: WithStore = (body) => async () => {
    const subject = await open();
    try {
      await body(subject.store, subject.reopen);
    } finally {
      await subject.dispose();
    }
  };
  kit.describe(`${name} as a store`, () => {
    eventTests(kit, withStore);
    runTests(kit, withStore);
    stepTests(kit, withStore);
    caseTests(kit, withStore);
    compactionTests(kit, withStore);
    commitTests(kit, withStore);
    lastingTests(kit, withStore);
  });
}

/** Everything that one can ask, as plain data. */
async function everything(store: Store): Promise<unknown> {
  return {
    events: await store.eventsAfter(0, 100),
    runs: await store.runs({ limit: 100 }),
    steps: await Promise.all((await store.runs({ limit: 100 })).map(({ id }) => store.steps(id))),
    openEffects: await store.openEffects(),
    exceptions: await store.exceptions({ limit: 100 }),
    notices: await store.openNotices(),
    quarantined: await store.quarantined(100),
    audit: await store.audit({ limit: 100 }),
    cursor: await store.cursor('routing'),
    trail: await store.byKey('PO-4711', 100),
    counts: await store.counts(),
  };
}

const oneOfEach: readonly Change[] = [
  eventAppend('e1'),
  quarantineAdd('bad'),
  { change: 'cursor.set', name: 'routing', position: 1 },
  runStart('r1'),
  stepAdd('r1', 's1'),
  stepSet('r1', 's1', 'sent'),
  runSet('r1', 'parked', { reason: 'outcome unknown' }),
  { change: 'run.key', run: 'r1', keys: { shipment: 'SH-9' } },
  exceptionOpen('x1'),
  { change: 'exception.set', record: exceptionRecord('x1', { version: 2, status: 'acknowledged' }) },
  noticePut('n1'),
  auditAdd('x1'),
];

function commitTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  const bugs: readonly (readonly [string, Change])[] = [
    ['a step of an unknown run', stepAdd('nobody', 's')],
    ['a change of an unknown step', stepSet('r1', 'nothing', 'done')],
    ['a change of a step of an unknown run', stepSet('nobody', 's1', 'done')],
    ['a change of an unknown run', runSet('nobody', 'done')],
    ['a key of an unknown run', { change: 'run.key', run: 'nobody', keys: { order: 'PO-1' } }],
    ['a time that is no whole number', eventAppend('e9', { timeMs: 1.5 })],
  ];
  for (const [what, change] of bugs) {
    test(
      `${what} is a bug that leaves nothing of its commit, and the store goes on`,
      withStore(async (store) => {
        await store.commit(oneOfEach);
        const before = await everything(store);
        const rejection = await rejectionOf(
          store.commit([
            eventAppend('e2'),
            runStart('r2'),
            stepAdd('r2', 's1'),
            exceptionOpen('x2'),
            { change: 'exception.set', record: exceptionRecord('x1', { version: 3, keys: {} }) },
            noticePut('n1', { status: 'done' }),
            runSet('r1', 'done'),
            change,
          ]),
        );
        expect(rejection instanceof Error && !(rejection instanceof Fault)).toBe(true);
        expect(await everything(store)).toEqual(before);
        expect(await store.commit([eventAppend('e2'), runStart('r2'), stepAdd('r2', 's1')])).toMatchObject([
          { position: 2, duplicate: false },
          { taken: true },
          { taken: true, revision: 2 },
        ]);
      }),
    );
  }

  test(
    'a commit of nothing changes nothing',
    withStore(async (store) => {
      expect(await store.commit([])).toEqual([]);
      expect(await store.counts()).toEqual({ events: 0, runs: {}, openEffects: 0, openExceptions: 0, quarantined: 0 });
    }),
  );

  test(
    'each change has its result, in the order of the changes',
    withStore(async (store) => {
      const results = await store.commit(oneOfEach);
      expect(results).toEqual([
        { position: 1, duplicate: false },
        {},
        {},
        { taken: true },
        { taken: true, revision: 1, order: results[4]?.order },
        {},
        {},
        {},
        { taken: true },
        { taken: true },
        {},
        {},
      ]);
      expect(Number.isSafeInteger(results[4]?.order)).toBe(true);
    }),
  );

  test(
    'commits under way at once happen in the order of the calls, and a read asked after them sees them',
    withStore(async (store) => {
      const commits = Array.from({ length: 20 }, (_, index) => store.commit([eventAppend(`e${index}`), { change: 'cursor.set', name: 'routing', position: index }]));
      const read = store.eventsAfter(0, 100);
      const positions = (await Promise.all(commits)).map(([result]) => result?.position);
      expect(positions).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
      expect((await read).map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => `e${index}`));
      expect(await store.cursor('routing')).toBe(19);
    }),
  );

  test(
    'what is stored does not change with the object that was given',
    withStore(async (store) => {
      const keys: { order: string } = { order: 'PO-1' };
      const committed = store.commit([eventAppend('e1', { keys })]);
      keys.order = 'PO-2';
      await committed;
      expect((await store.event(1))?.keys).toEqual({ order: 'PO-1' });
    }),
  );

  test(
    'a limit is a whole number above 0',
    withStore(async (store) => {
      for (const limit of [0, -1, 1.5, Number.NaN]) expect((await rejectionOf(store.eventsAfter(0, limit))) instanceof Error).toBe(true);
    }),
  );

  test(
    'a closed store refuses, and closing it again does nothing',
    withStore(async (store) => {
      await store.close();
      await store.close();
      expect((await rejectionOf(store.commit([eventAppend('e1')]))) instanceof Error).toBe(true);
      expect((await rejectionOf(store.lastPosition())) instanceof Error).toBe(true);
    }),
  );
}

const oddTexts: readonly string[] = [
  '',
  ' ',
  `"quoted" 'single' \`back\``,
  "'; DROP TABLE event; --",
  '%_?:@$',
  'Größe 🏭 工場',
  'line\nbreak\ttab\r',
  'null\u0000inside',
  '\\u0041',
  '{"a":[1]}',
  '__proto__',
  'x'.repeat(100_000),
];

function lastingTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  test(
    'reopened, it is as it was and goes on counting',
    withStore(async (store, reopen) => {
      await store.commit(oneOfEach);
      const before = await everything(store);
      if (!reopen) return;
      const again = await reopen();
      expect(await everything(again)).toEqual(before);
      expect(await again.commit([eventAppend('e1'), eventAppend('e2'), runStart('r1'), stepAdd('r1', 's1'), stepAdd('r1', 's2')])).toMatchObject([
        { position: 1, duplicate: true },
        { position: 2, duplicate: false },
        { taken: false },
        { taken: false },
        { taken: true, revision: 2 },
      ]);
    }),
  );

  test(
    'any text comes back as it was given, as id, key and content',
    withStore(async (store, reopen) => {
      for (const [index, odd] of oddTexts.entries()) {
        await store.commit([
          eventAppend(odd, { source: odd, type: odd, keys: { order: odd }, traceparent: odd, principal: odd, data: odd }),
          runStart(odd, { flow: odd, key: odd, position: index + 1, keys: { batch: odd } }),
          stepAdd(odd, odd, { name: odd, input: odd, entity: odd, system: odd }),
          exceptionOpen(odd, { owners: [odd], actions: [odd], keys: { item: odd }, summary: odd }),
        ]);
      }
      const again = reopen ? await reopen() : store;
      for (const [index, odd] of oddTexts.entries()) {
        expect(await again.event(index + 1)).toMatchObject({ id: odd, source: odd, keys: { order: odd }, traceparent: odd, data: odd });
        expect((await again.byKey(odd, 10)).runs).toMatchObject([{ id: odd, flow: odd, key: odd }]);
        expect(await again.steps(odd)).toMatchObject([{ id: odd, name: odd, input: odd, revision: 1 }]);
        expect(await again.effects(1)).toMatchObject([{ run: oddTexts.at(-1), entity: oddTexts.at(-1), system: oddTexts.at(-1) }]);
        expect(await again.exceptions({ key: odd, owner: odd, limit: 10 })).toMatchObject([{ id: odd, owners: [odd], actions: [odd], keys: { item: odd } }]);
        expect(await again.eventsMatching({ type: odd, keys: { order: odd }, after: 0, limit: 10 })).toMatchObject([{ position: index + 1 }]);
      }
    }),
  );
}
