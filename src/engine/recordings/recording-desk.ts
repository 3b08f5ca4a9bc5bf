import { Type } from 'typebox';
import type { Clock } from '../../kernel/clock.ts';
import { Fault, isFaultCode } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import { schema } from '../../kernel/schema.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { RecordingPart, RecordingPlace, RecordingRefusal, RecordingWanted } from './recording-wire.ts';

/** What somebody wants of what an edge recorded. Event times, epoch milliseconds. */
export interface RecordingAsk {
  readonly edge: string;
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly bytesMax: number;
  readonly bytesPerSecond: number;
  readonly by: string;
}

/** A stretch of a recording on its way from an edge, or here. Times are epoch milliseconds. */
export interface RecordingTicket extends RecordingAsk {
  readonly id: string;
  readonly askedMs: number;
  readonly endedMs: number | undefined;
  readonly status: 'asked' | 'coming' | 'here' | 'failed' | 'cancelled';
  /** Bytes that are here, and of all that is sent at most, as soon as the edge has told. */
  readonly bytes: number;
  readonly total: number | undefined;
  /** Bytes per second over the last parts; undefined until two have come, and when it is over. */
  readonly rate: number | undefined;
  /** Event time of the oldest value that the edge has, where that is later than what was asked for. */
  readonly beginsMs: number | undefined;
  readonly fault: Fault | undefined;
}

/** Where fetched recordings lie. */
export interface RecordingShelf {
  /** Writes at this place and cuts what lies behind it. Raises STORE_UNAVAILABLE. */
  write(id: string, at: number, bytes: Uint8Array): Promise<void>;
  read(id: string): AsyncIterable<Uint8Array>;
  drop(id: string): Promise<void>;
  /** Writes beside one that is here what it is of, JSON, so that the next process knows it. Raises STORE_UNAVAILABLE. */
  note(id: string, note: unknown): Promise<void>;
  /** What an earlier process noted of those that are whole here. */
  readonly kept: readonly unknown[];
}

/** What is noted of a recording that is here. Times are epoch milliseconds. */
const noteShape = schema(
  Type.Object({
    id: Type.String(),
    edge: Type.String(),
    fromMs: Type.Optional(Type.Number()),
    toMs: Type.Optional(Type.Number()),
    bytesMax: Type.Number(),
    bytesPerSecond: Type.Number(),
    by: Type.String(),
    askedMs: Type.Number(),
    endedMs: Type.Number(),
    bytes: Type.Number(),
    total: Type.Optional(Type.Number()),
    beginsMs: Type.Optional(Type.Number()),
  }),
);

/** Fetches recordings of edges, which connect outward only: an edge is asked in the answer to its status. One of an edge at a time; each is let go after a while. */
export interface RecordingDesk {
  /** Raises CONFLICT while another one of this edge is under way, and TOO_LARGE where it has no room here. Audited before it begins. */
  ask(asked: RecordingAsk): Promise<RecordingTicket>;
  /** What an edge is to send. */
  wantedOf(edge: string): RecordingWanted | undefined;
  /** Takes a part; the answer is how many bytes are here then. Raises NOT_FOUND where nobody wants it any more, and CONFLICT where it does not follow what is here. */
  take(edge: string, id: string, part: RecordingPart, bytes: Uint8Array): Promise<number>;
  /** The edge does not send it. */
  refuse(edge: string, id: string, refusal: RecordingRefusal): void;
  /** Raises NOT_FOUND. */
  ticket(id: string): RecordingTicket;
  /** The newest first. */
  all(): readonly RecordingTicket[];
  /** The bytes of one that is here. Raises NOT_FOUND, and CONFLICT where it is not. */
  bytesOf(id: string): AsyncIterable<Uint8Array>;
  /** Ends one that is under way, and lets go of what is here of it. Raises NOT_FOUND. */
  cancel(id: string, by: string): Promise<RecordingTicket>;
  close(): Promise<void>;
}

export interface RecordingDeskParts {
  readonly shelf: RecordingShelf;
  readonly pipeline: Pick<Pipeline, 'commit'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** Bytes of all that is here and under way. */
  readonly diskMax?: number;
  /** How long nothing may come of one that is under way, and how long one that is over is kept. */
  readonly quietMs?: number;
  readonly keptMs?: number;
  readonly keptMax?: number;
}

/** Of the closing mark, which the edge does not count. */
const closingBytesMax = 1_024;

/** Parts that a rate is of, and how old they are at most. */
const pacePartsMax = 64;
const paceMs = 60_000;

interface Held {
  ticket: Omit<RecordingTicket, 'rate'>;
  /** When the last parts came, on the steady clock. */
  readonly pace: { readonly atMs: number; readonly bytes: number }[];
  /** Up to where in the edge's recording it is here. */
  after: RecordingPlace | undefined;
  isWriting: boolean;
  cancel: () => void;
}

export function recordingDesk(parts: RecordingDeskParts): RecordingDesk {
  return new Desk(parts);
}

