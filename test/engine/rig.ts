import {
  accepted,
  defineBinding,
  defineCapability,
  defineConnector,
  defineContract,
  defineOwner,
  defineSystem,
  Fault,
  refused,
  schema,
  Type,
  type Guarantee,
  type SendContext,
} from 'lineshaft';
import { startEngine, type Engine, type EngineParts } from '../../src/engine/engine.ts';
import { withOwn } from '../../src/engine/releases/load.ts';
import type { Watch } from '../../src/engine/watch/watch.ts';
import type { Definition } from '../../src/model/definition.ts';
import { virtualClock, type VirtualClock } from '../../src/kernel/virtual-clock.ts';
import { eventType, type Contract } from '../../src/model/contract.ts';
import type { System } from '../../src/model/system.ts';
import { memoryStore } from '../../src/store/memory/memory-store.ts';
import type { NoticeRecord, Store } from '../../src/store/store.ts';

/** What a write at the other side is like. */
export interface Write {
  readonly op: 'write' | 'read';
  readonly system: string;
  readonly capability: string;
  readonly key: string;
  readonly entity: string;
  readonly value: string;
  readonly revision: number;
}

/** What the other side really committed. */
export interface Entry extends Write {
  readonly atMs: number;
}

/** How the other side treats the next write. */
export type Mood =
  | 'takes it'
  | 'takes it slowly'
  | 'never answers'
  | 'refuses'
  | 'is unreachable'
  | 'is busy'
  | 'says slowly that it is busy'
  | 'commits and does not answer'
  | 'commits late and does not answer'
  | 'commits too late and does not answer'
  | 'answers and does nothing'
  | 'asks first'
  | 'answers null and does nothing'
  | 'answers nonsense'
  | 'answers a number for a text'
  | 'neither commits nor answers';

export const owner = defineOwner({ name: 'planning', title: 'Planning', mail: 'planning@example.invalid', side: 'it' });
const nothing = schema(Type.Object({}));
const input = schema(Type.Object({ order: Type.String(), value: Type.String() }));
const output = schema(Type.Object({ stored: Type.String() }));
const refusal = schema(Type.Object({ code: Type.String() }));
const eventShape = schema(Type.Object({ order: Type.String(), note: Type.String() }));
export const settleMs = 5_000;
export const lateMs = 3_000;
/** Later than any binding declares. */
export const tooLateMs = 9_000;
/** Within the time that is waited for an answer. */
export const slowMs = 1_500;

export const begun = defineContract({ name: 'order.begun', version: 1, title: 'Begun', owner, schema: eventShape, keys: { order: 'order' }, examples: [] });
export const cleared = defineContract({ name: 'order.cleared', version: 1, title: 'Cleared', owner, schema: eventShape, keys: { order: 'order' }, examples: [] });

