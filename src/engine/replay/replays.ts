import { sleep, type Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Capability, Result } from '../../model/capability.ts';
import type { Flow } from '../../model/flow.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { EventRecord, RunRecord, RunStatus, Store } from '../../store/store.ts';
import { runIdOf } from '../flows/run-key.ts';
import type { Runner } from '../flows/runner.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { RunDesk } from '../operations/run-desk.ts';
import type { Past } from '../retention/past.ts';
import { instant } from '../stories/recorded-json.ts';
import type { Oversight } from '../watch/oversight.ts';
import type { EngineShard } from '../shards/engine-shard.ts';
import { whyOf } from '../watch/watch-case.ts';
import type { Conviction, Subject } from '../watch/watch.ts';
import { differs, type Rehearsed } from './rehearsed.ts';
import { Stalled, type RehearsalRoom } from './rehearsal-room.ts';
import { selectedEvents, type Selection } from './selection.ts';

/** What of the log is replayed, and how much of it at most. */
export interface ReplayOrder {
  readonly selection: Selection;
  /** Events at most, up to `replayedMax`. */
  readonly max: number;
}

/** What a dry run came to. Nothing was sent, nothing was written. */
export interface DryRun {
  readonly rehearsals: readonly Rehearsed[];
  /** How many would come out differently. */
  readonly different: number;
  /** Why not everything that was selected was played. */
  readonly cut: 'events' | 'time' | undefined;
}

/** What became of one event in one flow. */
export interface Replayed {
  readonly run: string;
  readonly flow: string;
  readonly key: string | undefined;
  readonly event: Rehearsed['event'];
  /**
   * `started`: there was no run, and it begins. `restarted`: it had failed, or was let go, and goes on from its failed step. `unchanged`: it has
   * ended, or goes on: what it did is there. `parked`: its owner decides. `left`: another run of its key has the event. `refused`: see `why`.
   */
  readonly outcome: 'started' | 'restarted' | 'unchanged' | 'parked' | 'left' | 'refused';
  readonly was: RunStatus | undefined;
  readonly why?: string | undefined;
}

export interface LiveReplay {
  readonly replayed: readonly Replayed[];
  readonly cut: 'events' | 'time' | undefined;
}

/** Plays events of the log into flows again. One replay at a time, aside from the hub's own work. */
export interface Replays {
  /** Raises NOT_FOUND, INPUT_INVALID, and OVERLOADED while another one runs. */
  dryRun(order: ReplayOrder & { readonly ask: boolean }): Promise<DryRun>;
  /** The run of an event and a flow is always the same one, so whatever it has done is not done again. */
  live(order: ReplayOrder & { readonly by: string; readonly reason: string; readonly onCurrentRelease: boolean }): Promise<LiveReplay>;
}

export interface ReplaysParts {
  readonly store: Store;
  readonly landscape: Landscape;
  readonly clock: Clock;
  readonly oversight: Oversight;
  readonly pipeline: Pipeline;
  readonly past: Past;
  readonly runs: Runner;
  readonly runDesk: RunDesk;
  /** Which keys are this engine's: others are replayed where they are held. */
  readonly shard?: EngineShard | undefined;
  /** Where dry runs are played. */
  readonly room: RehearsalRoom;
  /** Its owner is told of what did not come back there, and it is not played again. */
  readonly onStalled: (conviction: Conviction) => void;
  readonly query: (capability: string, input: unknown) => Promise<Result<unknown, unknown>>;
}

/** Events of one replay. */
export const replayedMax = 1_000;
/** How long one replay may take, milliseconds. */
const spanMaxMs = 20_000;
const runsMax = 1_000;

interface Each {
  readonly event: EventRecord;
  readonly flow: Flow;
  readonly run: string;
  readonly key: string;
  readonly subject: Subject;
  readonly was: RunRecord | undefined;
}

type KeyOf = (subject: Subject, flow: Flow, event: EventRecord) => Promise<string>;