class Desk implements RecordingDesk {
  readonly #parts: Required<RecordingDeskParts>;
  readonly #held = new Map<string, Held>();

  constructor(parts: RecordingDeskParts) {
    this.#parts = { diskMax: 2_000_000_000, quietMs: 15 * 60_000, keptMs: 6 * 60 * 60_000, keptMax: 16, ...parts };
    for (const note of parts.shelf.kept) this.#takeUp(note);
  }

  /** What an earlier process fetched is kept for as long as it would have been. */
  #takeUp(note: unknown): void {
    if (!noteShape.check(note)) return;
    const { clock, keptMs } = this.#parts;
    const { fromMs, toMs, total, beginsMs } = note;
    const ticket: Held['ticket'] = { ...note, fromMs, toMs, total, beginsMs, status: 'here', fault: undefined };
    const held: Held = { ticket, pace: [], after: undefined, isWriting: false, cancel: () => undefined };
    this.#held.set(ticket.id, held);
    held.cancel = clock.after(Math.max(0, note.endedMs + keptMs - clock.now()), () => this.#forget(held));
  }

  async ask(asked: RecordingAsk): Promise<RecordingTicket> {
    const { clock, ids } = this.#parts;
    const other = this.#underWay(asked.edge);
    if (other)
      throw new Fault('CONFLICT', `A recording of the edge "${asked.edge}" is under way already, for ${other.ticket.by}; one is fetched at a time.`, {
        recording: other.ticket.id,
      });
    this.#makeRoom(asked.bytesMax);
    const ticket: Held['ticket'] = {
      ...asked,
      id: ids.uuid(),
      askedMs: clock.now(),
      endedMs: undefined,
      status: 'asked',
      bytes: 0,
      total: undefined,
      beginsMs: undefined,
      fault: undefined,
    };
    const held: Held = { ticket, pace: [], after: undefined, isWriting: false, cancel: () => undefined };
    this.#held.set(ticket.id, held);
    try {
      const { edge, fromMs, toMs, bytesMax, by } = asked;
      await this.#audit('edge.recording', by, edge, { recording: ticket.id, fromMs, toMs, bytesMax });
    } catch (error) {
      this.#held.delete(ticket.id);
      throw error;
    }
    this.#awaitMore(held);
    return this.#told(held);
  }