/** A world of three systems with a ledger each, whose moods a test sets. */
export function otherSide(more: Readonly<Partial<Record<'cmms' | 'tms' | 'dumb', Pick<System, 'touches' | 'modes' | 'buffer'>>>> = {}) {
  const ledger: Entry[] = [];
  const sent: Entry[] = [];
  const moods = new Map<string, Mood[]>();
  const stale = new Map<string, number>();
  const lags = new Map<string, number>();
  const liars = new Set<string>();
  let clock: VirtualClock;

  function mood(system: string): Mood {
    const queue = moods.get(system) ?? [];
    return (queue.length > 1 ? queue.shift() : queue[0]) ?? 'takes it';
  }

  /** The TMS knows idempotency keys. */
  function commit(entry: Entry): void {
    if (!(entry.system === 'tms' && ledger.some(({ key }) => key === entry.key))) ledger.push({ ...entry, atMs: clock.now() });
  }

  async function send(request: Write, { accepted: consents = [] }: SendContext): Promise<{ readonly status: number; readonly stored: string | undefined }> {
    const entry: Entry = { ...request, atMs: clock.now() };
    if (request.op === 'read') {
      if (moods.get(request.system)?.[0] === 'is unreachable' && mood(request.system)) throw new Fault('SYSTEM_UNREACHABLE', 'down');
      const left = stale.get(request.system) ?? 0;
      stale.set(request.system, left - 1);
      if (liars.has(request.system)) return { status: 200, stored: request.value };
      const seenMs = clock.now() - (lags.get(request.system) ?? 0);
      const found = left > 0 ? undefined : ledger.find(({ key, atMs }) => key === request.key && atMs <= seenMs);
      return { status: found ? 200 : 404, stored: found?.value };
    }
    sent.push(entry);
    const answer = { status: 200, stored: request.value };
    switch (mood(request.system)) {
      case 'takes it':
        commit(entry);
        return answer;
      case 'takes it slowly':
        ledger.push(entry);
        return new Promise((resolve) => clock.at(clock.now() + slowMs, () => resolve(answer)));
      case 'never answers':
        return new Promise(() => undefined);
      case 'refuses':
        return { status: 422, stored: undefined };
      case 'is unreachable':
        throw new Fault('SYSTEM_UNREACHABLE', 'connection refused');
      case 'is busy':
        throw new Fault('SYSTEM_BUSY', 'wait', { retryAfterMs: 2_500 });
      case 'says slowly that it is busy':
        return new Promise((_, reject) => clock.at(clock.now() + slowMs, () => reject(new Fault('SYSTEM_BUSY', 'wait', { retryAfterMs: 2_500 }))));
      case 'commits and does not answer':
        commit(entry);
        throw new Fault('OUTCOME_UNKNOWN', 'timeout');
      case 'commits late and does not answer':
        clock.at(clock.now() + lateMs, () => commit(entry));
        throw new Fault('OUTCOME_UNKNOWN', 'timeout');
      case 'commits too late and does not answer':
        clock.at(clock.now() + tooLateMs, () => commit(entry));
        throw new Fault('OUTCOME_UNKNOWN', 'timeout');
      case 'answers and does nothing':
        return answer;
      case 'asks first':
        if (!consents.includes('late-hour')) throw new Fault('CONSENT_NEEDED', 'It is late. Go on?', { question: 'late-hour' });
        ledger.push(entry);
        return answer;
      case 'answers null and does nothing':
        return { status: 200, stored: undefined };
      case 'answers nonsense':
        commit(entry);
        return { status: 200, stored: undefined };
      case 'answers a number for a text':
        ledger.push(entry);
        // What a changed API sends is not what the types say.
        return { status: 200, stored: 7 as unknown as string };
      case 'neither commits nor answers':
        throw new Fault('OUTCOME_UNKNOWN', 'timeout');
    }
  }

  const connector = defineConnector({ name: 'other-side', title: 'Other side', options: nothing, open: async () => ({ send, close: async () => undefined }) });
  const limits = { concurrencyMax: 4, rateMax: 1_000, retryFirst: '1s', retryMax: '4s', failuresMax: 3, timeout: '2s', patience: '10m' } as const;
  const erp = defineSystem({ name: 'erp', title: 'ERP', role: 'record', owner, owns: ['orders'], connector, limits });
  const cmms = defineSystem({ name: 'cmms', title: 'CMMS', role: 'engagement', owner, owns: ['work-requests'], connector, limits, ...more.cmms });
  const tms = defineSystem({ name: 'tms', title: 'TMS', role: 'engagement', owner, owns: ['appointments'], connector, limits, ...more.tms });
  const dumb = defineSystem({ name: 'dumb', title: 'Old system', role: 'engagement', owner, owns: ['labels'], connector, limits, ...more.dumb });

  function capability(name: string, domain: string) {
    return defineCapability({ name, title: name, owner, effect: 'action', domain, input, output, refusal, keys: { order: 'order' }, entity: 'order' });
  }
  const revise = capability('order.revise', 'orders');
  const request = capability('work.request', 'work-requests');
  const move = capability('window.move', 'appointments');
  const label = capability('label.print', 'labels');

  type Action = typeof revise;
  type Reply = { readonly status: number; readonly stored: string | undefined };
  function bound(of: Action, system: typeof erp, guarantee: Guarantee<{ order: string; value: string }, { stored: string }, { code: string }, Write, Reply>) {
    return defineBinding({
      capability: of,
      system,
      guarantee,
      request: ({ order, value }, { key, revision }): Write => ({ op: 'write', system: system.name, capability: of.name, key, entity: order, value, revision }),
      reply({ status, stored }) {
        if (status === 422) return refused({ code: 'NO' });
        if (stored === undefined) throw new Error('the answer has no "stored"');
        return accepted({ stored });
      },
    });
  }
  function readBack(of: Action, system: typeof erp, confirms = false): Guarantee<{ order: string; value: string }, { stored: string }, { code: string }, Write, Reply> {
    return {
      kind: 'read-back',
      settlesWithin: '5s',
      conditional: false,
      confirms,
      request: ({ order, value }, { key, revision }) => ({ op: 'read', system: system.name, capability: of.name, key, entity: order, value, revision }),
      found: ({ stored }) => (stored === undefined ? 'absent' : accepted({ stored })),
    };
  }
  const definitions = [
    owner,
    connector,
    erp,
    cmms,
    tms,
    dumb,
    revise,
    request,
    move,
    label,
    begun,
    cleared,
    bound(revise, erp, readBack(revise, erp, true)),
    bound(request, cmms, readBack(request, cmms)),
    bound(move, tms, { kind: 'idempotency-key' }),
    bound(label, dumb, { kind: 'none' }),
  ];
  return {
    ledger,
    sent,
    definitions,
    capabilities: { revise, request, move, label },
    connector,
    /** The moods of the next writes; the last one stays. */
    set: (system: string, ...next: Mood[]) => void moods.set(system, next),
    /** The next reads do not see what was committed. */
    blind: (system: string, reads: number) => void stale.set(system, reads),
    /** Reads see what was committed only after this time, milliseconds. */
    lag: (system: string, ms: number) => void lags.set(system, ms),
    /** Reads say that it is there, whatever is asked for. */
    lie: (system: string) => void liars.add(system),
    use: (given: VirtualClock) => {
      clock = given;
    },
    of: (system: string) => ledger.filter((entry) => entry.system === system).map(({ value }) => value),
  };
}

