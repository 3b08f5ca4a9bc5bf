import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Result } from '../../model/capability.ts';
import type { EffectIdentity } from '../../model/binding.ts';
import type { Connection, SendContext } from '../../model/connector.ts';
import type { Oversight } from '../watch/oversight.ts';
import type { Deadline, Deadlines, Timed } from './deadlines.ts';
import { acceptedOf, askedMs, type Errand } from './errand.ts';

/** What one try told. */
export type Answer =
  | { readonly kind: 'answered'; readonly result: Result<unknown, unknown> }
  /** Certainly not executed. */
  | { readonly kind: 'not executed'; readonly reason: string; readonly retryAfterMs: number | undefined; readonly busy: boolean }
  | { readonly kind: 'no answer'; readonly reason: string }
  | { readonly kind: 'reply broken'; readonly reason: string }
  /** Certainly not executed: the system wants a person's yes first. */
  | { readonly kind: 'asks'; readonly question: string; readonly reason: string }
  /** The binding's own code threw before anything was sent. */
  | { readonly kind: 'request broken'; readonly reason: string };

export type ReadBack =
  | { readonly kind: 'found'; readonly found: Result<unknown, unknown> | 'absent' }
  | { readonly kind: 'undecided'; readonly reason: string }
  | { readonly kind: 'no answer'; readonly reason: string };

type AnyConnection = Connection<unknown, unknown>;

export interface SendParts {
  readonly deadlines: Deadlines;
  readonly oversight: Oversight;
}

/** A connection: at once where it is open. */
type Linked = AnyConnection | Promise<AnyConnection>;

/** Sends an errand once and tells what came of it, once, in a later turn or in this one: every outcome is a value. */
export function sendOnce(errand: Errand, connection: () => Linked, given: SendParts, timeoutMs: number, told: (answer: Answer) => void): void {
  const { deadlines, oversight } = given;
  const { binding } = errand;
  const effect = identity(errand);
  let request: unknown;
  try {
    request = oversight.during(errand.subject, () => binding.request(errand.input, effect));
  } catch (error) {
    told({ kind: 'request broken', reason: messageOf(error) });
    return;
  }
  const onReply = (reply: Reply): void => told('kind' in reply ? reply : answered(errand, effect, reply.value, oversight));
  new Exchange(errand, timeoutMs, deadlines, onReply).begin(connection, senderOf(errand, request, oversight));
}

function answered(errand: Errand, effect: EffectIdentity, reply: unknown, oversight: Oversight): Answer {
  const { binding, capability } = errand;
  try {
    return oversight.during(errand.subject, () => {
      const result = binding.reply(reply, errand.input, effect);
      return judged(errand, result) ?? { kind: 'answered', result };
    });
  } catch (error) {
    return { kind: 'reply broken', reason: `${capability.name}: ${messageOf(error)}` };
  }
}

/** Asks the system whether an effect is there. */
export async function readBackOnce(errand: Errand, connection: () => Linked, given: SendParts, timeoutMs: number): Promise<ReadBack> {
  const { deadlines, oversight } = given;
  const guarantee = errand.binding.guarantee;
  if (guarantee?.kind !== 'read-back') return { kind: 'no answer', reason: 'the binding declares no read-back' };
  const effect = identity(errand);
  try {
    const request = oversight.during(errand.subject, () => guarantee.request(errand.input, effect));
    const reply = await new Promise<Reply>((told) => new Exchange(errand, timeoutMs, deadlines, told).begin(connection, senderOf(errand, request, oversight)));
    if ('kind' in reply) return { kind: 'no answer', reason: reply.reason };
    return oversight.during(errand.subject, () => {
      const found = guarantee.found(reply.value, errand.input, effect);
      if (found !== 'absent' && 'undecided' in found) return { kind: 'undecided', reason: found.undecided };
      const wrong = found === 'absent' ? undefined : judged(errand, found);
      return wrong ? { kind: 'no answer', reason: wrong.reason } : { kind: 'found', found };
    });
  } catch (error) {
    return { kind: 'no answer', reason: messageOf(error) };
  }
}

type Sender = (open: AnyConnection, context: SendContext) => Promise<unknown>;

/** How a request is sent. What a landscape's own connector does with it, also behind an answer, is done for this errand. */
function senderOf({ binding, subject }: Errand, request: unknown, oversight: Oversight): Sender {
  if (!oversight.isForeign(binding.system.connector.site.file)) return (open, context) => open.send(request, context);
  return (open, context) => oversight.within(subject, () => open.send(request, context));
}

function identity(errand: Errand): EffectIdentity {
  return { key: errand.key, revision: errand.revision, run: errand.run, by: errand.by?.() ?? '', askedMs: askedMs(errand) };
}

