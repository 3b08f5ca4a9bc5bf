import { sleep, type Clock } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { RecordingPlace, RecordingRefusal, RecordingWanted } from '../recordings/recording-wire.ts';
import { detailOf, withinTime, type Send } from './send.ts';

/** What of a recording is sent: bytes, and up to where they go in it. */
export interface RecordingPiece {
  readonly bytes: Uint8Array;
  readonly next: RecordingPlace;
  readonly isLast: boolean;
}

export interface RecordingReading {
  /** Whether it begins anew: the place to go on from is not in the recording any more, or none was given. */
  readonly isFresh: boolean;
  /** Bytes of a fresh one, at most. */
  readonly total: number;
  /** Event time of the oldest value, where that is later than what was asked for. */
  readonly beginsMs: number | undefined;
  readonly pieces: AsyncIterable<RecordingPiece>;
}

export interface RecordingSenderParts {
  readonly edge: string;
  readonly key: string;
  readonly send: Send;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** Raises the Fault that the hub is told where there is nothing to send, and CONFLICT where what it reads was shed meanwhile. */
  readonly read: (wanted: RecordingWanted) => Promise<RecordingReading>;
  /** Events that the hub has not taken. */
  readonly waiting: () => Promise<number>;
}

/** Sends to the hub what it wants of the recording: piece by piece, one at a time, behind the events, and at most half of the time. */
export interface RecordingSender {
  /** What the hub at `url` wants now. Nothing happens while something is under way. */
  asked(wanted: RecordingWanted, url: string): void;
  close(): Promise<void>;
}

const timeoutMs = 30_000;
/** How long a piece waits for events to go first; then it goes, so that a plant that always has events gets its recording through, too. */
const giveWayMs = 5_000;
const lookMs = 100;

export function recordingSender({ edge, key, send, clock, log, read, waiting }: RecordingSenderParts): RecordingSender {
  const closing = new AbortController();
  let sending: Promise<void> | undefined;
  /** All of it is at the hub, whose answer of a moment before may still want it. */
  let done: string | undefined;

  async function post(url: string, headers: Readonly<Record<string, string>>, body: string | Uint8Array): Promise<void> {
    const answer = await withinTime(clock, timeoutMs, closing.signal, async (signal) =>
      send({ url, headers: { ...headers, authorization: `Bearer ${key}` }, ...(typeof body === 'string' ? { body } : { body: '', bytes: body }), signal }),
    );
    if (answer.status > 299) throw new Fault('SYSTEM_BUSY', `The hub answered ${answer.status}: ${detailOf(answer.body)}`, { url, status: answer.status });
  }

  async function giveWay(): Promise<void> {
    for (let waited = 0; waited < giveWayMs && (await waiting()) > 0; waited += lookMs) await sleep(clock, lookMs, closing.signal);
  }

  async function sendAll(wanted: RecordingWanted, place: string): Promise<void> {
    const { isFresh, total, beginsMs, pieces } = await read(wanted);
    let at = isFresh ? 0 : wanted.at;
    for await (const { bytes, next, isLast } of pieces) {
      await giveWay();
      const told = new URLSearchParams({
        at: String(at),
        ...Object.fromEntries(Object.entries(next).map(([field, value]) => [field, String(value)])),
        isLast: isLast ? '1' : '0',
        ...(isFresh && { total: String(total) }),
        ...(beginsMs !== undefined && { beginsMs: String(beginsMs) }),
      });
      const begunMs = clock.steady();
      await post(`${place}/parts?${told.toString()}`, { 'content-type': 'application/octet-stream' }, bytes);
      at += bytes.length;
      if (isLast) {
        done = wanted.id;
        return;
      }
      const tookMs = clock.steady() - begunMs;
      await sleep(clock, Math.max(tookMs, (bytes.length / wanted.bytesPerSecond) * 1_000 - tookMs), closing.signal);
    }
  }

  async function serve(wanted: RecordingWanted, url: string): Promise<void> {
    const place = `${url}/api/edges/${encodeURIComponent(edge)}/recordings/${encodeURIComponent(wanted.id)}`;
    try {
      await sendAll(wanted, place);
    } catch (error) {
      if (closing.signal.aborted) return;
      if (error instanceof Fault && refused.has(error.code)) await refuse(place, error);
      // The hub says in its next answer from where to go on.
      else log(`What the hub wants of the recording did not get through: ${messageOf(error)}`, { recording: wanted.id });
    }
  }

  async function refuse(place: string, { code, message }: Fault): Promise<void> {
    const refusal: RecordingRefusal = { code, message };
    await post(`${place}/refusal`, { 'content-type': 'application/json' }, JSON.stringify(refusal)).catch((error: unknown) =>
      log(`That this edge has nothing to send did not reach the hub: ${messageOf(error)}`),
    );
  }

  return {
    asked(wanted, url) {
      if (closing.signal.aborted || wanted.id === done) return;
      sending ??= serve(wanted, url).finally(() => {
        sending = undefined;
      });
    },
    async close() {
      closing.abort();
      await sending;
    },
  };
}

/** What the edge itself says of its recording; all else is the link's, and passes. */
const refused: ReadonlySet<Fault['code']> = new Set<Fault['code']>(['NOT_FOUND', 'TOO_LARGE', 'COMMAND_INVALID']);
