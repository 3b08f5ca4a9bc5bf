import type { Clock } from '../../kernel/clock.ts';
import { sleep } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import { noProbe, type Probe } from '../../kernel/probe.ts';
import { compactionParts, type Compacted, type CompactionBounds, type CompactionPart } from '../../store/compaction.ts';
import type { ExceptionRecord } from '../../store/store.ts';
import { linkOf, type ChainedStore } from '../audit/audit-chain.ts';
import { auditCompacted } from '../audit/audit-anchor.ts';
import { routingCursor } from '../flows/router.ts';
import type { Pipeline } from '../log/pipeline.ts';
import { quarantinedType } from '../quarantine/bad-message.ts';
import type { Past } from './past.ts';

/** For how long what is over is kept, in milliseconds; undefined: for ever. */
export interface RetentionRule {
  /** Events with their runs and steps, resolved exceptions, bad messages that nobody holds. */
  readonly historyMs: number | undefined;
  /** The audit. */
  readonly auditMs: number | undefined;
  /** Between two rounds; a minute where nothing is said. */
  readonly everyMs?: number | undefined;
}

const roundDefaultMs = 60_000;
export const keepAll: RetentionRule = { historyMs: undefined, auditMs: undefined };

/** What retention did and what holds it. */
export interface Retained {
  readonly dropped: Readonly<Record<CompactionPart, number>>;
  /** When the event came that the oldest open run began with: nothing that came later is dropped. Epoch milliseconds. */
  readonly heldFromMs: number | undefined;
}

/** Drops what is over for longer than declared, a small step at a time, beside the work. */
export interface Retention {
  retained(): Retained;
  close(): Promise<void>;
}

interface RetentionParts {
  readonly store: ChainedStore;
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly rule: RetentionRule;
  readonly past: Past;
  readonly probe?: Probe | undefined;
  readonly unresolved: () => Iterable<ExceptionRecord>;
  readonly onBug: (error: unknown) => void;
}

/** Rows of a step: some milliseconds of the store's thread, and as long a pause after it. */
const stepRows = 200;
const pauseMs = 20;
/** While more changes than that wait for the store, nothing is dropped. */
const busyChanges = 2_000;
const busyMs = 500;
/** Audit entries are dropped by the thousand, each time with an anchor. */
export const auditDropMin = 1_000;
const auditDropped = 'audit-dropped';
const nothing: Readonly<Record<CompactionPart, number>> = { events: 0, exceptions: 0, notices: 0, quarantine: 0, audit: 0, keys: 0, space: 0 };

