import type { Clock } from '../../kernel/clock.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { Store } from '../../store/store.ts';
import type { Counter } from '../capabilities/counter.ts';
import type { Dispatcher } from '../effects/dispatcher.ts';
import type { CaseBook } from '../exceptions/case-book.ts';
import { desk, type Desk } from '../exceptions/desk.ts';
import { edgeCases, type EdgesTold } from '../exceptions/edge-cases.ts';
import { hubCases, type HubTold } from '../exceptions/hub-cases.ts';
import type { Escalations } from '../exceptions/escalation.ts';
import type { RunnerParts } from '../flows/runner-parts.ts';
import type { Runner } from '../flows/runner.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { Past } from '../retention/past.ts';
import { replayBarred } from '../recovery.ts';
import { roomHere, type RehearsalRoom, type RoomParts } from '../replay/rehearsal-room.ts';
import { replays, type Replays } from '../replay/replays.ts';
import type { EngineShard } from '../shards/engine-shard.ts';
import { runDesk, type RunDesk } from './run-desk.ts';
import { turnstile } from './turnstile.ts';

/** Where people act on what happens: on cases, on runs, and on events that have passed; and where edges and the hub tell what their owners have to know. */
export interface Desks {
  readonly desk: Desk;
  readonly runDesk: RunDesk;
  readonly replays: Replays;
  readonly edges: EdgesTold;
  readonly hub: HubTold;
}

interface DesksParts {
  readonly store: Store;
  readonly pipeline: Pipeline;
  readonly landscape: Landscape;
  readonly clock: Clock;
  readonly shard?: EngineShard | undefined;
  readonly limits: LimitValues;
  readonly book: CaseBook;
  readonly past: Past;
  readonly escalations: Escalations;
  readonly dispatcher: Dispatcher;
  readonly runs: Runner;
  readonly run: RunnerParts;
  readonly holdsCase: (exception: string) => string | undefined;
  readonly counter: Counter;
  /** Where dry runs are played; usual: here. */
  readonly rehearsals?: ((parts: RoomParts) => RehearsalRoom) | undefined;
}

export function desks(parts: DesksParts): Desks {
  const { book, escalations, dispatcher, runs, run, holdsCase, clock, counter } = parts;
  const turns = turnstile();
  const operators = runDesk({ ...parts, turnstile: turns });
  return {
    desk: desk({ book, escalations, dispatcher, abandonRun: runs.abandon, runDesk: operators, turnstile: turns, holdsCase, clock }),
    runDesk: operators,
    edges: edgeCases({ ...parts, open: (opening) => book.file(opening).changes }),
    hub: hubCases({ ...parts, open: (opening) => book.file(opening).changes }),
    replays: replays({
      ...parts,
      oversight: run.oversight,
      room: (parts.rehearsals ?? roomHere)({ ...parts, oversight: run.oversight, nextTurn: run.nextTurn ?? setImmediate }),
      onStalled: (conviction) => parts.pipeline.add(replayBarred(run, conviction), () => run.oversight.carriedOut(conviction, true)),
      runDesk: operators,
      query: counter.query,
    }),
  };
}
