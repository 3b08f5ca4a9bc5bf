import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { Capability, Result } from '../../model/capability.ts';
import type { StepRecord } from '../../store/store.ts';
import type { Dispatcher } from '../effects/dispatcher.ts';
import { errandKey, type Ending, type Errand, type Skipping } from '../effects/errand.ts';
import { refuseForeignWrite } from '../effects/ownership.ts';
import type { Agenda } from './agenda.ts';
import type { AnswerSource } from './rehearsed.ts';

/** Stands where effects are sent: answers from what was recorded of the same run, and sends nothing. */
export interface StandIn extends Pick<Dispatcher, 'take' | 'release' | 'cancel' | 'errand' | 'ofRun' | 'isAbroad'> {
  /** Where the answer of a step came from, by step id. */
  readonly answers: ReadonlyMap<string, AnswerSource>;
  /** Every errand that was taken, in the order of asking. */
  readonly taken: readonly Errand[];
  /** Questions to systems that are under way. */
  pending(): number;
}

interface StandInParts {
  readonly recorded: readonly StepRecord[];
  readonly time: Agenda;
  /** Asks a system now, where that is allowed. */
  readonly ask: ((capability: Capability, input: unknown) => Promise<Result<unknown, unknown>>) | undefined;
  /** What is taken for the answer where nothing of the run is recorded, and where that comes from. */
  readonly assume?: Assume | undefined;
  readonly onActivity: () => void;
}

/** The answer that an errand would have got at a moment (epoch milliseconds); undefined where nobody knows. */
export type Assume = (
  errand: Pick<Errand, 'capability' | 'input' | 'query'>,
  atMs: number,
) => { readonly result: Result<unknown, unknown>; readonly source: 'log' | 'stand-in' } | undefined;

export function standIn({ recorded, time, ask, assume, onActivity }: StandInParts): StandIn {
  const byId = new Map(recorded.map((step) => [step.id, step]));
  const answers = new Map<string, AnswerSource>();
  const open = new Map<string, Errand>();
  const taken: Errand[] = [];
  let asking = 0;

  function end(errand: Errand, ending: Ending): void {
    open.delete(errand.key);
    errand.status = ending.status;
    onActivity();
    errand.onEnd(errand, ending);
  }

  function answerLater(errand: Errand, record: StepRecord, source: AnswerSource): void {
    answers.set(errand.step, source);
    time.before(Math.max(time.now(), record.endedMs ?? time.now()), () => end(errand, endingOf(record)));
  }

  async function askNow(errand: Errand, question: NonNullable<typeof ask>): Promise<void> {
    asking += 1;
    try {
      const result = await question(errand.capability, errand.input);
      answers.set(errand.step, 'asked');
      end(errand, { status: result.ok ? 'done' : 'refused', result });
    } catch {
      // It stays unknown: the rehearsal stops there and says so.
      answers.set(errand.step, 'unknown');
    } finally {
      asking -= 1;
    }
  }

  function assumeFor(errand: Errand, answerOf: Assume): void {
    const assumed = answerOf(errand, time.now());
    answers.set(errand.step, assumed?.source ?? 'unknown');
    if (assumed) time.before(time.now(), () => end(errand, { status: assumed.result.ok ? 'done' : 'refused', result: assumed.result }));
  }

  /** The same question in the same run: of this step, or, where steps were added before it, of another. */
  function recordOf(errand: Errand): StepRecord | undefined {
    const own = byId.get(errand.step);
    const isSame = (step: StepRecord): boolean => step.name === errand.capability.name && canonicalJson(JSON.parse(step.input)) === canonicalJson(errand.input);
    if (own && isSame(own)) return own;
    return errand.query ? recorded.find((step) => step.kind === 'query' && isSame(step)) : undefined;
  }

  return {
    answers,
    taken,
    pending: () => asking,
    take(errand) {
      refuseForeignWrite(errand);
      taken.push(errand);
      open.set(errand.key, errand);
      onActivity();
    },
    release(errand) {
      const same = recordOf(errand);
      const own = byId.get(errand.step);
      if (same?.output !== undefined) answerLater(errand, same, 'recorded');
      else if (assume) assumeFor(errand, assume);
      else if (errand.query && ask) void askNow(errand, ask);
      // What the system said to another input is the best that is known, and told as that.
      else if (!errand.query && own && own.name === errand.capability.name && own.output !== undefined) answerLater(errand, own, 'stand-in');
      else answers.set(errand.step, 'unknown');
    },
    cancel: () => false,
    errand: (run, step) => open.get(errandKey(run, step)),
    ofRun: () => [...open.values()],
    isAbroad: () => false,
  };
}

function endingOf({ status, output }: StepRecord): Ending {
  // Written by outputText() only.
  const result = JSON.parse(output ?? 'null') as (Result<unknown, unknown> & { readonly skipped?: Skipping }) | null;
  if (!result) return { status: status === 'expired' ? 'expired' : 'cancelled', result: undefined };
  const { skipped, ...told } = result;
  return skipped ? { status: 'cancelled', result: told, skipped } : { status: told.ok ? 'done' : 'refused', result: told };
}
