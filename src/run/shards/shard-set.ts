import { shardRoutes } from '../../api/hub-api.ts';
import type { Route } from '../../api/route.ts';
import type { Engine } from '../../engine/engine.ts';
import { carrier } from '../../engine/shards/carrier.ts';
import { engineShard } from '../../engine/shards/engine-shard.ts';
import { parcelsOf } from '../../engine/shards/hand-over.ts';
import { noWatch, runOfStep, type Watch } from '../../engine/watch/watch.ts';
import { Fault } from '../../kernel/errors.ts';
import { openPostgresStore } from '../../store/postgres/postgres-store.ts';
import type { Look, ShardRoll } from '../../store/postgres/shard-roll.ts';
import type { Store } from '../../store/store.ts';
import { leaseMsOf } from '../environment.ts';
import { engineOn, type WorkParts } from '../hub-engine.ts';
import { realClock } from '../real-clock.ts';
import { shareStep } from './share.ts';

/** A shard that this hub holds. */
export interface OwnShard {
  readonly engine: Engine;
  readonly routes: readonly Route[];
  /** For how much longer this hub's lease on it runs, in milliseconds. */
  heldForMs(): number;
  /** Something was put into its inbox. */
  wake(): void;
  close(): Promise<void>;
}

/** The shards that this hub holds now: as many as are its share. */
export interface ShardSet {
  readonly held: ReadonlyMap<number, OwnShard>;
  /** Letters in the fullest inbox of all shards, as it was seen last. */
  waiting(): number;
  /** Takes this hub's share, once. */
  settle(): Promise<void>;
  /** From now on its share is looked after, twice a second, and others reach this hub there. */
  start(address: string): void;
  /** Lets all go. */
  close(): Promise<void>;
}

export interface ShardSetParts extends WorkParts {
  readonly url: string;
  readonly hubId: string;
  readonly roll: ShardRoll;
  /** An engine has begun to work. */
  readonly onHeld: (engine: Engine) => void;
}

const lookMs = 500;

export function shardSet(parts: ShardSetParts): ShardSet {
  const { options, environment, landscape, roll, url } = parts;
  const { log, onBug, onTakenOver = onBug } = options;
  const held = new Map<number, OwnShard>();
  let watch: Watch | undefined;
  let looking: Promise<void> = Promise.resolve();
  let settling: Promise<void> | undefined;
  let waiting = 0;
  let closed = false;
  let cancel = (): void => undefined;

  /** What the process before this one left is looked at in the shards that are taken first: others were meanwhile another hub's. */
  async function watchOver(store: Store, isFirst: boolean): Promise<Watch> {
    if (held.size > 0 && !isFirst) return watch ? { ...watch, alert: false, convictions: [] } : noWatch;
    watch ??= parts.watch();
    const { convictions } = watch;
    const own = await Promise.all(
      convictions.map(async ({ subject: { kind, key } }) =>
        kind === 'run' || kind === 'effect' ? (await store.run(runOfStep(key))) !== undefined : kind === 'key' || held.size === 0,
      ),
    );
    return { ...watch, convictions: convictions.filter((_conviction, index) => own[index]) };
  }

  async function take(number: number, isFirst: boolean): Promise<void> {
    await using opened = new AsyncDisposableStack();
    const shard = engineShard(number, roll.shards);
    /** Shards that something was put into since the last commit. */
    const told = new Set<number>();
    const store = await openPostgresStore({
      url,
      schema: roll.schemaOf(number),
      hub: parts.hubId,
      clock: realClock,
      leaseMs: leaseMsOf(environment),
      log,
      onTakenOver,
      post: {
        schemaOf: roll.schemaOf,
        outgoing(change) {
          const parcels = parcelsOf(change, shard, landscape);
          for (const { to } of parcels) told.add(to);
          return parcels;
        },
      },
    });
    opened.defer(() => store.close());
    const { heldForMs, takenOverFrom, inbox } = store;
    const { engine, close } = await engineOn({ store, heldForMs, takenOverFrom, shard }, isFirst ? parts : { ...parts, options: { ...options, restored: false } }, () =>
      watchOver(store, isFirst),
    );
    opened.defer(close);
    engine.pipeline.watch(() => {
      for (const to of told) held.get(to)?.wake();
      told.clear();
    });
    const post = carrier({ inbox, intake: engine.intake, toldBy: engine.toldBy, clock: realClock, onBug });
    opened.defer(() => post.close());
    const running = opened.move();
    held.set(number, {
      engine,
      heldForMs,
      routes: shardRoutes(engine, realClock, environment.limits ?? {}),
      wake: post.wake,
      close: async () => running.disposeAsync(),
    });
    parts.onHeld(engine);
    log('this hub works on a shard', { shard: number, ...(takenOverFrom !== undefined && { takenOverFrom }) });
  }

  async function letGo(number: number): Promise<void> {
    const own = held.get(number);
    held.delete(number);
    await own?.close();
    log('this hub has let a shard go', { shard: number });
  }

  async function settle(look: Look, isFirst: boolean): Promise<void> {
    const step = shareStep(look, roll.hub, new Set(held.keys()));
    for (const number of step.letGo) await letGo(number);
    for (const number of step.take) {
      if (closed) return;
      try {
        await take(number, isFirst);
      } catch (error) {
        // Another hub was faster.
        if (!(error instanceof Fault) || error.code !== 'STORE_HELD') throw error;
      }
    }
  }

  function failed(error: unknown): void {
    // It is looked after again in a moment.
    if (error instanceof Fault && error.code === 'STORE_UNAVAILABLE') log('the roll of hubs cannot be read', { reason: error.message });
    else onBug(error);
  }

  /** This hub is entered again and again, also while it takes a shard or lets one go, which may last. */
  function later(address: string): void {
    if (closed) return;
    cancel = realClock.after(lookMs, () => {
      // One that was stopped and wakes up finds its leases run out: it is about to learn that others hold its shards, and joins nobody.
      const isAwake = held.values().every(({ heldForMs }) => heldForMs() > 0);
      looking = roll
        .look(isAwake ? address : undefined)
        .then((look) => {
          waiting = look.waiting;
          settling ??= settle(look, false)
            .catch(failed)
            .finally(() => (settling = undefined));
        }, failed)
        .then(() => later(address));
    });
  }

  return {
    held,
    waiting: () => waiting,
    settle: async () => settle(await roll.look(undefined), true),
    start: later,
    async close() {
      closed = true;
      cancel();
      await looking;
      await settling;
      await Promise.all([...held.keys()].map(letGo));
    },
  };
}
