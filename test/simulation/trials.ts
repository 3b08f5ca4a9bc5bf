import { eventType } from '../../src/model/contract.ts';
import { varianceDetected } from '../../examples/packaging-plant/contracts/production-variance.ts';
import type { Taken } from '../../src/engine/log/intake.ts';
import { eventKey } from './durable.ts';
import { trialPrefix } from './landscape.ts';
import { isHeard } from './planners-alert.ts';
import type { Audit, Facts } from './verdict.ts';

/** What came to the hub's door of an event that is of a trial. */
export interface Told {
  readonly type: string;
  readonly order: string;
  /** How often it came to a process that was up. */
  asked: number;
  /** How often that process had recorded what became of it. */
  answered: number;
}

/** The events of trials, by what their senders know of them. */
export interface Trials {
  /** By source and id. */
  readonly told: ReadonlyMap<string, Readonly<Told>>;
  /** Counts those that are among the events of one request. */
  during(events: readonly unknown[], accept: () => Promise<Taken>): Promise<Taken>;
}

/** The events of the play's senders, which are CloudEvents. */
interface Sent {
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly data: { readonly order?: unknown };
}

export function trials(broken: (what: string) => void): Trials {
  const told = new Map<string, Told>();

  function ofTrial({ source, id, type, data: { order } }: Sent): readonly Told[] {
    if (typeof order !== 'string' || !order.startsWith(trialPrefix)) return [];
    const key = eventKey(source, id);
    const known = told.get(key) ?? { type, order, asked: 0, answered: 0 };
    told.set(key, known);
    return [known];
  }

  return {
    told,
    async during(events, accept) {
      const mine = (events as readonly Sent[]).flatMap(ofTrial); // the simulation's own senders wrote them
      for (const each of mine) each.asked += 1;
      const taken = await accept();
      for (const each of mine) each.answered += 1;
      if (taken.filtered !== mine.length) broken(`of ${events.length} events ${mine.length} were of a trial, and the hub said that it dropped ${taken.filtered}`);
      return taken;
    },
  };
}

/** What is of a trial is told in the audit as dropped, once for each time that the hub took it, is in no log and starts nothing; nothing else is dropped. */
export function* drops(facts: Facts, audit: Audit): Generator<string> {
  const { world, events, runs } = facts;
  const { told } = world.trials;
  const counted = new Map<string, number>();
  for (const { details } of audit.filter(({ action }) => action === 'event.filtered')) {
    // Written by the engine.
    const entry = JSON.parse(details) as { readonly count: number; readonly events: readonly { readonly source: string; readonly id: string }[] };
    if (entry.count !== entry.events.length) yield `the audit counts ${entry.count} dropped events and names ${entry.events.length}`;
    for (const { source, id } of entry.events) counted.set(eventKey(source, id), (counted.get(eventKey(source, id)) ?? 0) + 1);
  }
  for (const [key, { asked, answered }] of told) {
    const count = counted.get(key) ?? 0;
    // A process that ends while it takes it may have recorded it.
    if (count < answered || count > asked) yield `the event ${key} of a trial came ${asked} times, was taken ${answered} times, and is counted as dropped ${count} times`;
    facts.disruptions.dropped += count;
  }
  for (const key of counted.keys()) if (!told.has(key)) yield `the event ${key} was dropped and is of no trial`;
  for (const { source, id, position } of events) if (told.has(eventKey(source, id))) yield `the event ${eventKey(source, id)} of a trial is in the log, at ${position}`;
  const positions = new Set(events.map(({ position }) => position));
  for (const { id, position } of runs) if (!positions.has(position)) yield `run ${id} was started by an event that is not in the log`;
  for (const shift of world.scene.trials) {
    const isKnown = [...told.values()].some(({ type, order, answered }) => type === eventType(varianceDetected) && order === shift.order.order && answered > 0);
    if (isHeard(facts, shift) && !isKnown) yield `${shift.line.asset} was slow for ${shift.order.order}, and that came to no hub that could drop it`;
  }
}
