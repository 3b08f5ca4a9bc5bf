// How many changes a second the hub's store commits, and how long one change alone takes: on SQLite, or on the PostgreSQL that is given.
// node bench/store.ts [--seconds 3] [--dir DIR] [--postgres "$(scripts/services.sh start postgres)"]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/kernel/seeded-random.ts';
import { realClock } from '../src/run/real-clock.ts';
import { openPostgresStore } from '../src/store/postgres/postgres-store.ts';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import type { Change, Store } from '../src/store/store.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '3' }, dir: { type: 'string', default: tmpdir() }, postgres: { type: 'string' } } });
const seconds = Number(values.seconds);
const changesPerFlow = 11;

/** One flow as the engine records it: its event, run and four steps, three of them effects. */
function flowChanges(number: number, random: () => number): readonly Change[] {
  const order = `PO-${Math.floor(random() * 5_000)}`;
  const keys = { order, item: `SKU-${Math.floor(random() * 300)}`, line: `line-${Math.floor(random() * 20)}` };
  const atMs = 1_763_000_000_000 + number;
  const run = `run${number.toString(16).padStart(29, '0')}`;
  const steps = [0, 1, 2, 3].flatMap((step): readonly Change[] => {
    const isEffect = step > 0;
    const id = `production-order.revise:${step}`;
    return [
      {
        change: 'step.add',
        run,
        id,
        kind: isEffect ? 'effect' : 'decide',
        mode: isEffect ? 'call' : 'none',
        name: 'production-order.revise',
        issue: step * 2,
        done: undefined,
        status: 'open',
        input: `{"order":"${order}","quantity":${Math.floor(random() * 1_000)},"by":"2026-11-22T10:00:00Z"}`,
        output: undefined,
        issuedMs: atMs,
        endedMs: undefined,
        dueMs: undefined,
        system: isEffect ? 'erp' : undefined,
        entity: isEffect ? order : undefined,
        attempts: 0,
        history: '[]',
      },
      {
        change: 'step.set',
        run,
        id,
        status: 'done',
        done: step * 2 + 1,
        output: '{"ok":true,"value":{"revision":3,"before":{"quantity":80}}}',
        endedMs: atMs + 20,
        attempts: 1,
        history: `[{"at":${atMs},"did":"sent","status":200}]`,
      },
    ];
  });
  return [
    {
      change: 'event.append',
      source: 'urn:edge:bremen',
      id: `event${number.toString(16).padStart(27, '0')}`,
      type: 'production.variance.detected.v1',
      timeMs: atMs,
      receivedMs: atMs + 5,
      keys,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      principal: 'edge:bremen',
      data: `{"order":"${order}","item":"${keys.item}","quantityAtRisk":"120","etaShiftMin":45,"window":{"fromMs":${atMs},"toMs":${atMs},"samples":30,"value":55.2}}`,
    },
    {
      change: 'run.start',
      id: run,
      flow: 'packaging-bottleneck',
      key: order,
      position: number + 1,
      status: 'active',
      release: 'abcdef0123456789abcdef0123456789',
      protocol: 1,
      startedMs: atMs,
      endedMs: undefined,
      reason: undefined,
      keys: { order, line: keys.line },
    },
    ...steps,
    { change: 'run.set', id: run, status: 'done', endedMs: atMs + 100, reason: undefined },
  ];
}

/** The changes of whole flows one after the other, cut into batches that each move the router's cursor, as the engine's do. */
function batchSource(size: number): () => readonly Change[] {
  const random = seededRandom(4711);
  let rest: readonly Change[] = [];
  let flow = 0;
  return () => {
    const changes = [...rest];
    while (changes.length < size) changes.push(...flowChanges(flow++, random));
    rest = changes.slice(size);
    return size === 1 ? changes.slice(0, 1) : [...changes.slice(0, size), { change: 'cursor.set', name: 'routing', position: flow }];
  };
}

interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly cpuUs: number;
}

async function measure(store: Store, size: number): Promise<Measured> {
  const next = batchSource(size);
  const preparedMax = Math.max(1, Math.floor(50_000 / size));
  const times: number[] = [];
  let changes = 0;
  let spentMs = 0;
  let cpuUs = 0;
  while (spentMs < seconds * 1_000) {
    const prepared = Array.from({ length: preparedMax }, next);
    const cpu = process.cpuUsage();
    for (const batch of prepared) {
      const start = performance.now();
      const results = await store.commit(batch);
      const ms = performance.now() - start;
      if (results.length !== batch.length) throw new Error('a result is missing');
      times.push(ms);
      spentMs += ms;
      changes += batch.length;
    }
    const used = process.cpuUsage(cpu);
    cpuUs += used.user + used.system;
  }
  times.sort((a, b) => a - b);
  return { perSecond: (changes / spentMs) * 1_000, p50Ms: times[Math.floor(times.length / 2)] ?? 0, cpuUs: cpuUs / changes };
}

console.log(`${'batch'.padStart(6)} ${'changes/s'.padStart(10)} ${'flows/s'.padStart(8)} ${'commit p50 ms'.padStart(14)} ${'CPU µs/change'.padStart(14)}`);
for (const size of [1, 16, 256, 512, 1024]) {
  const directory = await mkdtemp(join(values.dir, 'lineshaft-bench-'));
  const schema = `bench_${process.pid}_${size}`;
  const store = await (values.postgres === undefined
    ? openSqliteStore(join(directory, 'hub.db'))
    : openPostgresStore({ url: values.postgres, schema, hub: 'bench', clock: realClock }));
  try {
    const { perSecond, p50Ms, cpuUs } = await measure(store, size);
    console.log(
      `${String(size).padStart(6)} ${perSecond.toFixed(0).padStart(10)} ${(perSecond / changesPerFlow).toFixed(0).padStart(8)} ${p50Ms.toFixed(3).padStart(14)} ${cpuUs.toFixed(1).padStart(14)}`,
    );
  } finally {
    await store.close();
    await rm(directory, { recursive: true });
  }
}
