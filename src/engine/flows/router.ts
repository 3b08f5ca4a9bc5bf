import { atMost } from '../../kernel/at-most.ts';
import { sleep, type Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import { eventType } from '../../model/contract.ts';
import type { Flow } from '../../model/flow.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { EventRecord, Store } from '../../store/store.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { Oversight } from '../watch/oversight.ts';
import type { LiveRun } from './live-run.ts';
import { openWaits, type Waiting } from './open-waits.ts';
import type { EventWaiter } from './step-parts.ts';

/** Leads each event of the log, in order, to the runs that wait for it and the flows that start with it. */
export interface Router {
  /** Events that were just appended, in the order of their positions. */
  feed(events: readonly EventRecord[]): void;
  /** Routes what lies behind the cursor since an earlier process. */
  catchUp(): Promise<void>;
  wait(run: LiveRun, type: string, keys: Readonly<Record<string, string>>, waiter: EventWaiter): () => void;
  position(): number;
}

export interface RouterParts {
  readonly store: Store;
  readonly pipeline: Pipeline;
  readonly landscape: Landscape;
  readonly clock: Clock;
  readonly start: (flow: Flow, event: EventRecord, left: boolean) => void;
  readonly oversight: Oversight;
  readonly onBug: (error: unknown) => void;
}

/** How far the log was given to flows. */
export const routingCursor = 'routing';
const pageMax = 500;
const lookMax = 100;
/** Looks into the log at once, of runs that begin to wait: as many as begin after a restart would be more than the store takes. */
const looksMax = 200;
/** Between two looks into a store that cannot be read. */
const lookAgainMs = 500;

/** The flows that events of a type start, in the order of the landscape. */
export function flowsByTypeIn(landscape: Landscape): ReadonlyMap<string, readonly Flow[]> {
  return Map.groupBy(landscape.of('flow').values(), (flow) => eventType(flow.on));
}

export function router(parts: RouterParts): Router {
  const { store, pipeline, landscape, clock, start, oversight } = parts;
  const flowsByType = flowsByTypeIn(landscape);
  const waits = openWaits();
  const looks = atMost(looksMax);
  let position = 0;

  function route(event: EventRecord, left = false): void {
    if (event.position <= position) return;
    position = event.position;
    for (const waiting of waits.for(event)) offer(waiting, event);
    for (const flow of flowsByType.get(event.type) ?? []) start(flow, event, left);
  }

  function offer({ run, keys, waiter }: Waiting, event: EventRecord): void {
    if (event.position <= run.event.position || run.taken.has(event.position)) return;
    const found: Readonly<Record<string, string | undefined>> = event.keys;
    if (Object.entries(keys).every(([name, value]) => found[name] === value)) waiter.take(event.position, event.data);
  }

  function feed(events: readonly EventRecord[], left = false): void {
    for (const event of events) route(event, left);
    // In the same commit as the starts that it stands for, or a later one: a repeat finds the runs there.
    if (events.length > 0) pipeline.add([{ change: 'cursor.set', name: routingCursor, position }]);
  }

  /** An event that came before its wait is still in the log. */
  async function look(waiting: Waiting, type: string): Promise<boolean> {
    for (let after = waiting.run.event.position; ;) {
      const page = await store.eventsMatching({ type, keys: waiting.keys, after, limit: lookMax });
      for (const event of page) {
        after = event.position;
        if (waiting.run.taken.has(event.position)) continue;
        waiting.waiter.take(event.position, event.data);
        return true;
      }
      if (page.length < lookMax) return false;
    }
  }

  /** Nothing is lost while the disk is full or the database away: the wait goes on until somebody can look. */
  async function lookUntilRead(waiting: Waiting, type: string): Promise<boolean> {
    for (;;) {
      try {
        return await look(waiting, type);
      } catch (error) {
        if (!(error instanceof Fault) || error.code !== 'STORE_UNAVAILABLE') throw error;
        await sleep(clock, lookAgainMs);
      }
    }
  }

  return {
    feed: (events) => feed(events),
    async catchUp() {
      position = await store.cursor(routingCursor);
      for (let page = await store.eventsAfter(position, pageMax); page.length > 0; page = await store.eventsAfter(position, pageMax)) {
        // Where a process ended badly, one of these events may have been the reason: each by itself.
        for (const part of oversight.alert ? page.map((event) => [event]) : [page]) {
          feed(part, oversight.alert);
          await oversight.idle();
        }
        await pipeline.drained();
      }
    },
    wait(run, type, keys, waiter) {
      const waiting: Waiting = { run, keys, waiter };
      const forget = waits.add(type, waiting);
      looks(() => lookUntilRead(waiting, type)).then((found) => {
        if (!found) waiter.nothingYet();
      }, parts.onBug);
      return forget;
    },
    position: () => position,
  };
}
