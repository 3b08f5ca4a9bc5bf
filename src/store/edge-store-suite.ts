import { Fault } from '../kernel/errors.ts';
import { rejectionOf, type SuiteKit } from '../kernel/suite-kit.ts';
import type { EdgeMemory, EdgeStore, EdgeStoreLimits, KeptCommand, NewEvent } from './edge-store.ts';

/** A fresh, empty store for one test, with the given limits instead of the default ones. */
export interface EdgeStoreSubject {
  readonly store: EdgeMemory;
  /** Closes the store and opens what it left, with the same limits; only where the adapter keeps anything. */
  readonly reopen?: () => Promise<EdgeMemory>;
  dispose(): Promise<void>;
}

type Body = (store: EdgeMemory, reopen: () => Promise<EdgeMemory>) => Promise<void>;
type WithStore = (limits: Partial<EdgeStoreLimits>, body: Body) => () => Promise<void>;

/** What every `EdgeStore` must hold. */
export function edgeStoreSuite(name: string, open: (limits: Partial<EdgeStoreLimits>) => Promise<EdgeStoreSubject>, kit: SuiteKit): void {
  const withStore: WithStore = (limits, body) => async () => {
    const subject = await open(limits);
    try {
      await body(subject.store, subject.reopen ?? (async () => subject.store));
    } finally {
      await subject.dispose();
    }
  };
  kit.describe(`${name} as an edge store`, () => {
    bufferTests(kit, withStore);
    boundTests(kit, withStore);
    repeatTests(kit, withStore);
    orderTests(kit, withStore);
    deskTests(kit, withStore);
    commandTests(kit, withStore);
  });
}

const none: ReadonlyMap<string, string> = new Map();

function event(id: string, over: Partial<NewEvent> = {}): NewEvent {
  return { id, body: '{}', appendedMs: 1_000, ...over };
}

async function ids(store: EdgeMemory, limit = 100): Promise<readonly string[]> {
  return (await store.pending(limit)).map(({ id }) => id);
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  const rejection = await rejectionOf(promise);
  return rejection instanceof Fault ? rejection.code : undefined;
}

function bufferTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  const odd = `"quoted" 'single' 🏭\u0000\n${'x'.repeat(100_000)}`;

  test(
    'states and events are there as they were given, oldest first, also after reopening',
    withStore({}, async (store, reopen) => {
      await store.commit({
        states: new Map([
          ['r1', '{"a":1}'],
          ['r2', odd],
        ]),
        append: [event('a', { body: odd }), event('b', { appendedMs: 2_000 })],
      });
      await store.commit({ states: new Map([['r1', '{"a":2}']]), append: [event(odd)] });
      const again = await reopen();
      expect(await again.states()).toEqual(
        new Map([
          ['r1', '{"a":2}'],
          ['r2', odd],
        ]),
      );
      expect(await again.pending(2)).toEqual([
        { position: 1, id: 'a', body: odd, appendedMs: 1_000 },
        { position: 2, id: 'b', body: '{}', appendedMs: 2_000 },
      ]);
      expect(await ids(again)).toEqual(['a', 'b', odd]);
      expect(await again.depth()).toBe(3);
    }),
  );

  test(
    'acknowledged events leave the buffer, and positions go on',
    withStore({}, async (store, reopen) => {
      await store.commit({ states: none, append: [event('a'), event('b'), event('c')] });
      await store.acknowledge([2]);
      expect([await ids(store), await store.depth(), await store.bytes()]).toEqual([['a', 'c'], 2, 4]);
      await store.acknowledge([1, 1, 2]);
      expect([await ids(store), await store.depth()]).toEqual([['c'], 1]);
      await store.acknowledge([99, 3]);
      expect([await ids(store), await store.depth()]).toEqual([[], 0]);
      const again = await reopen();
      expect(await again.depth()).toBe(0);
      await again.commit({ states: none, append: [event('d')] });
      expect(await again.pending(10)).toMatchObject([{ position: 4, id: 'd' }]);
    }),
  );

  test(
    'a commit of nothing, and an empty store, are fine',
    withStore({}, async (store) => {
      await store.commit({ states: none, append: [] });
      expect([[...(await store.states())], await ids(store), await store.depth(), await store.quarantined(1)]).toEqual([[], [], 0, []]);
    }),
  );

  test(
    'commits under way at once happen in the order of the calls',
    withStore({}, async (store) => {
      const names = Array.from({ length: 20 }, (_, index) => `e${index}`);
      await Promise.all(names.map((name) => store.commit({ states: new Map([['rule', name]]), append: [event(name)] })));
      expect(await ids(store)).toEqual(names);
      expect((await store.states()).get('rule')).toBe('e19');
    }),
  );

  test(
    'a closed store refuses, and closing it again does nothing',
    withStore({}, async (store) => {
      await store.close();
      await store.close();
      expect((await rejectionOf(store.commit({ states: none, append: [event('a')] }))) instanceof Error).toBe(true);
      expect((await rejectionOf(store.pending(1))) instanceof Error).toBe(true);
    }),
  );
}

function commandTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  const command = (id: string, over: Partial<KeptCommand> = {}): KeptCommand => ({
    id,
    signal: 'packer-1.speed',
    open: true,
    writtenMs: undefined,
    atMs: 1_000,
    body: '{}',
    ...over,
  });

  test(
    'a command is known by its id with what is newest of it, also after reopening, and keeps its place and time',
    withStore({}, async (store, reopen) => {
      await store.putCommand(command('a'));
      await store.putCommand(command('b'));
      await store.putCommand(command('a', { open: false, writtenMs: 1_500, atMs: 9_000, body: '{"done":1}' }));
      const again = await reopen();
      expect(await again.command('a')).toEqual(command('a', { open: false, writtenMs: 1_500, body: '{"done":1}' }));
      expect(await again.command('c')).toBe(undefined);
      expect((await again.openCommands()).map(({ id }) => id)).toEqual(['b']);
      expect((await again.commands(10)).map(({ id }) => id)).toEqual(['b', 'a']);
      expect([await again.writesSince('packer-1.speed', 1_499), await again.writesSince('packer-1.speed', 1_500), await again.writesSince('other', 0)]).toEqual([1, 0, 0]);
    }),
  );

  test(
    'of commands that have ended the newest are kept, and those that have not all',
    withStore({ commandsMax: 2 }, async (store) => {
      await store.putCommand(command('open'));
      for (const id of ['a', 'b', 'c']) await store.putCommand(command(id, { open: false }));
      expect((await store.commands(10)).map(({ id }) => id)).toEqual(['c', 'b', 'open']);
    }),
  );
}

function boundTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  test(
    'a commit beyond the depth is refused whole, states too, and taken once there is room',
    withStore({ depthMax: 3 }, async (store, reopen) => {
      await store.commit({ states: none, append: [event('a'), event('b')] });
      const tooMuch = { states: new Map([['rule', 'x']]), append: [event('c'), event('d')] };
      expect(await codeOf(store.commit(tooMuch))).toBe('OVERLOADED');
      expect([await ids(store), await store.depth(), [...(await store.states())]]).toEqual([['a', 'b'], 2, []]);
      const again = await reopen();
      expect(await codeOf(again.commit(tooMuch))).toBe('OVERLOADED');
      await again.acknowledge([1]);
      await again.commit(tooMuch);
      expect([await ids(again), await again.depth()]).toEqual([['b', 'c', 'd'], 3]);
    }),
  );

  test(
    'bodies are bounded in bytes of UTF-8, and what was acknowledged counts no more',
    withStore({ bytesMax: 10 }, async (store, reopen) => {
      await store.commit({ states: none, append: [event('a', { body: 'ää' }), event('b', { body: 'xxxxxx' })] });
      expect(await codeOf(store.commit({ states: none, append: [event('c', { body: 'x' })] }))).toBe('OVERLOADED');
      await store.acknowledge([1]);
      expect(await codeOf(store.commit({ states: none, append: [event('c', { body: 'xxxxx' })] }))).toBe('OVERLOADED');
      const again = await reopen();
      await again.commit({ states: none, append: [event('c', { body: 'xxxx' })] });
      expect(await ids(again)).toEqual(['b', 'c']);
    }),
  );

  test(
    'a full buffer still takes states and repeats',
    withStore({ depthMax: 1, bytesMax: 2 }, async (store) => {
      await store.commit({ states: none, append: [event('a')] });
      await store.commit({ states: new Map([['rule', 'x']]), append: [event('a')] });
      expect([await ids(store), (await store.states()).get('rule')]).toEqual([['a'], 'x']);
    }),
  );
}

function repeatTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  test(
    'an id is appended once: within a commit, while it waits, after it was acknowledged, after reopening',
    withStore({}, async (store, reopen) => {
      await store.commit({ states: none, append: [event('a'), event('a', { body: 'other' })] });
      await store.commit({ states: none, append: [event('a'), event('b')] });
      expect(await store.pending(10)).toMatchObject([
        { position: 1, id: 'a', body: '{}' },
        { position: 2, id: 'b' },
      ]);
      await store.acknowledge([1, 2]);
      await store.commit({ states: none, append: [event('b')] });
      const again = await reopen();
      await again.commit({ states: none, append: [event('a'), event('c')] });
      expect(await ids(again)).toEqual(['c']);
    }),
  );

  test(
    'an acknowledged id is forgotten after its time, not before; one that still waits is not',
    withStore({ idsKeptMs: 100 }, async (store) => {
      await store.commit({ states: none, append: [event('gone', { appendedMs: 1_000 }), event('waits', { appendedMs: 1_000 })] });
      await store.acknowledge([1]);
      await store.commit({ states: none, append: [event('b', { appendedMs: 1_100 })] });
      await store.commit({ states: none, append: [event('gone', { appendedMs: 1_100 })] });
      expect(await ids(store)).toEqual(['waits', 'b']);
      await store.commit({ states: none, append: [event('c', { appendedMs: 1_101 })] });
      await store.commit({ states: none, append: [event('gone', { appendedMs: 1_101 }), event('waits', { appendedMs: 1_101 })] });
      expect(await ids(store)).toEqual(['waits', 'b', 'c', 'gone']);
    }),
  );

  test(
    'of acknowledged ids the newest are kept',
    withStore({ idsMax: 3 }, async (store) => {
      for (const [index, id] of ['a', 'b', 'c', 'd', 'e'].entries()) {
        await store.commit({ states: none, append: [event(id)] });
        await store.acknowledge([index + 1]);
      }
      await store.commit({ states: none, append: [event('c'), event('d'), event('e')] });
      expect(await ids(store)).toEqual([]);
      await store.commit({ states: none, append: [event('b')] });
      expect(await store.pending(10)).toMatchObject([{ position: 6, id: 'b' }]);
    }),
  );
}

function orderTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  const ahead = async (store: EdgeStore, after: number, limit = 100): Promise<readonly string[]> => (await store.ahead(after, limit)).map(({ id }) => id);

  test(
    'what is urgent goes first, then what is fresh, and what may wait does not overtake',
    withStore({}, async (store, reopen) => {
      const append = [event('old', { keys: ['1'] }), event('urgent', { keys: ['2'], rank: 0 }), event('fresh', { keys: ['3'] }), event('bulk', { keys: ['4'], rank: 2 })];
      await store.commit({ states: none, append });
      expect([await ahead(store, 2), await ahead(store, 3), await store.newest()]).toEqual([['urgent', 'fresh'], ['urgent'], 4]);
      const again = await reopen();
      expect([await ahead(again, 2), await again.newest()]).toEqual([['urgent', 'fresh'], 4]);
      await again.acknowledge([2, 3]);
      expect(await ahead(again, 2)).toEqual([]);
    }),
  );

  test(
    'an event overtakes none that it shares a key with, directly or by way of others',
    withStore({}, async (store, reopen) => {
      await store.commit({
        states: none,
        append: [event('a', { keys: ['order 1', 'packer'] }), event('b', { keys: ['order 2', 'sealer'], rank: 2 }), event('c', { keys: ['order 3'] })],
      });
      await store.commit({ states: none, append: [event('d', { keys: ['sealer', 'packer'] }), event('e', { keys: ['order 4'] })] });
      const again = await reopen();
      await again.commit({ states: none, append: [event('f', { keys: ['order 2'], rank: 0 })] });
      expect(await ahead(again, 99)).toEqual(['a', 'b', 'd', 'f']);
      expect(await ahead(again, 4)).toEqual(['a', 'b', 'd', 'f', 'e']);
      await again.acknowledge([1, 2, 4, 6]);
      await again.commit({ states: none, append: [event('g', { keys: ['packer', 'order 3'] })] });
      expect(await ahead(again, 6)).toEqual(['c', 'g']);
    }),
  );

  test(
    'events without keys share one, and stay behind each other',
    withStore({}, async (store) => {
      await store.commit({ states: none, append: [event('a'), event('b', { keys: ['1'] }), event('c', { rank: 0 })] });
      expect(await ahead(store, 99)).toEqual(['a', 'c']);
    }),
  );

  test(
    'a long line before one event holds up no other, and keeps its own order',
    withStore({}, async (store) => {
      const line = Array.from({ length: 20 }, (_, index) => event(`line${index}`, { keys: ['line'] }));
      await store.commit({ states: none, append: [...line, event('line', { keys: ['line'] }), event('other', { keys: ['other'] })] });
      expect(await ahead(store, 20, 4)).toEqual(['line0', 'line1', 'other']);
    }),
  );
}

function deskTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  test(
    'quarantine counts repeats of one address and reason, and the ones seen longest ago make room',
    withStore({ quarantineMax: 2 }, async (store, reopen) => {
      const put = (atMs: number, address: string, reason = 'r'): Promise<void> => store.quarantine({ address, reason, raw: `raw ${atMs}`, atMs });
      await put(1, 'x');
      await put(2, 'y');
      await put(3, 'x');
      await put(4, 'z');
      const again = await reopen();
      expect(await again.quarantined(10)).toEqual([
        { address: 'z', reason: 'r', raw: 'raw 4', firstMs: 4, lastMs: 4, count: 1 },
        { address: 'x', reason: 'r', raw: 'raw 3', firstMs: 1, lastMs: 3, count: 2 },
      ]);
      expect((await again.quarantined(1)).map(({ address }) => address)).toEqual(['z']);
      await again.quarantine({ address: 'z', reason: 'other', raw: '', atMs: 5 });
      expect((await again.quarantined(10)).map(({ address, reason }) => `${address} ${reason}`)).toEqual(['z other', 'z r']);
    }),
  );

  test(
    'a gap is kept once, and the oldest make room',
    withStore({ gapsMax: 2 }, async (store, reopen) => {
      const gap = (address: string, afterMs: number, atMs = 9) => ({ source: 's', address, afterMs, beforeMs: afterMs + 5, reason: 'r', atMs });
      await store.addGaps([gap('a', 1), gap('b', 1)]);
      await store.addGaps([gap('a', 1, 10)]);
      expect(await store.gaps(10)).toEqual({ kept: 2, newest: [gap('b', 1), gap('a', 1)] });
      await store.addGaps([gap('a', 2), gap('a', 2)]);
      const again = await reopen();
      expect(await again.gaps(1)).toEqual({ kept: 2, newest: [gap('a', 2)] });
      expect((await again.gaps(10)).newest.length).toBe(2);
    }),
  );

  test(
    'what was heard is known, and what of it may be missing stays so until a gap or a word ends it, also after reopening',
    withStore({}, async (store, reopen) => {
      const place = (address: string) => ({ source: 'opc', address });
      const known = (address: string) => ({ ...place(address), firstMs: 1 });
      const open = (address: string, sinceMs: number) => ({ ...place(address), sinceMs, reason: 'away' });
      const gap = (address: string, more: object = {}) => ({ ...place(address), afterMs: 5, beforeMs: 9, reason: 'away', atMs: 9, ...more });
      await store.hear({ heard: [known('a'), known('b'), known('c'), known('d')] });
      await store.hear({ heard: [{ ...known('a'), firstMs: 7 }], missing: [open('a', 5), open('b', 5), open('c', 5), open('d', 5), open('never heard', 5)] });
      await store.hear({ missing: [open('a', 8)], whole: [place('b')] });
      await store.addGaps([gap('c'), gap('d', { endsParking: 6 })]);
      const again = await reopen();
      const missing = { sinceMs: 5, reason: 'away' };
      expect((await again.heard()).toSorted((left, right) => left.address.localeCompare(right.address))).toEqual([
        { ...known('a'), missing },
        known('b'),
        known('c'),
        { ...known('d'), missing },
      ]);
    }),
  );

  test(
    'what is parked stays so until a gap ends it, which a gap of a parking before it does not',
    withStore({}, async (store, reopen) => {
      const span = (address: string, sinceMs: number, afterMs: number) => ({ source: 's', address, sinceMs, afterMs });
      const gap = (address: string, endsParking?: number) => ({ source: 's', address, afterMs: 1, beforeMs: 5, reason: 'r', atMs: 9, endsParking });
      await store.park([span('a', 10, 1), span('b', 10, 2), span('c', 10, 3)]);
      await store.park([span('c', 30, 25)]);
      await store.addGaps([gap('a'), gap('b', 20), gap('c', 20)]);
      const again = await reopen();
      expect((await again.parked()).toSorted((left, right) => left.afterMs - right.afterMs)).toEqual([span('a', 10, 1), span('c', 30, 3)]);
      expect((await again.gaps(10)).kept).toBe(3);
    }),
  );

  test(
    'a note is kept until it is written again',
    withStore({}, async (store, reopen) => {
      expect(await store.note('host')).toBe(undefined);
      await store.setNote('host', 'one');
      await store.setNote('host', 'two');
      await store.setNote('other', '');
      const again = await reopen();
      expect([await again.note('host'), await again.note('other')]).toEqual(['two', '']);
    }),
  );
}
