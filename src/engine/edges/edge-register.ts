import { byName } from '../../kernel/by-name.ts';
import type { Clock } from '../../kernel/clock.ts';
import { durationMs, durationText } from '../../kernel/duration.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Change, Store } from '../../store/store.ts';
import type { EdgeLife } from '../edge/edge-life.ts';
import type { EdgesTold } from '../exceptions/edge-cases.ts';
import type { Pipeline } from '../log/pipeline.ts';
import { claimEntry, holderOf, type Claim } from './edge-claim.ts';
import { rivalBook, type Rival } from './rival-book.ts';

/** Who speaks as an edge, let in. */
export interface AdmittedEdge {
  /** Undefined for an edge of an earlier Lineshaft, which does not tell it. */
  readonly identity: string | undefined;
  /** Since when what this store does not know was certainly not done by the edge of this name; epoch milliseconds. */
  readonly sinceMs: number;
  /** Whether it speaks for the name still. */
  holds(): boolean;
}

export interface EdgeStanding {
  readonly edge: string;
  readonly holder: Claim | undefined;
  /** When the holder was heard here last. */
  readonly heardMs: number | undefined;
  /** Those that wanted the name within a day and were refused, by whichever hub of the log. */
  readonly rivals: readonly Rival[];
}

/** Which store speaks as which edge: one at a time, durably. */
export interface EdgeRegister {
  /** Lets an edge speak in a name: its holder, and the first that comes where it has none. Raises EDGE_NAME_TAKEN and STORE_UNAVAILABLE. */
  admit(edge: string, life: EdgeLife | undefined): Promise<AdmittedEdge>;
  /** Gives the name to one that was refused, by its identity or the beginning of it; `more` goes into the same commit. Raises NOT_FOUND, INPUT_INVALID and STORE_UNAVAILABLE. */
  accept(edge: string, order: { readonly identity: string; readonly by: string; readonly note: string; readonly more?: readonly Change[] }): Promise<EdgeStanding>;
  standing(edge: string): Promise<EdgeStanding>;
  /** The names that somebody wanted in vain within a day, sorted. */
  contested(): Promise<readonly EdgeStanding[]>;
}

