import type { Clock } from '../../kernel/clock.ts';
import { durationMs } from '../../kernel/duration.ts';
import { refused } from '../../model/capability.ts';
import type { CommandRefused } from '../../model/command-order.ts';
import { askedMs, note, type Errand } from './errand.ts';
import type { Fate } from './fate.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { OpenErrands } from './open-errands.ts';

/** How long commands to machines wait at the hub. What is open and in no doubt was never given to the edge, or was not taken there: it can be refused. */
export interface CommandWaits {
  /** Its intent is durable: it is refused when it gets too old, and at once behind one that only a person ends, where it is not to wait. */
  begins(errand: Errand): void;
  /** Refuses those behind it that are not to wait. */
  parked(errand: Errand): void;
}

interface WaitParts {
  readonly clock: Clock;
  readonly errands: Pick<OpenErrands, 'has'>;
  readonly lanes: Pick<Lanes, 'of'>;
  readonly fate: Pick<Fate, 'finish'>;
  readonly isRunning: () => boolean;
}

export function commandWaits({ clock, errands, lanes, fate, isRunning }: WaitParts): CommandWaits {
  const laneOf = ({ binding }: Errand): Lane => lanes.of(binding.system);
  const isRefusable = (errand: Errand): boolean => isRunning() && errands.has(errand) && errand.status === 'open' && !errand.doubtful;

  function refuse(errand: Errand, refusal: CommandRefused): void {
    note(errand, { atMs: clock.now(), what: 'refused', note: JSON.stringify(refusal) });
    fate.finish(errand, { status: 'refused', result: refused(refusal) });
  }

  function refuseOld(errand: Errand): void {
    if (isRefusable(errand) && clock.now() >= (tooOldMs(errand) ?? Number.POSITIVE_INFINITY)) refuse(errand, tooOldRefusal(errand, ahead(errand, laneOf(errand))));
  }

  function refuseBehind(errand: Errand, first: Errand): void {
    if (errand.binding.command?.whenBusy === 'refuse' && errand.durable && isRefusable(errand)) refuse(errand, behindRefusal(first));
  }

  return {
    begins(errand) {
      const overMs = tooOldMs(errand);
      if (overMs === undefined) return;
      clock.at(overMs, () => refuseOld(errand));
      const first = laneOf(errand).isHead(errand) ? undefined : ahead(errand, laneOf(errand));
      if (first?.status === 'parked') refuseBehind(errand, first);
    },
    parked(errand) {
      if (!errand.binding.command || !laneOf(errand).isHead(errand)) return;
      for (const behind of [...laneOf(errand).effects()].filter(({ queue }) => queue === errand.queue)) refuseBehind(behind, errand);
    },
  };
}

/** From when on a command to a machine is too old to be written, epoch milliseconds; undefined for what is none. */
function tooOldMs(errand: Errand): number | undefined {
  const { command } = errand.binding;
  return command === undefined || errand.query ? undefined : askedMs(errand) + durationMs(command.maxAge);
}

/** What it waits for: the first of its queue, unless that is itself. */
function ahead(errand: Errand, lane: Lane): Errand | undefined {
  const first = lane.effects().find(({ queue }) => queue === errand.queue);
  return first === errand ? undefined : first;
}

function tooOldRefusal(errand: Errand, behind: Errand | undefined): CommandRefused {
  const what = behind
    ? `It waited at the hub behind an earlier command, ${behind.key}, ${behind.status === 'parked' ? 'which is a case of its owner' : 'which has not ended'}`
    : 'It waited at the hub, which could not give it to the edge';
  return { code: 'EXPIRED', reason: `${what}: it was to be written before ${new Date(tooOldMs(errand) ?? 0).toISOString()}, and was not.` };
}

function behindRefusal({ key, capability }: Errand): CommandRefused {
  return {
    code: 'BUSY',
    reason: `An earlier command, ${capability.name} (${key}), is a case of its owner, and nothing is written before that is settled; this one is not one to wait (whenBusy: 'refuse'). Settle that case, then ask again.`,
  };
}
