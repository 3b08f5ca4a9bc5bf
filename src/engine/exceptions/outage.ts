import type { Clock } from '../../kernel/clock.ts';
import { hashId } from '../../kernel/ids.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { Change, Store } from '../../store/store.ts';
import type { Lane } from '../effects/lane.ts';
import type { Pipeline } from '../log/pipeline.ts';
import { builtIn, classOf, withEntry, type Opening } from './opening.ts';

/** Opens one exception per outage once the system's patience is over, and resolves it when the system is back. */
export interface OutageWatch {
  mode(lane: Lane): void;
  /** More calls wait for a system than its budget allows for: one exception per hour and system at most. */
  backlog(lane: Lane): void;
  close(): void;
}

interface WatchParts {
  readonly landscape: Landscape;
  readonly pipeline: Pipeline;
  readonly store: Store;
  readonly clock: Clock;
  readonly limits: LimitValues;
  readonly open: (opening: Opening) => readonly Change[];
}

const hourMs = 3_600_000;

export function outageWatch({ landscape, pipeline, store, clock, open }: WatchParts): OutageWatch {
  const running = new Map<string, { readonly sinceMs: number; readonly cancel: () => void; opened: string | undefined }>();

  function mode(lane: Lane): void {
    const sinceMs = lane.downSinceMs();
    const known = running.get(lane.system);
    if (sinceMs === undefined) {
      known?.cancel();
      running.delete(lane.system);
      if (known?.opened !== undefined) void resolve(known.opened);
      return;
    }
    if (known) return;
    const cancel = clock.at(sinceMs + lane.limits.patienceMs, () => report(lane, sinceMs));
    running.set(lane.system, { sinceMs, cancel, opened: undefined });
  }

  function report(lane: Lane, sinceMs: number): void {
    const system = landscape.of('system').get(lane.system);
    const known = running.get(lane.system);
    if (!system || !known) return;
    known.opened = hashId('outage', lane.system, String(sinceMs)).slice(0, 20);
    pipeline.add(
      open(
        builtIn({
          id: known.opened,
          type: 'system-unavailable',
          class: classOf(system.role),
          owner: system.owner,
          summary: `${system.title} has not answered since ${new Date(sinceMs).toISOString()}; ${lane.depth()} calls wait`,
          keys: {},
          evidence: { system: lane.system, since: new Date(sinceMs).toISOString(), waiting: lane.depth() },
          suggestions: ['Nothing is lost: what waits is sent in order when the system is back.'],
          actions: [],
          nowMs: clock.now(),
        }),
      ),
    );
  }

  function backlog(lane: Lane): void {
    const system = landscape.of('system').get(lane.system);
    if (!system) return;
    const nowMs = clock.now();
    pipeline.add(
      open(
        builtIn({
          id: hashId('backlog', lane.system, String(Math.floor(nowMs / hourMs))).slice(0, 20),
          type: 'call-budget-exceeded',
          class: classOf(system.role),
          owner: system.owner,
          summary: `${lane.depth()} calls wait for ${system.title}, more than its budget allows for`,
          keys: {},
          evidence: { system: lane.system, waiting: lane.depth(), budget: lane.limits.backlogMax, ratePerSecondMax: lane.limits.rateMax },
          suggestions: [
            `${system.title} gets no more than ${lane.limits.rateMax} calls a second; what waits is kept in order.`,
            "Look for the flow that asks for so much, or raise the system's limits with its owner.",
          ],
          actions: [],
          nowMs,
        }),
      ),
    );
  }

  async function resolve(id: string): Promise<void> {
    const record = await store.exception(id);
    if (!record || record.status === 'resolved') return;
    const nowMs = clock.now();
    const history = withEntry(record.history, { atMs: nowMs, by: 'lineshaft', action: 'resolve', note: 'the system answers again' });
    pipeline.add([{ change: 'exception.set', record: { ...record, status: 'resolved', version: record.version + 1, changedMs: nowMs, history } }]);
  }

  return {
    mode,
    backlog,
    close() {
      for (const outage of running.values()) outage.cancel();
    },
  };
}
