import { assert } from '../../kernel/assert.ts';
import { messageOf } from '../../kernel/errors.ts';
import { batchWrites } from './batch-writes.ts';
import { batchOf } from './batch.ts';
import type { Draft } from './draft.ts';
import { insisted } from './insisted.ts';
import { dropFromJournal, vacuumJournal } from './journal.ts';
import type { Flight, Line, LineParts } from './line.ts';

/** A part of the journal that is to be in the tables. */
export interface Move {
  readonly draft: Draft;
  /** The last batch that the draft has; all up to it leaves the journal. */
  readonly through: number;
  readonly chars: number;
}

/** Writes drafts to the tables on a line of its own, one after the other, while commits go on. */
export interface TableMover {
  /** What is being written, or was refused and waits. */
  moving(): Draft | undefined;
  /** Begins to write it. Only where nothing is moving. */
  take(move: Move): void;
  /** Resolves when all that was taken is in the tables; where it was refused before, it is tried again. Raises STORE_UNAVAILABLE, STORE_TAKEN_OVER. */
  done(): Promise<void>;
  /** What is not in the tables is left to the journal. Raises STORE_UNAVAILABLE where nobody can tell whether it is. */
  forget(): Promise<void>;
  end(): Promise<void>;
}

/** Runs and revisions whose numbers are remembered, so that they need not be asked for. */
const rememberedMax = 100_000;
/** Characters that go through the journal from one vacuum of it to the next. */
const vacuumChars = 32_000_000;

export function tableMover(line: Line, { place, log }: Pick<LineParts, 'place' | 'log'>): TableMover {
  let move: (Move & { flight?: Flight }) | undefined;
  let writing: Promise<void> | undefined;
  let charsSinceVacuum = 0;

  async function write(): Promise<void> {
    const taken = move;
    if (!taken) return;
    const { draft, through, chars } = taken;
    await insisted(place, async () => {
      await line.ready();
      // Its answer was lost when it was tried before.
      if (taken.flight?.end?.durable) return taken.flight.end;
      const flight = line.send({ statements: [...batchWrites(batchOf(draft)), dropFromJournal(through)] });
      assert(flight !== undefined, 'what rests on nothing is sent');
      taken.flight = flight;
      return flight.ends();
    });
    remember(draft);
    move = undefined;
    charsSinceVacuum += chars;
    if (charsSinceVacuum < vacuumChars) return;
    charsSinceVacuum = 0;
    const vacuum = line.ready().then((session) => session.ask(vacuumJournal));
    await vacuum.catch((error: unknown) => log('the journal keeps its room for now', { place, reason: messageOf(error) }));
  }

  function done(): Promise<void> {
    return (writing ??= write().finally(() => {
      writing = undefined;
    }));
  }

  return {
    moving: () => move?.draft,
    take(next) {
      assert(move === undefined, 'one draft is written at a time');
      move = next;
      // Whoever waits for it is told why it failed, and tries it again.
      done().catch(() => undefined);
    },
    done,
    async forget() {
      while (writing || (move?.flight && !move.flight.end)) {
        // Whoever waits for it is told.
        if (writing) await writing.catch(() => undefined);
        else await line.ready();
      }
      move = undefined;
    },
    end: () => line.end(),
  };
}

/** Of what was written: the runs that something more may come of, and the last revisions. */
function remember({ remembered, newRuns, runs, newRevisions }: Draft): void {
  if (remembered.runs.size + newRuns.size > rememberedMax) remembered.runs.clear();
  for (const [id, seq] of newRuns) if (runs.get(seq)?.['status'] !== 'done') remembered.runs.set(id, seq);
  if (remembered.revisions.size + newRevisions.size > rememberedMax) remembered.revisions.clear();
  remembered.revisions.add(newRevisions);
}
