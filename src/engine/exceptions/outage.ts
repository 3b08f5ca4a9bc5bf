import type { Clock } from '../../kernel/clock.ts';
import { hashId } from '../../kernel/ids.ts';
import { numberText } from '../../kernel/number-text.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { Change, Store } from '../../store/store.ts';
import type { Lane } from '../effects/lane.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { SystemInUse } from '../releases/systems-in-use.ts';
import type { CaseBook } from './case-book.ts';
import { classOfSystem } from './class.ts';
import { builtIn, withEntry, type Opening } from './opening.ts';

/** Opens one exception per outage once the system's patience is over, and resolves it when the system is back. */
export interface OutageWatch {
  mode(lane: Lane): void;
  /** More calls wait for a system than its budget allows for: one exception per system, counted once an hour at most. */
  backlog(lane: Lane): void;
  /** Since when a system was down when an earlier process ended, epoch milliseconds; undefined where it was not. */
  sinceMs(system: string): number | undefined;
  close(): void;
}

interface WatchParts {
  readonly store: Pick<Store, 'cursor'>;
  readonly systems: ReadonlyMap<string, SystemInUse>;
  readonly pipeline: Pipeline;
  readonly book: CaseBook;
  readonly clock: Clock;
  readonly limits: LimitValues;
  readonly open: (opening: Opening) => readonly Change[];
  readonly onBug: (error: unknown) => void;
}

const hourMs = 3_600_000;
const unavailable = 'system-unavailable';

function causeOf(system: string): string {
  return JSON.stringify([unavailable, system]);
}

/** What helps where only runs of an earlier release need a system. */
function leftOver(system: string, release: string): string {
  return `Runs that began on release ${release} need it, which the hub's release has no longer: name systems.${system} in the environment file until they are over, or cancel them.`;
}

/** The store's cursor that tells since when a system has been down, epoch milliseconds; 0 where it is not. */
function cursorOf(system: string): string {
  return `outage.${system}`;
}

/** Takes up the outages that an earlier process saw: an owner's patience does not begin anew with each process. */
export async function outageWatch({ store, systems, pipeline, book, clock, open, onBug }: WatchParts): Promise<OutageWatch> {
  const running = new Map<string, () => void>();
  const recorded = new Map<string, number>();
  for (const system of systems.keys()) recorded.set(system, await store.cursor(cursorOf(system)));

  function record(system: string, sinceMs: number): void {
    if ((recorded.get(system) ?? 0) === sinceMs) return;
    recorded.set(system, sinceMs);
    pipeline.add([{ change: 'cursor.set', name: cursorOf(system), position: sinceMs }]);
  }

  function mode(lane: Lane): void {
    const sinceMs = lane.downSinceMs();
    record(lane.system, lane.outageMs() ?? 0);
    if (lane.outageMs() === undefined) {
      running.get(lane.system)?.();
      running.delete(lane.system);
      // Also one of an earlier process, which the system was down under.
      const open = book.ofCause(causeOf(lane.system));
      if (open) resolve(open.id).catch(onBug);
    }
    // While nothing is known but what an earlier process saw, nobody is told anything new.
    if (sinceMs === undefined || running.has(lane.system)) return;
    const cancel = clock.at(sinceMs + lane.limits.patienceMs, () => report(lane, sinceMs));
    running.set(lane.system, cancel);
  }

  function report(lane: Lane, sinceMs: number): void {
    const known = systems.get(lane.system);
    if (!known) return;
    const { system, release } = known;
    pipeline.add(
      open(
        builtIn({
          id: hashId('outage', lane.system, String(sinceMs)).slice(0, 20),
          type: unavailable,
          class: classOfSystem(system),
          owner: system.owner,
          summary: `${system.title} has not answered since ${new Date(sinceMs).toISOString()}; ${numberText(lane.depth())} calls wait`,
          keys: {},
          evidence: { system: lane.system, since: new Date(sinceMs).toISOString(), waiting: lane.depth(), ...(release !== undefined && { release }) },
          suggestions: ['Nothing is lost: what waits is sent in order when the system is back.', ...(release === undefined ? [] : [leftOver(system.name, release)])],
          actions: [],
          subject: [lane.system],
          nowMs: clock.now(),
        }),
      ),
    );
  }

  function backlog(lane: Lane): void {
    const system = systems.get(lane.system)?.system;
    if (!system) return;
    const nowMs = clock.now();
    pipeline.add(
      open(
        builtIn({
          id: hashId('backlog', lane.system, String(Math.floor(nowMs / hourMs))).slice(0, 20),
          type: 'call-budget-exceeded',
          class: classOfSystem(system),
          owner: system.owner,
          summary: `${numberText(lane.depth())} calls wait for ${system.title}, more than its budget allows for`,
          keys: {},
          evidence: { system: lane.system, waiting: lane.depth(), budget: lane.limits.backlogMax, ratePerSecondMax: lane.limits.rateMax },
          suggestions: [
            `${system.title} gets no more than ${lane.limits.rateMax} calls a second; what waits is kept in order.`,
            "Look for the flow that asks for so much, or raise the system's limits with its owner.",
          ],
          actions: [],
          subject: [lane.system],
          nowMs,
        }),
      ),
    );
  }

  async function resolve(id: string): Promise<void> {
    await book.change(id, (record) => {
      if (record.status === 'resolved') return undefined;
      const nowMs = clock.now();
      const history = withEntry(record.history, { atMs: nowMs, by: 'lineshaft', action: 'resolve', note: 'the system answers again' });
      return { record: { ...record, status: 'resolved', changedMs: nowMs, history }, more: [] };
    });
  }

  return {
    mode,
    backlog,
    sinceMs: (system) => recorded.get(system) || undefined,
    close() {
      for (const cancel of running.values()) cancel();
    },
  };
}