  wantedOf(edge: string): RecordingWanted | undefined {
    const held = this.#underWay(edge);
    if (!held || held.isWriting) return undefined;
    const { id, fromMs, toMs, bytesMax, bytesPerSecond, bytes } = held.ticket;
    return { id, ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs }), bytesMax, bytesPerSecond, at: bytes, ...(held.after && { after: held.after }) };
  }

  async take(edge: string, id: string, { at, isLast, total, beginsMs, ...after }: RecordingPart, bytes: Uint8Array): Promise<number> {
    const held = this.#wanted(edge, id);
    const { ticket } = held;
    if (held.isWriting || (at !== 0 && at !== ticket.bytes))
      throw new Fault('CONFLICT', `${ticket.bytes} bytes of this recording are here, and a part at ${at} does not follow.`, { at: ticket.bytes });
    if (at + bytes.length > ticket.bytesMax + closingBytesMax) {
      this.#end(held, 'failed', new Fault('TOO_LARGE', `The edge "${edge}" sends more than ${ticket.bytesMax} bytes. Choose a shorter time, or allow more with --megabytes.`, {}));
      throw new Fault('NOT_FOUND', 'This recording is larger than was asked for.');
    }
    held.isWriting = true;
    try {
      await this.#parts.shelf.write(id, at, bytes);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (isUnderWay(held)) this.#end(held, 'failed', error);
      throw error;
    } finally {
      held.isWriting = false;
    }
    // It was ended while it was written.
    if (!isUnderWay(held)) {
      this.#drop(held);
      return at;
    }
    held.after = after;
    held.pace.push({ atMs: this.#parts.clock.steady(), bytes: bytes.length });
    if (held.pace.length > pacePartsMax) held.pace.shift();
    held.ticket = {
      ...held.ticket,
      status: 'coming',
      bytes: at + bytes.length,
      total: total ?? held.ticket.total,
      beginsMs: beginsMs ?? (at === 0 ? undefined : held.ticket.beginsMs),
    };
    if (isLast === 1) await this.#keep(held);
    else this.#awaitMore(held);
    return held.ticket.bytes;
  }

  async #keep(held: Held): Promise<void> {
    this.#end(held, 'here');
    const { shelf, log } = this.#parts;
    const { status: _status, fault: _fault, ...note } = held.ticket;
    // It is here all the same; only the next process would not know it.
    await shelf.note(note.id, note).catch((error: unknown) => log('A fetched recording will not be known after a restart.', { recording: note.id, error }));
  }

  refuse(edge: string, id: string, { code, message }: RecordingRefusal): void {
    this.#end(this.#wanted(edge, id), 'failed', new Fault(isFaultCode(code) ? code : 'REPLY_BROKEN', message, { edge }));
  }

  ticket(id: string): RecordingTicket {
    return this.#told(this.#known(id));
  }

  all(): readonly RecordingTicket[] {
    return [...this.#held.values()].map((held) => this.#told(held)).toReversed();
  }

  #told(held: Held): RecordingTicket {
    const nowMs = this.#parts.clock.steady();
    const [first, ...more] = held.pace.filter(({ atMs }) => nowMs - atMs <= paceMs);
    const bytes = more.reduce((sum, part) => sum + part.bytes, 0);
    const isKnown = held.ticket.status === 'coming' && held.pace.length > 1;
    const rate = first === undefined ? 0 : (bytes * 1_000) / Math.max(1, nowMs - first.atMs);
    return { ...held.ticket, rate: isKnown ? Math.round(rate) : undefined };
  }

  bytesOf(id: string): AsyncIterable<Uint8Array> {
    const { ticket } = this.#known(id);
    if (ticket.status !== 'here') throw new Fault('CONFLICT', `The recording "${id}" is not here: it is ${ticket.status}.`, { status: ticket.status });
    return this.#parts.shelf.read(id);
  }

  async cancel(id: string, by: string): Promise<RecordingTicket> {
    const held = this.#known(id);
    if (!isUnderWay(held)) return this.#told(held);
    this.#end(held, 'cancelled', new Fault('CONFLICT', `It was ended by ${by}.`));
    await this.#audit('edge.recording-ended', by, held.ticket.edge, { recording: id });
    return this.#told(held);
  }

  async close(): Promise<void> {
    for (const held of this.#held.values()) held.cancel();
    await Promise.all([...this.#held.values()].map(async ({ ticket: { id, status } }) => status !== 'here' && this.#parts.shelf.drop(id)));
    this.#held.clear();
  }

  #underWay(edge: string): Held | undefined {
    return [...this.#held.values()].find((held) => held.ticket.edge === edge && isUnderWay(held));
  }

  #known(id: string): Held {
    const held = this.#held.get(id);
    if (held) return held;
    throw new Fault('NOT_FOUND', `There is no recording "${id.slice(0, 100)}"; what was fetched is kept for ${this.#parts.keptMs / 3_600_000} h.`);
  }

  #wanted(edge: string, id: string): Held {
    const held = this.#known(id);
    if (held.ticket.edge === edge && isUnderWay(held)) return held;
    throw new Fault('NOT_FOUND', `Nobody wants the recording "${id.slice(0, 100)}" of the edge "${edge.slice(0, 100)}" any more.`);
  }

  /** Counts what is under way as large as it may become. Raises TOO_LARGE. */
  #makeRoom(more: number): void {
    const { diskMax, keptMax } = this.#parts;
    const size = (held: Held): number => (isUnderWay(held) ? held.ticket.bytesMax : held.ticket.bytes);
    const taken = (): number => [...this.#held.values()].reduce((sum, held) => sum + size(held), 0);
    for (const held of this.#held.values()) {
      if (taken() + more <= diskMax && this.#held.size < keptMax) return;
      if (!isUnderWay(held)) this.#forget(held);
    }
    if (taken() + more <= diskMax && this.#held.size < keptMax) return;
    throw new Fault(
      'TOO_LARGE',
      `The hub keeps at most ${diskMax} bytes of fetched recordings and ${keptMax} of them; ${taken()} are taken. Ask for less, or end one that is under way.`,
      { diskMax },
    );
  }

  #awaitMore(held: Held): void {
    const { clock, quietMs } = this.#parts;
    held.cancel();
    held.cancel = clock.after(quietMs, () => {
      const { edge, status } = held.ticket;
      const what = status === 'asked' ? 'has not come for it' : 'has not gone on sending it';
      this.#end(held, 'failed', new Fault('SYSTEM_UNREACHABLE', `The edge "${edge}" ${what} for ${quietMs / 60_000} min. Look at its page, and ask again.`, { edge }));
    });
  }

  #end(held: Held, status: RecordingTicket['status'], fault?: Fault): void {
    const { clock, keptMs } = this.#parts;
    held.ticket = { ...held.ticket, status, fault, endedMs: clock.now() };
    held.cancel();
    held.cancel = clock.after(keptMs, () => this.#forget(held));
    // What is being written is let go when it is.
    if (status !== 'here' && !held.isWriting) this.#drop(held);
  }

  #drop(held: Held): void {
    const { shelf, log } = this.#parts;
    held.ticket = { ...held.ticket, bytes: 0 };
    shelf.drop(held.ticket.id).catch((error: unknown) => log('A fetched recording could not be removed.', { recording: held.ticket.id, error }));
  }

  #forget(held: Held): void {
    held.cancel();
    this.#held.delete(held.ticket.id);
    this.#drop(held);
  }

  async #audit(action: string, actor: string, subject: string, details: unknown): Promise<void> {
    await this.#parts.pipeline.commit([{ change: 'audit.add', atMs: this.#parts.clock.now(), actor, action, subject, details: JSON.stringify(details) }]);
  }
}

function isUnderWay({ ticket: { status } }: Held): boolean {
  return status === 'asked' || status === 'coming';
}
