import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import { eventType } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import { shardOf, type Letter } from '../../store/shard.ts';
import { saying, type DoorVerdict } from '../log/door-verdict.ts';
import type { Intake, Taken } from '../log/intake.ts';
import { judgeOf, type Judged } from '../log/judge.ts';
import type { BadMessage } from '../quarantine/bad-message.ts';
import type { Oversight } from '../watch/oversight.ts';

export interface DoorParts {
  readonly landscape: Landscape;
  readonly clock: Clock;
  readonly oversight: Oversight;
  readonly shards: number;
  /** Letters in the fullest inbox. */
  readonly lying: () => number;
  /** Durable when it resolves. */
  readonly put: (letters: readonly Letter[]) => Promise<void>;
}

/** Events that wait at the door at most. */
const waitingMax = 50_000;
/** Letters in an inbox above which senders are told to wait: its shard has no holder, or one that does not keep up. */
const lyingMax = 200_000;

/**
 * The door of a hub whose log has several shards: what comes is put into the inboxes of those that it is for, whoever holds them. What is
 * whole is for all of them, since a run may wait for it in any; what is not, for those whose keys it holds; what is dropped, for the one
 * that tells so. What its sender is told is said to the shards, too: a hub of another release makes nothing else of it.
 */
export function shardDoor({ landscape, clock, oversight, shards, lying, put }: DoorParts): Intake {
  const judge = judgeOf({ landscape, clock, oversight });
  const all = Array.from({ length: shards }, (_, index) => index + 1);
  let waiting = 0;

  function keysHeld({ contract, data }: BadMessage): readonly string[] {
    const type = eventType(contract);
    return [...landscape.of('flow').values()].flatMap((flow) => {
      if (eventType(flow.on) !== type) return [];
      try {
        // Not an event of the contract: what the code makes of it is checked here.
        const key: unknown = flow.key(data as never);
        return typeof key === 'string' ? [key] : [];
      } catch {
        // Its key is not known: it holds none.
        return [];
      }
    });
  }

  function targets({ change, bad }: Judged, text: string): readonly number[] {
    if (change.change === 'event.append') return all;
    const keys = bad ? keysHeld(bad) : [];
    return [...new Set((keys.length > 0 ? keys : [text]).map((key) => shardOf(key, shards)))];
  }

  return {
    async accept(events, principal, from = 'outside') {
      if (waiting + events.length > waitingMax) throw new Fault('OVERLOADED', `${waiting} events wait for the store (limit ${waitingMax}).`);
      if (lying() > lyingMax) throw new Fault('OVERLOADED', `${lying()} events wait for the holder of a shard (limit ${lyingMax}).`);
      const judged = events.map((event) => ({ event, one: judge(event, principal, from) }));
      const letters = judged.flatMap(({ event, one }) => {
        const text = JSON.stringify(timed(event, one));
        const told = saying(text, verdictOf(one));
        return targets(one, text).map((to): Letter => ({ kind: 'letter', to, principal, sender: from, event: told }));
      });
      waiting += events.length;
      try {
        await put(letters);
      } finally {
        waiting -= events.length;
      }
      return takenOf(judged.map(({ one }) => one));
    },
    readmit: async () => {
      throw new Fault('CONFLICT', 'A message in quarantine is sent in again by the shard that it lies in.');
    },
  };
}

function verdictOf({ change }: Judged): DoorVerdict {
  if (change.change === 'event.append') return { is: 'taken' };
  return { is: change.change === 'event.drop' ? 'dropped' : 'quarantined', reason: change.reason };
}

/** One that does not say when it happened is of the same moment in every shard. */
function timed(event: unknown, { change }: Judged): unknown {
  if (change.change !== 'event.append' || typeof event !== 'object' || event === null || 'time' in event) return event;
  return { ...event, time: new Date(change.timeMs).toISOString() };
}

/** Their places in the logs are not known yet, nor whether they came before. */
function takenOf(all: readonly Judged[]): Taken {
  const events = all.map(({ change }): Taken['events'][number] => {
    if (change.change === 'event.drop') return { id: change.id, filtered: change.reason };
    return change.change === 'event.append' ? { id: change.id, position: 0, duplicate: false } : { id: change.eventId, reason: change.reason };
  });
  const quarantined = events.filter((event) => 'reason' in event).length;
  const filtered = events.filter((event) => 'filtered' in event).length;
  return { accepted: all.length - quarantined - filtered, duplicates: 0, quarantined, filtered, events };
}
