import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Flow } from '../../model/flow.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Change, QuarantineRecord, Store } from '../../store/store.ts';
import type { CaseBook } from '../exceptions/case-book.ts';
import { withEntry } from '../exceptions/opening.ts';
import { messageId, type Held } from '../flows/key-lines.ts';
import { routingCursor } from '../flows/router.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { Oversight } from '../watch/oversight.ts';
import type { Subject } from '../watch/watch.ts';
import { fieldOf, recorded } from '../stories/recorded-json.ts';
import { lostKey } from './lost-key.ts';
import { chartOf, contractIn, lookMax, outcomeIn, parsed, patientsIn, type Chart, type Patient, type Wanted } from './patient.ts';
import { quarantinedCase, quarantinedType, slotsHeld, subjectOf, type BadMessage, type Slot } from './bad-message.ts';
import { strangerCase, type Stranger } from './stranger.ts';

/** What a person decided about a message. */
export interface Decision {
  readonly by: string;
  readonly reason: string;
}

/**
 * Where bad messages lie. One whose key can be read holds that key, and only that: what comes of it later waits in line until the
 * message was mended and sent in again, or was discarded.
 */
export interface Ward {
  /** What goes with its entry in quarantine, in the same commit: the case of the contract's owner. */
  admitted(bad: BadMessage): readonly Change[];
  /** The same of one that no contract fits. */
  unknown(stranger: Stranger): readonly Change[];
  /** It lies in quarantine: its keys wait from now on. `after`: the last position of the log before it. */
  hold(bad: BadMessage, after: number): void;
  /** Holds again what was held in an earlier process. */
  takeUp(): Promise<void>;
  /** Newest first. */
  list(wanted: Wanted): Promise<readonly Patient[]>;
  /** One message with all that helps to decide about it. Raises NOT_FOUND. */
  show(message: string): Promise<Chart>;
  /**
   * Sends it in again, mended where `data` is given, in its own place of the line. Raises NOT_FOUND, CONFLICT, CONTRACT_BROKEN, FILTER_BROKEN,
   * and INPUT_INVALID where the data is of another business key.
   */
  release(message: string, decision: Decision & { readonly data?: unknown }): Promise<Patient>;
  /** Lets it go for good. Raises NOT_FOUND, CONFLICT. */
  discard(message: string, decision: Decision): Promise<Patient>;
  /** It came in again, whole: the run that comes of it stands in line. */
  mended(message: string): void;
  /** Why the case of held messages cannot be resolved by itself; undefined for any other case. */
  holdsCase(exception: string): string | undefined;
}

interface WardParts {
  readonly store: Store;
  readonly pipeline: Pipeline;
  readonly landscape: Landscape;
  readonly clock: Clock;
  readonly book: CaseBook;
  readonly oversight: Oversight;
  readonly onBug: (error: unknown) => void;
  readonly hold: (flow: Flow, key: string, held: Held) => void;
  readonly letGo: (flow: Flow, key: string, message: string) => void;
  /** Takes a message at the door, with more changes in its commit. Raises CONTRACT_BROKEN, FILTER_BROKEN. */
  readonly readmit: (value: unknown, principal: string, more: (filtered: string | undefined) => readonly Change[]) => Promise<void>;
}

/** Messages that are held at once; beyond, they lie in quarantine and hold nothing. */
const heldMax = 10_000;