/** A result that does not fit the capability's schema is no result: no silent null. */
function judged(errand: Errand, result: Result<unknown, unknown>): { readonly kind: 'reply broken'; readonly reason: string } | undefined {
  const { capability } = errand;
  const difference = result.ok ? capability.output.difference(result.value) : capability.refusal.difference(result.refusal);
  if (!difference) return undefined;
  return { kind: 'reply broken', reason: `${errand.binding.system.title} answered ${capability.name} with something else at ${difference.path}: ${difference.reason}` };
}

type Failed = Extract<Answer, { kind: 'not executed' | 'no answer' | 'reply broken' | 'asks' | 'request broken' }>;

type Reply = { readonly value: unknown } | Failed;

/**
 * One request and its reply, or what became of it when its time is over; told once. It is also what goes with the request: signal, trace
 * and consents are made when a connector asks for them. With callbacks, because every step of every flow goes through here and a promise
 * at each stage costs as much as all the rest.
 */
class Exchange implements SendContext, Timed {
  readonly timeoutMs: number;
  readonly #errand: Errand;
  readonly #told: (reply: Reply) => void;
  readonly #deadlines: Deadlines;
  #deadline: Deadline | undefined;
  /** Whether the connector has it. */
  #isHandedOver = false;
  #over = false;
  #abort: AbortController | undefined;
  #givenUp: Fault | undefined;

  constructor(errand: Errand, timeoutMs: number, deadlines: Deadlines, told: (reply: Reply) => void) {
    this.timeoutMs = timeoutMs;
    this.#errand = errand;
    this.#deadlines = deadlines;
    this.#told = told;
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#givenUp) this.#abort.abort(this.#givenUp);
    return this.#abort.signal;
  }

  get traceparent(): string {
    return this.#errand.traceparent();
  }

  get accepted(): readonly string[] {
    return acceptedOf(this.#errand);
  }

  begin(connection: () => Linked, send: Sender): void {
    this.#deadline = this.#deadlines.set(this, this.timeoutMs);
    const link = connection();
    if (link instanceof Promise) {
      link.then(
        (open) => this.#send(open, send),
        (error: unknown) => this.#settle(unopened(error)),
      );
    } else this.#send(link, send);
  }

  tooLate(): void {
    const { title } = this.#errand.binding.system;
    if (!this.#isHandedOver) {
      this.#settle({ kind: 'not executed', reason: `${title} could not be reached within ${this.timeoutMs} ms`, retryAfterMs: undefined, busy: false });
      return;
    }
    const isAsked = this.#abort !== undefined && this.#givenUp === undefined;
    this.#givenUp ??= new Fault('OUTCOME_UNKNOWN', `no answer within ${this.timeoutMs} ms`);
    if (!isAsked) {
      this.#settle({ kind: 'no answer', reason: `no answer within ${this.timeoutMs} ms` });
      return;
    }
    // A connector that heeds the signal says at once what it knows: where its connection was still being opened, nothing has left.
    this.#deadline = this.#deadlines.set(this, 0);
    this.#abort?.abort(this.#givenUp);
  }

  #send(open: AnyConnection, send: Sender): void {
    // A connection that opens after the time was up must not carry what was given up.
    if (this.#over) return;
    this.#isHandedOver = true;
    const onError = (error: unknown): void => this.#settle(failed(error));
    try {
      send(open, this).then((value) => this.#settle({ value }), onError);
    } catch (error) {
      onError(error);
    }
  }

  #settle(reply: Reply): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadline?.lift();
    this.#told(reply);
  }
}

/** Where no connection could be opened, nothing was sent, whatever the reason. */
function unopened(error: unknown): Failed {
  const answer = failed(error);
  return answer.kind === 'not executed' ? answer : { kind: 'not executed', reason: messageOf(error), retryAfterMs: undefined, busy: false };
}

function failed(error: unknown): Failed {
  if (error instanceof Fault) {
    const retryAfterMs = typeof error.details['retryAfterMs'] === 'number' ? error.details['retryAfterMs'] : undefined;
    if (error.code === 'SYSTEM_BUSY') return { kind: 'not executed', reason: error.message, retryAfterMs, busy: true };
    if (error.code === 'SYSTEM_UNREACHABLE' || error.code === 'SYSTEM_DENIED') return { kind: 'not executed', reason: error.message, retryAfterMs, busy: false };
    // The connector would not send it: nothing has left.
    if (error.code === 'INPUT_INVALID') return { kind: 'request broken', reason: error.message };
    if (error.code === 'CONSENT_NEEDED') return { kind: 'asks', question: String(error.details['question']), reason: error.message };
    if (error.code === 'REPLY_BROKEN') return { kind: 'reply broken', reason: error.message };
  }
  return { kind: 'no answer', reason: messageOf(error) };
}