/** What a hub has, and what runs of it are on still. */
type Landscapes = Pick<EngineParts, 'landscape' | 'earlier'>;

/** An engine over a world, which can be killed and started again on the same store. */
export async function rig(
  world: ReturnType<typeof otherSide>,
  flows: readonly Definition[],
  more: Pick<EngineParts, 'graceMs' | 'keep' | 'redeliveryMs'> & {
    readonly store?: Store;
    readonly watch?: () => Watch;
    readonly release?: () => string;
    readonly landscapes?: () => Landscapes;
    /** Instead of the world's own. */
    readonly send?: (request: Write, context: SendContext) => Promise<unknown>;
  } = {},
) {
  const clock = virtualClock(1_000_000, settle);
  world.use(clock);
  const { store = memoryStore() } = more;
  const mails: NoticeRecord[] = [];
  const bugs: unknown[] = [];
  let alive = { cut: false };
  let engine: Engine;

  async function start(): Promise<void> {
    const life = { cut: false };
    alive = life;
    engine = await startEngine({
      store: mortal(store, life),
      ...(more.landscapes?.() ?? { landscape: withOwn([...world.definitions, ...flows], more.release?.() ?? 'r1') }),
      limits: {},
      clock: {
        now: clock.now,
        steady: clock.steady,
        at: (atMs, fire) => clock.at(atMs, () => (life.cut ? undefined : fire())),
        after: (ms, fire) => clock.after(ms, () => (life.cut ? undefined : fire())),
      },
      random: () => 0.5,
      connect: async () => {
        const open = await world.connector.open({}, { clock, random: () => 0.5, system: 'test', log: () => undefined });
        // A dead process neither sends nor hears. Requests here are the world's own.
        const send = more.send ?? open.send;
        return { close: open.close, send: async (request: unknown, context) => (life.cut ? new Promise<never>(() => undefined) : send(request as Write, context)) };
      },
      messenger: async (notice) => void mails.push(notice),
      notify: { mail: true, webhook: undefined, publicUrl: 'http://hub.invalid' },
      onBug: (error) => void bugs.push(error),
      ...(more.graceMs !== undefined && { graceMs: more.graceMs }),
      ...(more.keep && { keep: more.keep }),
      ...(more.redeliveryMs !== undefined && { redeliveryMs: more.redeliveryMs }),
      ...(more.watch && { watch: more.watch() }),
    });
    await settle();
  }

  await start();
  return {
    clock,
    store,
    mails,
    bugs,
    engine: () => engine,
    async send(contract: Contract, order: string, id: string, note = '') {
      const taken = await engine.intake.accept([{ specversion: '1.0', id, source: '/edge', type: eventType(contract), data: { order, note } }], 'edge');
      await settle();
      return taken;
    },
    settle,
    /** Kills the engine: nothing of it happens any more; then starts another on what was committed. */
    async killAndRestart() {
      alive.cut = true;
      await settle();
      await start();
    },
    kill() {
      alive.cut = true;
    },
    restart: start,
  };
}

/** The store as a process sees it that can be killed: after the cut nothing of it is written or answered. */
function mortal(store: Store, life: { readonly cut: boolean }): Store {
  return { ...store, commit: async (changes) => (life.cut ? new Promise<never>(() => undefined) : store.commit(changes)) };
}

export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