export function replays(parts: ReplaysParts): Replays {
  const { store, landscape, clock, oversight, pipeline, runs, runDesk } = parts;
  let isRunning = false;

  async function alone<Outcome>(work: () => Promise<Outcome>): Promise<Outcome> {
    if (isRunning) throw new Fault('OVERLOADED', 'Another replay is running; there is one at a time.');
    isRunning = true;
    try {
      // What is dropped meanwhile would be a run that never was: it would begin again, and do again what it did.
      return await parts.past.kept(work);
    } finally {
      isRunning = false;
    }
  }

  /** Every selected event in each of its flows, in the order of the log, with as much time for everything else between them. */
  async function each(order: ReplayOrder, keyOf: KeyOf, act: (each: Each | Rehearsed) => Promise<void>): Promise<DryRun['cut']> {
    const { events, flows, isCut } = await selectedEvents(store, landscape, order.selection, Math.min(order.max, replayedMax));
    const endMs = clock.steady() + spanMaxMs;
    for (const event of events)
      for (const flow of flows.get(event.type) ?? []) {
        const beganMs = clock.steady();
        if (beganMs > endMs) return 'time';
        const piece = await pieceOf(event, flow, keyOf);
        // What has no key is told once, by the shard of its event.
        if (parts.shard?.starts(flow.name, piece.key ?? event.id) !== false) await act(piece);
        await sleep(clock, Math.max(1, clock.steady() - beganMs));
      }
    return isCut ? 'events' : undefined;
  }

  /** The run that an event is or would be in a flow; or what is wrong with its key. */
  async function pieceOf(event: EventRecord, flow: Flow, keyOf: KeyOf): Promise<Each | Rehearsed> {
    const run = runIdOf(flow, event);
    const was = await store.run(run);
    // Another release may have it mended.
    const subject: Subject = { kind: 'replay', key: `${landscape.release} ${run}`, of: flow };
    const failed = (why: string): Rehearsed => ({ run, flow: flow.name, key: undefined, event: eventOf(event), was: was?.status, end: 'parked', why, steps: [] });
    if (oversight.isBarred(subject)) return failed('replaying this has stopped the hub before');
    try {
      return { event, flow, run, key: await keyOf(subject, flow, event), subject, was };
    } catch (error) {
      if (error instanceof Stalled) return failed(stalled(subject, error));
      return failed(`its key() threw "${messageOf(error)}"`);
    }
  }

  const keyHere: KeyOf = async (subject, flow, event) =>
    // The event was checked by the contract that the flow is declared on.
    oversight.during(subject, () => flow.key(JSON.parse(event.data) as never));
  const keyApart: KeyOf = (_subject, flow, event) => parts.room.keyOf(flow, event);

  function stalled({ kind, key, of }: Subject, { found }: Stalled): string {
    parts.onStalled({ ...found, subject: { kind, key, of: { kind: of.kind, name: of.name } } });
    return whyOf(found);
  }

  async function played({ event, flow, run, key, subject, was }: Each, given: Parameters<RehearsalRoom['rehearse']>[1]): ReturnType<RehearsalRoom['rehearse']> {
    try {
      return await parts.room.rehearse({ flow, event, run, key, subject, was, steps: was ? await store.steps(run) : [] }, given);
    } catch (error) {
      if (!(error instanceof Stalled)) throw error;
      const rehearsed: Rehearsed = { run, flow: flow.name, key, event: eventOf(event), was: was?.status, end: 'parked', why: stalled(subject, error), steps: [] };
      return { rehearsed, endedMs: Number.POSITIVE_INFINITY };
    }
  }

  const holders = (): ((each: Each) => Promise<string | undefined>) => {
    const known = new Map<string, Promise<readonly RunRecord[]>>();
    /** The run that had this event as a second one of its key, as declared. */
    return async ({ event, flow, key, was }) => {
      if (was || flow.whenRunning === 'queue') return undefined;
      const all = known.get(flow.name) ?? store.runs({ flow: flow.name, limit: runsMax });
      known.set(flow.name, all);
      const isHolder = (run: RunRecord): boolean =>
        run.key === key && run.position < event.position && run.startedMs <= event.receivedMs && (run.endedMs ?? Infinity) > event.receivedMs;
      return (await all).find(isHolder)?.id;
    };
  };

  async function replayOne(
    one: Each,
    holderOf: ReturnType<typeof holders>,
    order: { readonly by: string; readonly reason: string; readonly onCurrentRelease: boolean },
  ): Promise<Replayed> {
    const { event, flow, run, key, was } = one;
    const base = { run, flow: flow.name, key, event: eventOf(event), was: was?.status };
    switch (was?.status) {
      case 'done':
        return { ...base, outcome: 'unchanged', why: 'it has ended: what it did is there' };
      case 'compensated':
        return { ...base, outcome: 'unchanged', why: was.reason === undefined ? 'it has ended: what it did is undone' : `it has ended: ${was.reason}` };
      case 'active':
      case 'queued':
        return { ...base, outcome: 'unchanged', why: 'it goes on by itself' };
      case 'parked':
        return { ...base, outcome: 'parked', why: `its owner decides: ${was.reason ?? ''}` };
      case 'failed':
        try {
          await runDesk.act({ run, by: order.by, reason: order.reason, deed: { kind: 'retry' }, onCurrentRelease: order.onCurrentRelease });
          return { ...base, outcome: 'restarted', why: was.reason };
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          return { ...base, outcome: 'refused', why: error.message };
        }
      case undefined: {
        const holder = await holderOf(one);
        if (holder !== undefined) return { ...base, outcome: 'left', why: `run ${holder} has it` };
        runs.start(flow, event);
        await pipeline.commit([]);
        return (await store.run(run)) ? { ...base, outcome: 'started' } : { ...base, outcome: 'left', why: 'another run of its key is active' };
      }
    }
  }

  return {
    dryRun: (order) =>
      alone(async () => {
        const rehearsals: Rehearsed[] = [];
        const holderOf = holders();
        /** Which rehearsed run has a key, and until when. */
        const busy = new Map<string, { readonly run: string; readonly untilMs: number }>();
        const ask = order.ask ? (capability: Capability, input: unknown) => parts.query(capability.name, input) : undefined;
        const cut = await each(order, keyApart, async (one) => {
          if ('end' in one) {
            rehearsals.push(one);
            return;
          }
          const { event, flow, run, key, was } = one;
          const slot = `${flow.name} ${key}`;
          const before = flow.whenRunning === 'queue' || was ? undefined : busy.get(slot);
          const holder = (await holderOf(one)) ?? (before && before.untilMs > event.receivedMs ? before.run : undefined);
          if (holder !== undefined) {
            rehearsals.push({ run, flow: flow.name, key, event: eventOf(event), was: undefined, end: 'left', why: `run ${holder} has it`, steps: [] });
            return;
          }
          const { rehearsed, endedMs } = await played(one, { ask, nowMs: clock.now() });
          busy.set(slot, { run, untilMs: endedMs });
          rehearsals.push(rehearsed);
        });
        return { rehearsals, different: rehearsals.filter(differs).length, cut };
      }),
    live: (order) =>
      alone(async () => {
        const replayed: Replayed[] = [];
        const holderOf = holders();
        const { selection, by, reason } = order;
        const cut = await each(order, keyHere, async (one) => {
          if (!('end' in one)) replayed.push(await replayOne(one, holderOf, order));
          else replayed.push({ run: one.run, flow: one.flow, key: undefined, event: one.event, was: one.was, outcome: 'refused', why: one.why });
        });
        const counts: Partial<Record<Replayed['outcome'], number>> = {};
        for (const { outcome } of replayed) counts[outcome] = (counts[outcome] ?? 0) + 1;
        const started = replayed.filter(({ outcome }) => outcome === 'started').map(({ run }) => run);
        const nowMs = clock.now();
        await pipeline.commit([
          ...started.map((run) => ({ change: 'audit.add' as const, atMs: nowMs, actor: by, action: 'run.replay', subject: run, details: JSON.stringify({ reason }) })),
          { change: 'audit.add', atMs: nowMs, actor: by, action: 'replay.live', subject: 'replay', details: JSON.stringify({ reason, selection, counts, ...(cut && { cut }) }) },
        ]);
        return { replayed, cut };
      }),
  };
}

function eventOf({ position, id, type, receivedMs }: EventRecord): Rehearsed['event'] {
  return { position, id, type, taken: instant(receivedMs) };
}