export function retention(parts: RetentionParts): Retention {
  const { store, pipeline, clock, rule, past, unresolved, onBug, probe = noProbe } = parts;
  const closing = new AbortController();
  let dropped = nothing;
  let heldFromMs: number | undefined;

  async function round(): Promise<void> {
    const looks = past.looks();
    const bounds = followed(await boundsNow(), looks);
    let gone = 0;
    for (const part of compactionParts) {
      // Whether keys lead nowhere is worth a walk through all of them only where something has gone.
      if ((part === 'keys' || part === 'space') && gone === 0) continue;
      gone += await walk(part, bounds);
    }
  }

  /** Where a run was taken up again since, it may wait for what has come since its own event. To be asked while nobody does so. */
  function followed(bounds: CompactionBounds, looks: number): () => Promise<CompactionBounds> {
    let known = { bounds, looks };
    return async () => {
      if (known.looks !== past.looks()) known = { bounds: { ...bounds, fromPosition: Math.min(bounds.fromPosition, await openFrom()) }, looks: past.looks() };
      return known.bounds;
    };
  }

  async function step(part: CompactionPart, after: string, bounds: () => Promise<CompactionBounds>): Promise<Compacted> {
    probe(`before-compact:${part}`);
    const done = await past.drop(async () => store.compact(part, after, await bounds()), closing.signal);
    probe(`after-compact:${part}`);
    return done;
  }

  async function walk(part: CompactionPart, bounds: () => Promise<CompactionBounds>): Promise<number> {
    let gone = 0;
    for (let after: string | undefined = ''; after !== undefined;) {
      await sleep(clock, pipeline.depth() > busyChanges ? busyMs : pauseMs, closing.signal);
      if (pipeline.depth() > busyChanges) continue;
      const done = await step(part, after, bounds);
      gone += done.dropped;
      dropped = { ...dropped, [part]: dropped[part] + done.dropped };
      after = done.next;
    }
    return gone;
  }

  async function boundsNow(): Promise<CompactionBounds> {
    const { historyMs, auditMs } = rule;
    const nowMs = clock.now();
    const fromPosition = historyMs === undefined ? 0 : await openFrom();
    let quarantinedFromMs = Number.MAX_SAFE_INTEGER;
    for (const { type, openedMs } of unresolved()) if (type === quarantinedType) quarantinedFromMs = Math.min(quarantinedFromMs, openedMs);
    return {
      beforeMs: historyMs === undefined ? Number.MIN_SAFE_INTEGER : nowMs - historyMs,
      fromPosition,
      quarantinedFromMs,
      auditThrough: auditMs === undefined ? 0 : await anchored(nowMs - auditMs),
      limit: stepRows,
    };
  }

  /** A run may wait for any event since its own, and one that is not routed yet may begin a run. */
  async function openFrom(): Promise<number> {
    // In this order: what is routed in between is a run by then.
    const routed = await store.cursor(routingCursor);
    const live = await store.liveRuns();
    const from = live.reduce((least, { position }) => Math.min(least, position), routed + 1);
    heldFromMs = (await store.event(from))?.receivedMs;
    return from;
  }

  /** The last audit entry that may go: what stands for it and all before it is in the chain before any of them goes. */
  async function anchored(beforeMs: number): Promise<number> {
    const newest = await newestBefore(beforeMs);
    const link = newest && linkOf(newest);
    if (!newest || !link) return 0;
    if (link.n + 1 - (await store.cursor(auditDropped)) >= auditDropMin) {
      await pipeline.commit([auditCompacted(clock.now(), link), { change: 'cursor.set', name: auditDropped, position: link.n + 1 }]);
      return newest.id;
    }
    return 0;
  }

  /** Entries are numbered as they came: halved until the last one before that time is found. */
  async function newestBefore(beforeMs: number) {
    const at = async (before: number) => (await store.auditChain({ before, limit: 1 }))[0];
    let found = await at(Number.MAX_SAFE_INTEGER);
    let [low, high] = [0, found?.id ?? 0];
    if (found && found.atMs < beforeMs) return found;
    found = undefined;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const entry = await at(middle);
      if (entry && entry.atMs < beforeMs) {
        found = entry;
        low = middle;
      } else high = middle - 1;
    }
    return found;
  }

  async function rounds(): Promise<void> {
    for (;;) {
      await sleep(clock, rule.everyMs ?? roundDefaultMs, closing.signal);
      try {
        await round();
      } catch (error) {
        // The next round finds what this one left.
        if (!(error instanceof Fault) || (error.code !== 'STORE_UNAVAILABLE' && error.code !== 'OVERLOADED')) throw error;
      }
    }
  }

  const isAsked = rule.historyMs !== undefined || rule.auditMs !== undefined;
  const ended = isAsked
    ? rounds().catch((error: unknown) => {
        if (!closing.signal.aborted) onBug(error);
      })
    : Promise.resolve();
  return {
    retained: () => ({ dropped, heldFromMs }),
    async close() {
      closing.abort(new Error('the engine is closed'));
      await ended;
    },
  };
}

/** What several engines did, as one. */
export function retainedByAll(all: readonly Retained[]): Retained {
  const dropped = { ...nothing };
  for (const each of all) for (const part of compactionParts) dropped[part] += each.dropped[part];
  const held = all.flatMap(({ heldFromMs }) => heldFromMs ?? []);
  return { dropped, heldFromMs: held.length === 0 ? undefined : Math.min(...held) };
}
