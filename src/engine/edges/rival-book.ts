import type { Clock } from '../../kernel/clock.ts';
import { durationMs } from '../../kernel/duration.ts';
import { setNewest } from '../../kernel/newest.ts';
import type { AuditRecord, Change, Store } from '../../store/store.ts';
import type { EdgeLife } from '../edge/edge-life.ts';
import type { Pipeline } from '../log/pipeline.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';

/** One that wanted the name of another and was refused. Times are epoch milliseconds. */
export interface Rival {
  readonly identity: string;
  readonly starts: number;
  readonly firstMs: number;
  /** By the log of another hub, or of one before this one, up to an hour early. */
  readonly lastMs: number;
}

/** Who wanted a name in vain within the last day: over all hubs of a log, and over their restarts. */
export interface RivalBook {
  /** Notes that an edge was refused; in the log where that is news there. Says whether this hub did not know of it, and since when it is refused. Raises STORE_UNAVAILABLE. */
  refused(edge: string, life: Pick<EdgeLife, 'identity' | 'starts'>, isCopy: boolean): Promise<{ readonly isNews: boolean; readonly firstMs: number }>;
  /** Those of one name. */
  of(edge: string): Promise<readonly Rival[]>;
  /** The names that have some, sorted. */
  names(): Promise<readonly string[]>;
  /** Whether it is known as refused, by what was read last. */
  knows(edge: string, identity: string): boolean;
  /** What goes into the log so that no hub tells of it any more; nothing where none does. */
  forgetting(edge: string, identity: string): readonly Change[];
  forget(edge: string, identity: string): void;
}

export interface RivalBookParts {
  readonly store: Pick<Store, 'audit'>;
  readonly pipeline: Pick<Pipeline, 'commit'>;
  readonly clock: Clock;
  /** Whether other hubs write the same log. */
  readonly isShared: boolean;
}

/** All of them are read at once: a hub that begins knows no names. */
const subject = 'refused edges';
const refusedAction = 'edge.refused';
const forgottenAction = 'edge.refused-no-more';
const keptMs = durationMs('1d');
/** How often one that goes on asking is written again. */
const writtenEveryMs = durationMs('1h');
/** Entries of the log that are looked at, a page at a time, and those that one hub writes within an hour: more are kept in memory only. */
const entriesMax = 1_000;
const pageEntries = 500;
const writtenMax = 200;
const readAgainMs = 5_000;
const namesMax = 1_000;
const rivalsMax = 20;

interface Known extends Rival {
  /** Heard here, and not only read. */
  readonly isHeard: boolean;
  /** When it was written to the log last, by whomever. */
  readonly writtenMs: number | undefined;
}

export function rivalBook({ store, pipeline, clock, isShared }: RivalBookParts): RivalBook {
  const names = new Map<string, Map<string, Known>>();
  let readMs: number | undefined;
  let reading: Promise<void> | undefined;
  let written = { hourMs: 0, count: 0 };

  function put(edge: string, known: Known): void {
    const rivals = names.get(edge) ?? new Map<string, Known>();
    setNewest(rivals, known.identity, known, rivalsMax);
    setNewest(names, edge, rivals, namesMax);
  }

  function forget(edge: string, identity: string, untilMs = Number.POSITIVE_INFINITY): void {
    const rivals = names.get(edge);
    const known = rivals?.get(identity);
    if (!rivals || !known || known.lastMs > untilMs) return;
    rivals.delete(identity);
    if (rivals.size === 0) names.delete(edge);
  }

  function forgetOld(): void {
    const oldestMs = clock.now() - keptMs;
    for (const [edge, rivals] of names) for (const { identity, lastMs } of rivals.values()) if (lastMs <= oldestMs) forget(edge, identity);
  }

  function takeUp({ action, atMs, details }: AuditRecord): void {
    const [edge, identity, starts, firstMs] = ['edge', 'identity', 'starts', 'firstMs'].map((field) => fieldOf(recorded(details), field));
    if (typeof edge !== 'string' || typeof identity !== 'string') return;
    if (action === forgottenAction) forget(edge, identity, atMs);
    if (action !== refusedAction || typeof starts !== 'number' || typeof firstMs !== 'number') return;
    const known = names.get(edge)?.get(identity);
    put(edge, {
      identity,
      starts: Math.max(starts, known?.starts ?? 0),
      firstMs: Math.min(firstMs, known?.firstMs ?? firstMs),
      lastMs: Math.max(atMs, known?.lastMs ?? atMs),
      isHeard: known?.isHeard ?? false,
      writtenMs: Math.max(atMs, known?.writtenMs ?? atMs),
    });
  }

  async function read(): Promise<void> {
    const oldestMs = clock.now() - keptMs;
    const entries: AuditRecord[] = [];
    for (let before: number | undefined; entries.length < entriesMax;) {
      const page = await store.audit({ subject, limit: pageEntries, ...(before !== undefined && { before }) });
      entries.push(...page);
      const last = page.at(-1);
      // Of several shards one comes after the other, each with its newest first.
      if (!last || page.length < pageEntries || (!isShared && last.atMs <= oldestMs)) break;
      before = last.id;
    }
    const news = entries.filter(({ atMs }) => atMs > oldestMs).toSorted((a, b) => a.atMs - b.atMs || a.id - b.id);
    for (const entry of news) takeUp(entry);
    readMs = clock.now();
  }

  async function look(): Promise<void> {
    // A hub alone on its log has read what those before it wrote, and wrote the rest.
    if (readMs === undefined || (isShared && clock.now() - readMs >= readAgainMs)) await (reading ??= read().finally(() => (reading = undefined)));
    forgetOld();
  }

  function mayWrite(nowMs: number): boolean {
    if (nowMs - written.hourMs >= writtenEveryMs) written = { hourMs: nowMs, count: 0 };
    return written.count++ < writtenMax;
  }

  function entry(action: string, edge: string, details: object): Change {
    return { change: 'audit.add', atMs: clock.now(), actor: `edge:${edge}`, action, subject, details: JSON.stringify({ edge, ...details }) };
  }

  return {
    async refused(edge, { identity, starts }, isCopy) {
      await look();
      const nowMs = clock.now();
      const before = names.get(edge)?.get(identity);
      const firstMs = before?.firstMs ?? nowMs;
      const isDue = nowMs - (before?.writtenMs ?? Number.NEGATIVE_INFINITY) >= writtenEveryMs;
      // A copy has the identity of the one that is let in, which is heard, and so forgotten, all the time.
      const isWritten = isDue && !isCopy && mayWrite(nowMs);
      if (isWritten) await pipeline.commit([entry(refusedAction, edge, { identity, starts, firstMs })]);
      put(edge, { identity, starts, firstMs, lastMs: nowMs, isHeard: true, writtenMs: isWritten ? nowMs : before?.writtenMs });
      return { isNews: !before?.isHeard, firstMs };
    },
    async of(edge) {
      await look();
      return [...(names.get(edge)?.values() ?? [])].map(({ identity, starts, firstMs, lastMs }) => ({ identity, starts, firstMs, lastMs }));
    },
    async names() {
      await look();
      return [...names.keys()].sort();
    },
    knows: (edge, identity) => names.get(edge)?.has(identity) === true,
    forgetting: (edge, identity) => (names.get(edge)?.get(identity)?.writtenMs === undefined ? [] : [entry(forgottenAction, edge, { identity })]),
    forget: (edge, identity) => forget(edge, identity),
  };
}