export interface EdgeRegisterParts {
  readonly store: Pick<Store, 'audit'>;
  readonly pipeline: Pick<Pipeline, 'commit'>;
  readonly told: Pick<EdgesTold, 'heard'>;
  readonly clock: Clock;
  /** Whether other hubs work on the same log: none of them knows whom the others hear. */
  readonly isShared: boolean;
  /** How long the holder of a name is silent before another one may have it. */
  readonly takeOverMs?: number | undefined;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

interface Named {
  holder: Claim | undefined;
  readMs: number | undefined;
  heardMs: number | undefined;
  /** The process of the holder that was heard last. */
  boot: string | undefined;
  starts: number;
}

export const takeOverDefault = '1h';
/** The same store under a new identity, or a copy of it, waits as long as nobody restarts an edge for. */
const sameStoreMs = 60_000;
/** How long a hub goes by what it read of a log that others write, too. */
const readAgainMs = 5_000;
/** A claim is written again after that, so that it outlives the retention of the audit, which is 30 days at least. */
const renewMs = durationMs('7d');
const namesMax = 10_000;

export function edgeRegister({ store, pipeline, told, clock, isShared, takeOverMs = durationMs(takeOverDefault), log }: EdgeRegisterParts): EdgeRegister {
  const names = byName<Named>({
    what: 'edges',
    namesMax,
    begin: () => ({ holder: undefined, readMs: undefined, heardMs: undefined, boot: undefined, starts: 0 }),
  });
  const rivals = rivalBook({ store, pipeline, clock, isShared });
  const startedMs = clock.now();

  const isFresh = ({ readMs }: Named): boolean => readMs !== undefined && (!isShared || clock.now() - readMs < readAgainMs);
  const isHolder = ({ holder, boot }: Named, life: EdgeLife): boolean => holder?.identity === life.identity && boot === life.boot;

  async function read(edge: string, name: Named): Promise<void> {
    const written = await holderOf(store, edge);
    // What was just committed to a log of several shards may not be read for a second; the number of a claim never falls.
    const found = (written?.generation ?? 0) >= (name.holder?.generation ?? 0) ? written : name.holder;
    if (found?.identity !== name.holder?.identity || found?.generation !== name.holder?.generation) name.boot = undefined;
    name.holder = found;
    name.readMs = clock.now();
  }

  async function claim(
    edge: string,
    name: Named,
    life: Pick<EdgeLife, 'identity'>,
    { sinceMs, by, note, more = [] }: { readonly sinceMs: number; readonly by: string; readonly note: string; readonly more?: readonly Change[] | undefined },
  ): Promise<void> {
    const before = name.holder;
    const next: Claim = { identity: life.identity, generation: (before?.generation ?? 0) + 1, sinceMs, atMs: clock.now() };
    await pipeline.commit([claimEntry(edge, next, { by, note, before: before?.identity }), ...rivals.forgetting(edge, next.identity), ...more]);
    rivals.forget(edge, next.identity);
    if (before?.identity !== next.identity) log(`The edge ${edge} is ${next.identity} from now on: ${note}`, { edge, identity: next.identity, before: before?.identity });
    name.holder = next;
    // Of two hubs that wrote at once, one was first.
    await read(edge, name);
  }

  function heard(name: Named, life: EdgeLife): void {
    name.heardMs = clock.now();
    name.boot = life.boot;
    name.starts = life.starts;
  }

  /** Whoever is let in is refused no more, whatever a hub said of it before. */
  async function forgetRival(edge: string, identity: string): Promise<void> {
    const changes = rivals.forgetting(edge, identity);
    if (changes.length > 0) await pipeline.commit(changes);
    rivals.forget(edge, identity);
  }

  /** Who may take a name over after how long, and whether that is over. */
  function mayTakeOver(name: Named, holder: Claim, life: EdgeLife): boolean {
    if (isShared) return false;
    const isSame = life.identity === holder.identity || life.before === holder.identity;
    return clock.now() - Math.max(name.heardMs ?? startedMs, startedMs, holder.atMs) >= (isSame ? sameStoreMs : takeOverMs);
  }

  async function settle(edge: string, name: Named, life: EdgeLife): Promise<void> {
    if (!isFresh(name) || name.holder?.identity !== life.identity) await read(edge, name);
    const { holder } = name;
    const nowMs = clock.now();
    const by = `edge:${edge}`;
    if (!holder) {
      // Nobody had the name before: what its store does not know was not done.
      await claim(edge, name, life, { sinceMs: 0, by, note: 'the first that came with this name' });
    } else if (holder.identity === life.identity && (name.boot === undefined || name.boot === life.boot || life.starts > name.starts)) {
      if (nowMs - holder.atMs > renewMs) await claim(edge, name, life, { sinceMs: holder.sinceMs, by, note: 'it is still the one' });
    } else {
      if (!mayTakeOver(name, holder, life)) return refuse(edge, name, holder, life);
      await claim(edge, name, life, { sinceMs: nowMs, by, note: `the one before, ${holder.identity}, has been silent for too long` });
    }
    if (name.holder?.identity !== life.identity) return refuse(edge, name, name.holder ?? holder, life);
    await forgetRival(edge, life.identity);
    heard(name, life);
  }

  async function refuse(edge: string, name: Named, holder: Claim | undefined, life: EdgeLife): Promise<never> {
    const { identity, starts } = life;
    const isCopy = identity === holder?.identity;
    const { isNews, firstMs } = await rivals.refused(edge, life, isCopy);
    const whose = isCopy ? `a copy of the same store, or an earlier process on it, speaks as "${edge}", too` : `the name "${edge}" is that of the edge ${holder?.identity}`;
    const heardText = name.heardMs === undefined ? '' : `, heard ${durationText(Math.max(0, Math.ceil((clock.now() - name.heardMs) / 1_000) * 1_000))} ago`;
    const advice = `Start one of them with another --name, or stop the other one and accept this one: lineshaft edge accept --name ${edge} --identity ${identity}`;
    const text = `Two edges use one name: ${whose}${heardText}, and ${identity} (started ${starts} times) wants it`;
    if (isNews) log(`${text}. ${advice}`, { edge, holder: holder?.identity, identity, urgent: true });
    const id = `name-taken ${holder?.generation ?? 0} ${isCopy ? life.boot : identity}`;
    await told.heard(edge, { sources: [], notices: [{ id, kind: 'name-taken', sinceMs: firstMs, text, advice }] });
    throw new Fault('EDGE_NAME_TAKEN', `${text}. Nothing is taken from it; it keeps its events. ${advice}`, { edge, holder: holder?.identity, identity });
  }

  async function standing(edge: string, name = names.look(edge)): Promise<EdgeStanding> {
    if (!isFresh(name)) await names.inLine(edge, async () => read(edge, name));
    const { holder, heardMs } = name;
    // What another hub refused at the moment in which it was accepted here is over.
    const wanting = (await rivals.of(edge)).filter(({ identity, lastMs }) => !holder || identity !== holder.identity || lastMs > (heardMs ?? holder.atMs));
    return { edge, holder, heardMs, rivals: wanting };
  }

  return {
    standing: async (edge) => standing(edge),
    async contested() {
      const all = await Promise.all((await rivals.names()).map(async (edge) => standing(edge)));
      return all.filter((each) => each.rivals.length > 0);
    },
    async admit(edge, life) {
      const name = names.of(edge);
      if (!life) {
        const { holder } = await standing(edge, name);
        if (!holder) return { identity: undefined, sinceMs: 0, holds: () => name.holder === undefined };
        const what = `The name "${edge}" is that of the edge ${holder.identity}, and this one does not tell who it is: it is of an earlier Lineshaft`;
        throw new Fault('EDGE_NAME_TAKEN', `${what}. Start it with the version of the hub, or with another --name.`, { edge, holder: holder.identity });
      }
      if (isHolder(name, life) && isFresh(name) && !rivals.knows(edge, life.identity)) heard(name, life);
      else await names.inLine(edge, async () => settle(edge, name, life));
      const { holder } = name;
      return { identity: life.identity, sinceMs: holder?.sinceMs ?? 0, holds: () => isHolder(name, life) };
    },
    async accept(edge, { identity, by, note, more }) {
      await names.inLine(edge, async () => {
        const found = (await rivals.of(edge)).filter((rival) => rival.identity.startsWith(identity));
        const [rival] = found;
        if (!rival) throw new Fault('NOT_FOUND', `No edge ${identity} wanted the name "${edge}" within a day. See who did: lineshaft edge accept --name ${edge}`, { edge });
        if (found.length > 1) throw new Fault('INPUT_INVALID', `"${identity}" is the beginning of ${found.length} identities; give more of it.`, { identity });
        const name = names.of(edge);
        await read(edge, name);
        await claim(edge, name, rival, { sinceMs: clock.now(), by, note, more });
        // Whoever spoke before is none of it, also where it is a copy.
        name.boot = undefined;
        name.starts = rival.starts - 1;
      });
      return standing(edge);
    },
  };
}
