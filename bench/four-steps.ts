import { rm } from 'node:fs/promises';
import { accepted, defineBinding, defineCapability, defineConnector, defineContract, defineFlow, defineOwner, defineSystem, schema, Type } from 'lineshaft';
import { startEngine, type Engine } from '../src/engine/engine.ts';
import { landscapeFrom } from '../src/model/landscape.ts';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../src/store/store.ts';
import { realClock } from '../src/run/real-clock.ts';

const owner = defineOwner({ name: 'bench', title: 'Bench', mail: 'bench@example.invalid', side: 'it' });
const anything = schema(Type.Object({}));
const connector = defineConnector({
  name: 'in-process',
  title: 'A system in this process that adds one',
  options: anything,
  open: async () => ({ send: async (request: { readonly value: number }) => ({ value: request.value + 1 }), close: async () => undefined }),
});
const adder = defineSystem({ name: 'adder', title: 'Adder', role: 'engagement', owner, owns: ['numbers'], connector, limits: { concurrencyMax: 100_000, rateMax: 10_000_000 } });
const stepIn = schema(Type.Object({ order: Type.String(), value: Type.Number() }));
const stepOut = schema(Type.Object({ value: Type.Number() }));
const add = defineCapability({
  name: 'number.add',
  title: 'Add one',
  owner,
  effect: 'action',
  domain: 'numbers',
  input: stepIn,
  output: stepOut,
  refusal: anything,
  keys: { order: 'order' },
  entity: 'order',
});
const binding = defineBinding({
  capability: add,
  system: adder,
  guarantee: { kind: 'idempotency-key' },
  request: ({ value }) => ({ value }),
  reply: (reply) => accepted(reply),
});
const startShape = schema(Type.Object({ order: Type.String(), value: Type.Number() }));
const start = defineContract({ name: 'bench.start', version: 1, title: 'Start', owner, schema: startShape, keys: { order: 'order' }, examples: [{ order: 'o', value: 1 }] });

/** A flow of four trivial steps; each is an effect whose intent and outcome are durable. */
const fourSteps = defineFlow({
  name: 'four-steps',
  title: 'Four steps',
  owner,
  on: start,
  key: (event) => event.order,
  whenRunning: 'queue',
  async run(flow, event) {
    let value = event.value;
    for (let step = 0; step < 4; step += 1) value = (await flow.call(add, { order: event.order, value })).value;
  },
});

interface Ours {
  run(order: string): Promise<void>;
  readonly engine: Engine;
  close(): Promise<void>;
}

/** Ours, ready to take flows: durable, one transaction per moment, SQLite with synchronous=FULL. */
export async function openOurs(file: string): Promise<Ours> {
  for (const suffix of ['', '-wal', '-shm', '.lock', '-lock', '.journal-1', '.journal-2']) await rm(`${file}${suffix}`, { force: true });
  return oursOn(await openSqliteStore(file));
}

/** The same on any store, which is closed with it. */
export async function oursOn(store: Store): Promise<Ours> {
  const landscape = landscapeFrom([owner, connector, adder, add, binding, start, fourSteps], 'bench');
  const engine = await startEngine({
    store,
    landscape,
    limits: {},
    clock: realClock,
    random: Math.random,
    // The only system's connector takes any options, and its binding's requests.
    connect: async (system) => system.connector.open({} as never, { clock: realClock, random: Math.random, system: system.name, log: () => undefined }),
    messenger: async () => undefined,
    notify: { mail: false, webhook: undefined, publicUrl: '' },
    onBug: (error) => {
      console.error(error);
      process.exit(1);
    },
  });
  const waiting = new Map<string, () => void>();
  const orderOf = new Map<string, string>();
  engine.pipeline.watch((changes) => {
    for (const change of changes) {
      if (change.change === 'run.start') orderOf.set(change.id, change.key);
      if (change.change === 'run.set' && change.status === 'done') {
        const order = orderOf.get(change.id) ?? '';
        orderOf.delete(change.id);
        waiting.get(order)?.();
        waiting.delete(order);
      }
    }
  });
  return {
    engine,
    async run(order) {
      const done = new Promise<void>((resolve) => waiting.set(order, resolve));
      await engine.intake.accept([{ specversion: '1.0', id: order, source: '/bench', type: 'bench.start.v1', data: { order, value: 1 } }], 'bench');
      await done;
    },
    async close() {
      await engine.close();
      await store.close();
    },
  };
}