export function ward(parts: WardParts): Ward {
  const { store, pipeline, landscape, clock, book, onBug } = parts;
  const held = new Map<string, { readonly slots: readonly Slot[]; readonly exception: string }>();
  const ofCase = new Map<string, Set<string>>();
  const deciding = new Map<string, Decision>();
  const slotsOf = (bad: BadMessage): readonly Slot[] => slotsHeld(bad, parts);

  function keep(message: string, slots: readonly Slot[], exception: string, place: Omit<Held, 'message'>): void {
    held.set(message, { slots, exception });
    ofCase.set(exception, (ofCase.get(exception) ?? new Set()).add(message));
    for (const { flow, key } of slots) parts.hold(flow, key, { message, ...place });
  }

  function causeOf(bad: BadMessage, slots: readonly Slot[]): string {
    return JSON.stringify([quarantinedType, ...subjectOf(bad, slots)]);
  }

  /** Nothing waits for it any more; with the last message of a case the case is over. */
  function over(message: string, decision: Decision, what: string): void {
    const entry = held.get(message);
    if (!entry) return;
    held.delete(message);
    for (const { flow, key } of entry.slots) parts.letGo(flow, key, message);
    const left = ofCase.get(entry.exception);
    left?.delete(message);
    if (left?.size !== 0) return;
    ofCase.delete(entry.exception);
    resolve(entry.exception, decision, what);
  }

  function resolve(exception: string, { by, reason }: Decision, what: string): void {
    book
      .change(exception, (record) => {
        if (record.status === 'resolved') return undefined;
        const nowMs = clock.now();
        const history = withEntry(record.history, { atMs: nowMs, by, action: 'resolve', note: `${what}: ${reason}` });
        return { record: { ...record, status: 'resolved', changedMs: nowMs, history }, more: [] };
      })
      .catch(onBug);
  }

  /** What was decided about a message since it came: one that its sender tells again after that waits for a decision of its own. */
  async function outcomeOf(message: string, cameMs: number): Promise<ReturnType<typeof outcomeIn>> {
    const [newest] = await store.audit({ subject: quarantineSubject(message), limit: 1 });
    return outcomeIn(newest && newest.atMs >= cameMs ? newest : undefined);
  }

  async function decisionOn(message: string, cameMs: number): Promise<Patient['decided']> {
    return (await outcomeOf(message, cameMs)).decided;
  }

  async function patient(record: QuarantineRecord): Promise<Patient> {
    const message = messageId(record.source, record.eventId);
    const outcome = await outcomeOf(message, record.atMs);
    const slots = outcome.decided === 'discarded' ? [] : (held.get(message)?.slots ?? []);
    return { message, record, holds: slots.map(({ flow, key }) => `${flow.name}/${key}`), ...outcome };
  }

  async function recordOf(message: string): Promise<QuarantineRecord> {
    const record = (await store.quarantined(lookMax)).find(({ source, eventId }) => messageId(source, eventId) === message);
    if (!record) throw new Fault('NOT_FOUND', `No message in quarantine is called "${message}".`);
    return record;
  }

  async function find(message: string): Promise<QuarantineRecord> {
    const record = await recordOf(message);
    const decided = await decisionOn(message, record.atMs);
    if (decided) throw new Fault('CONFLICT', `The message ${message} was ${decided} already.`, { message });
    return record;
  }

  /** Whoever waits behind it waits for a message of its own key. */
  function assertOwnKey(message: string, record: QuarantineRecord, made: unknown): void {
    const bad = badIn(record, landscape);
    if (!bad) return;
    const subject: Subject = { kind: 'event', key: `${bad.source} ${bad.id}`, of: bad.contract };
    if (parts.oversight.isBarred(subject)) return;
    const lost = parts.oversight.during(subject, () => lostKey(bad.contract, bad.data, made));
    if (!lost) return;
    const { name, field, was, is } = lost;
    const other = is === undefined ? `has no ${name}` : `is of "${is}"`;
    const text = `The message ${message} is of the ${name} "${was}"; this data ${other}. What is released keeps its key: discard the message, and send the other one anew.`;
    throw new Fault('INPUT_INVALID', text, { message, path: `/data/${field}` });
  }

  /** The case that it opened, or that counts it. */
  async function exceptionOf(message: string, record: QuarantineRecord): Promise<string | undefined> {
    const own = held.get(message)?.exception ?? (await store.exception(message))?.id;
    if (own !== undefined) return own;
    const bad = badIn(record, landscape);
    return bad && book.ofCause(causeOf(bad, slotsOf(bad)))?.id;
  }

  function audit(message: string, action: 'quarantine.released' | 'quarantine.discarded', { by, reason }: Decision, more: object): Change {
    return { change: 'audit.add', atMs: clock.now(), actor: by, action, subject: quarantineSubject(message), details: JSON.stringify({ reason, ...more }) };
  }

  return {
    admitted(bad) {
      return book.file(quarantinedCase(landscape, bad, slotsOf(bad))).changes;
    },
    unknown(stranger) {
      const opening = strangerCase(landscape, stranger);
      return opening ? book.file(opening).changes : [];
    },
    hold(bad, after) {
      const slots = slotsOf(bad);
      const record = book.ofCause(causeOf(bad, slots));
      if (slots.length === 0 || held.size >= heldMax || !record) return;
      keep(messageId(bad.source, bad.id), slots, record.id, { atMs: bad.atMs, after });
    },
    async takeUp() {
      const cases = [...book.unresolved()].filter(({ type }) => type === quarantinedType);
      if (cases.length === 0) return;
      const unrouted = await unroutedIn(store);
      for (const record of (await store.quarantined(lookMax)).toReversed()) {
        const bad = badIn(record, landscape);
        const slots = bad ? slotsOf(bad) : [];
        const message = messageId(record.source, record.eventId);
        const exception = bad && book.ofCause(causeOf(bad, slots));
        if (!exception || slots.length === 0 || held.has(message)) continue;
        const decided = await decisionOn(message, record.atMs);
        // Released, and not yet in its place in the line: it holds until it is.
        if (decided === undefined || (decided === 'released' && unrouted.has(message))) keep(message, slots, exception.id, { atMs: record.atMs, after: undefined });
      }
      for (const { id, evidence } of cases) {
        const message = String(fieldOf(recorded(evidence), 'message'));
        if (!ofCase.has(id) && (await decisionOn(message, -Infinity)) !== undefined) resolve(id, { by: 'lineshaft', reason: 'before the hub was started again' }, 'decided');
      }
    },
    list: async (wanted) => patientsIn({ store, patientOf: patient }, wanted),
    async show(message) {
      const record = await recordOf(message);
      return chartOf(parts, await patient(record), await exceptionOf(message, record));
    },
    async release(message, { data, ...decision }) {
      const record = await find(message);
      const value = rawOf(record);
      if (data !== undefined) assertOwnKey(message, record, data);
      // What its sender signed is not what a person made of it.
      const sent = data === undefined ? value : { ...value, data, signature: undefined, signingkey: undefined };
      deciding.set(message, decision);
      let what = 'released';
      try {
        await parts.readmit(sent, record.principal, (filtered) => {
          if (filtered !== undefined) what = `released, and dropped by a filter (${filtered})`;
          return [
            audit(message, 'quarantine.released', decision, { ...(data !== undefined && { before: fieldOf(value, 'data'), data }), ...(filtered !== undefined && { filtered }) }),
          ];
        });
      } finally {
        deciding.delete(message);
      }
      // A mended message may be of a key that could not be read before, or was none: then nothing of its own comes into the old line.
      over(message, decision, what);
      return patient(record);
    },
    async discard(message, decision) {
      const record = await find(message);
      await pipeline.commit([audit(message, 'quarantine.discarded', decision, {})]);
      over(message, decision, 'discarded');
      return patient(record);
    },
    mended: (message) => over(message, deciding.get(message) ?? { by: 'lineshaft', reason: 'it came in again' }, 'mended'),
    holdsCase(exception) {
      const messages = ofCase.get(exception);
      return messages && `Its messages hold their key: release or discard ${[...messages].slice(0, 5).join(', ')}${messages.size > 5 ? ' …' : ''}.`;
    },
  };
}

/** What the audit calls a message in quarantine. */
export function quarantineSubject(message: string): string {
  return `quarantine:${message}`;
}

/** The messages that lie in the log and were given to no flow yet. */
async function unroutedIn(store: Store): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let after = await store.cursor(routingCursor), page = await store.eventsAfter(after, 500); page.length > 0; page = await store.eventsAfter(after, 500)) {
    for (const event of page) found.add(messageId(event.source, event.id));
    after = page.at(-1)?.position ?? after;
  }
  return found;
}

/** A stored message as it came; of one that was too long to be kept whole, nothing. */
function badIn(record: QuarantineRecord, landscape: Landscape): BadMessage | undefined {
  const value = parsed(record.raw);
  const contract = contractIn(landscape, value);
  return contract && { contract, source: record.source, id: record.eventId, data: fieldOf(value, 'data'), reason: record.reason, atMs: record.atMs };
}

function rawOf(record: QuarantineRecord): object {
  const value = parsed(record.raw);
  if (typeof value !== 'object' || value === null) throw new Fault('INPUT_INVALID', 'The message was too long to be kept whole: send it again from where it came.');
  return value;
}
