// What every counterpart stands on: its world, tables, ledger, faults and webhooks, and the one way to commit.
import { faultsOf } from './fault.ts';
import type { Faults } from './fault.ts';
import type { FaultKind } from './fault-rule.ts';
import { ledgerOf } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { stateOfTables, transact } from './state.ts';
import type { State, Transaction } from './state.ts';
import { timersOf } from './timers.ts';
import type { Timers } from './timers.ts';
import { webhooksOf } from './webhook.ts';
import type { WebhookEvent, Webhooks } from './webhook.ts';
import { worldFrom } from './world.ts';
import type { World, WorldOverrides } from './world.ts';

export interface Frame {
  readonly name: string;
  readonly world: World;
  readonly state: State;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly timers: Timers;
  /** Runs `work` at once as one transaction: its writes, ledger entries and events all happen, or none does. */
  act<T>(origin: Origin, work: (act: Act) => T): T;
  /** Calls `fill` for the first world and after each reset. */
  onWorld(fill: (world: World, tx: Transaction) => void): void;
  reset(seed: number, epochMs: number, overrides?: WorldOverrides): void;
}

/** Who acts, on whose behalf, and how the faults in force bend it. */
export interface Origin {
  readonly principal: string;
  readonly idempotencyKey?: string;
  readonly reference?: string;
  readonly revision?: number;
  readonly traceparent?: string;
  /** Answer as if committed, commit nothing. */
  readonly dry?: boolean;
  readonly staleMs?: number;
}

export interface Act {
  readonly tx: Transaction;
  readonly principal: string;
  /** Wall-clock time of the act, ISO 8601 UTC. */
  readonly at: string;
  record(entry: {
    readonly type: string;
    readonly key: string;
    readonly keys?: readonly (string | undefined)[];
    readonly revision?: number;
    readonly data: Record<string, unknown>;
  }): void;
  publish(event: WebhookEvent): void;
  /** Runs after the commit, and only then. */
  after(work: () => void): void;
}

export function frameOf(name: string, seed: number, epochMs: number, kinds?: readonly FaultKind[]): Frame {
  const state = stateOfTables();
  const ledger = ledgerOf(name);
  const faults = faultsOf(seed, kinds);
  const webhooks = webhooksOf(name, faults);
  const timers = timersOf();
  const fills: ((world: World, tx: Transaction) => void)[] = [];
  let world = worldFrom(seed, epochMs);
  const fillWith = (fill: (world: World, tx: Transaction) => void) => transact({ atMs: Number.NEGATIVE_INFINITY }, (tx) => fill(world, tx));
  return {
    name,
    state,
    ledger,
    faults,
    webhooks,
    timers,
    get world() {
      return world;
    },
    act: (origin, work) => actIn(ledger, webhooks, origin, work),
    onWorld(fill) {
      fills.push(fill);
      fillWith(fill);
    },
    reset(nextSeed, nextEpochMs, overrides) {
      world = worldFrom(nextSeed, nextEpochMs, overrides);
      timers.clear();
      webhooks.reset();
      faults.clear();
      faults.reseed(nextSeed);
      ledger.clear();
      state.clear();
      fills.forEach(fillWith);
    },
  };
}

function actIn<T>(ledger: Ledger, webhooks: Webhooks, origin: Origin, work: (act: Act) => T): T {
  const atMs = Date.now();
  const { principal, idempotencyKey, reference, revision, traceparent, dry = false, staleMs = 0 } = origin;
  const facts = {
    principal,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(reference === undefined ? {} : { reference }),
    ...(revision === undefined ? {} : { revision }),
  };
  const afterwards: (() => void)[] = [];
  const result = transact({ atMs, dry, ...(staleMs > 0 ? { asOfMs: atMs - staleMs } : {}) }, (tx) =>
    work({
      tx,
      principal,
      at: new Date(atMs).toISOString(),
      record({ type, key, keys = [], data, ...own }) {
        const all = [...new Set([key, ...keys.filter((one) => one !== undefined)])];
        const entry = { atMs, type, key, keys: all, ...facts, ...own, data: traceparent === undefined ? data : { ...data, _trace: traceparent } };
        afterwards.push(() => ledger.append(entry));
      },
      publish: (event) => afterwards.push(() => webhooks.publish(event)),
      after: (step) => afterwards.push(step),
    }),
  );
  if (!dry) for (const step of afterwards) step();
  return result;
}
