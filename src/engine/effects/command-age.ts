import type { Clock } from '../../kernel/clock.ts';
import { durationMs } from '../../kernel/duration.ts';
import { refused } from '../../model/capability.ts';
import type { CommandRefused } from '../../model/command-order.ts';
import { askedMs, note, type Errand } from './errand.ts';
import type { Fate } from './fate.ts';
import type { Lane } from './lane.ts';
import type { Lanes } from './lanes.ts';
import type { OpenErrands } from './open-errands.ts';

interface AgeParts {
  readonly clock: Clock;
  readonly errands: Pick<OpenErrands, 'has'>;
  readonly lanes: Pick<Lanes, 'of'>;
  readonly fate: Pick<Fate, 'finish'>;
  readonly isRunning: () => boolean;
}

/** Whoever asked for a command to a machine is told in time that it got too old, also while it waits behind one whose outcome a person has to look at. */
export function commandAges({ clock, errands, lanes, fate, isRunning }: AgeParts): (errand: Errand) => void {
  function refuseOld(errand: Errand): void {
    // What is open and in no doubt was never given to the edge, or was not taken there.
    if (!isRunning() || !errands.has(errand) || errand.status !== 'open' || errand.doubtful || clock.now() < (tooOldMs(errand) ?? Number.POSITIVE_INFINITY)) return;
    const refusal = tooOldRefusal(errand, lanes.of(errand.binding.system));
    note(errand, { atMs: clock.now(), what: 'refused', note: JSON.stringify(refusal) });
    fate.finish(errand, { status: 'refused', result: refused(refusal) });
  }

  return (errand) => {
    const overMs = tooOldMs(errand);
    if (overMs !== undefined) clock.at(overMs, () => refuseOld(errand));
  };
}

/** From when on a command to a machine is too old to be written, epoch milliseconds; undefined for what is none. */
function tooOldMs(errand: Errand): number | undefined {
  const { command } = errand.binding;
  return command === undefined || errand.query ? undefined : askedMs(errand) + durationMs(command.maxAge);
}

/** Why it is refused: what it waited for. */
function tooOldRefusal(errand: Errand, lane: Lane): CommandRefused {
  const ahead = lane.effects().find(({ queue }) => queue === errand.queue);
  const behind = ahead && ahead !== errand ? ahead : undefined;
  const what = behind
    ? `It waited at the hub behind an earlier command, ${behind.key}, ${behind.status === 'parked' ? 'which is a case of its owner' : 'which has not ended'}`
    : 'It waited at the hub, which could not give it to the edge';
  return { code: 'EXPIRED', reason: `${what}: it was to be written before ${new Date(tooOldMs(errand) ?? 0).toISOString()}, and was not.` };
}
