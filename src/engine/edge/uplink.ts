import { Type } from 'typebox';
import { sleep, type Clock, type Random } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Probe } from '../../kernel/probe.ts';
import { delayBefore, type Backoff } from '../../kernel/retry.ts';
import { schema } from '../../kernel/schema.ts';
import type { BufferedEvent, EdgeStore } from '../../store/edge-store.ts';
import type { HubList } from './hub-list.ts';
import { contractOf } from './rule-event.ts';
import { detailOf, jsonOf, withinTime, type Send } from './send.ts';

export interface UplinkParts {
  readonly store: EdgeStore;
  readonly hubs: HubList;
  readonly send: Send;
  /** The edge's key at the hub. */
  readonly key: string;
  /** Signs an event, JSON text; without it they go unsigned. */
  readonly sign?: ((body: string) => string) | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly probe: Probe;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** Called when events have left the buffer. */
  readonly onAcknowledged?: () => Promise<void>;
  readonly batchMax?: number;
  readonly bytesMax?: number;
  readonly timeoutMs?: number;
  readonly backoff?: Backoff;
}

export interface UplinkStatus {
  readonly hub: string;
  readonly acknowledged: number;
  /** Of the acknowledged ones, those that the hub had already, and those that it put into quarantine. */
  readonly duplicates: number;
  readonly quarantined: number;
  /** Those that it dropped, as their contract declares. */
  readonly filtered: number;
  /** Tries that failed since the hub last took something, and why the last one did. */
  readonly failures: number;
  readonly trouble: string | undefined;
}

/**
 * Sends the buffer to the hub, one batch at a time, at once when there is something. A batch leaves the buffer when the hub has
 * answered that all of it is committed (taken, known, in quarantine, or named as dropped); until then it is kept and sent again. It goes oldest first;
 * where there is more than a batch, as after an outage, most of each batch is what is urgent and what came since, and the rest the
 * oldest: nothing new waits for the backlog, and the backlog never stands still. Events that share a key keep their order throughout.
 */
export interface Uplink {
  /** There is something new in the buffer. */
  wake(): void;
  status(): UplinkStatus;
  close(): Promise<void>;
}

const count = Type.Integer({ minimum: 0 });
// A hub of an earlier Lineshaft drops nothing and does not say so.
const answerShape = schema(Type.Object({ accepted: count, duplicates: count, quarantined: count, filtered: Type.Optional(count) }));
type Answer = { readonly accepted: number; readonly duplicates: number; readonly quarantined: number; readonly filtered?: number };

/** Refusals that a smaller batch may not meet. */
const aboutTheBatch: readonly number[] = [400, 413, 422];
const retryAfterMaxMs = 60_000;
/** The part of a batch that what overtakes may take of its events and of its bytes. */
const aheadPart = 0.75;

export function openUplink(parts: UplinkParts): Uplink {
  const {
    store,
    hubs,
    send,
    key,
    clock,
    random,
    probe,
    log,
    sign = (body) => body,
    batchMax = 500,
    bytesMax = 512 * 1024,
    timeoutMs = 15_000,
    backoff = { firstMs: 100, maxMs: 5_000 },
  } = parts;
  const totals = { acknowledged: 0, duplicates: 0, quarantined: 0, filtered: 0 };
  const closing = new AbortController();
  let limit = batchMax;
  let failures = 0;
  let trouble: string | undefined;
  /** What was appended after this one is fresh: it came after the first request that the hub, being back, answers well. */
  let freshAfter = 0;
  let isWoken = false;
  let rouse: (() => void) | undefined;

  async function nextBatch(): Promise<readonly BufferedEvent[]> {
    const oldest = await store.pending(limit);
    const fitting = within(oldest, bytesMax);
    if (fitting.length === oldest.length && oldest.length < limit) return oldest;
    const ahead = within(await store.ahead(freshAfter, Math.ceil(limit * aheadPart)), Math.ceil(bytesMax * aheadPart));
    const chosen = new Set(ahead.map(({ position }) => position));
    return within([...ahead, ...oldest.filter(({ position }) => !chosen.has(position))].slice(0, limit), bytesMax);
  }

  /** Resolves when the whole batch is the hub's; raises a Fault otherwise. */
  async function transmit(url: string, batch: readonly BufferedEvent[]): Promise<void> {
    const [first] = batch;
    const only = first && batch.length === 1 ? `:${contractOf(first.body)}` : '';
    probe(`edge.before-uplink${only}`);
    const response = await withinTime(clock, timeoutMs, closing.signal, async (signal) =>
      send({
        url: `${url}/api/events`,
        headers: { 'content-type': 'application/cloudevents-batch+json', authorization: `Bearer ${key}` },
        body: `[${batch.map(({ body }) => sign(body)).join(',')}]`,
        signal,
      }),
    ).catch((error: unknown) => {
      throw new Fault('SYSTEM_UNREACHABLE', `The hub ${url} gave no answer: ${messageOf(error)}`, { url }, error);
    });
    probe(`edge.after-uplink-answer${only}`);
    const answer = answerOf(url, response, batch.length);
    probe(`edge.before-acknowledge${only}`);
    await store.acknowledge(batch.map(({ position }) => position));
    probe(`edge.after-acknowledge${only}`);
    await parts.onAcknowledged?.();
    totals.acknowledged += batch.length;
    totals.duplicates += answer.duplicates;
    totals.quarantined += answer.quarantined;
    totals.filtered += answer.filtered ?? 0;
    if (answer.quarantined > 0) log(`The hub put ${answer.quarantined} of ${batch.length} events into quarantine.`, { url });
  }

  /** One try with one batch; says how long to wait before the next one, in milliseconds. */
  async function attempt(): Promise<number | 'idle'> {
    const url = hubs.current();
    let size = 0;
    try {
      if (failures > 0) freshAfter = await store.newest();
      const batch = await nextBatch();
      size = batch.length;
      if (size === 0) return 'idle';
      await transmit(url, batch);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return waitAfter(error, url, size);
    }
    if (failures > 0) log(`The hub ${url} takes events again.`, { failures });
    hubs.answered();
    failures = 0;
    trouble = undefined;
    limit = Math.min(batchMax, limit * 2);
    return 0;
  }

  function waitAfter(fault: Fault, url: string, size: number): number {
    if (closing.signal.aborted) return 0;
    if (failures === 0) log(`${fault.message} The events are kept and sent again.`, { url });
    failures++;
    trouble = fault.message;
    const { status, retryAfterMs } = fault.details;
    if (typeof status === 'number' && aboutTheBatch.includes(status) && size > 1) {
      limit = Math.ceil(size / 2);
      return 0;
    }
    const haveAllFailed = hubs.failed(url);
    if (!haveAllFailed) return 0;
    return Math.max(delayBefore(failures, backoff, random), typeof retryAfterMs === 'number' ? retryAfterMs : 0);
  }

  async function run(): Promise<void> {
    freshAfter = await store.newest();
    while (!closing.signal.aborted) {
      isWoken = false;
      const wait = await attempt();
      if (wait === 'idle') await woken();
      else if (wait > 0) await sleep(clock, wait, closing.signal).catch(() => undefined); // closing
    }
  }

  function woken(): Promise<void> {
    return new Promise((resolve) => {
      if (isWoken || closing.signal.aborted) resolve();
      else rouse = resolve;
    });
  }

  function wake(): void {
    isWoken = true;
    rouse?.();
    rouse = undefined;
  }

  const running = run();
  return {
    wake,
    status: () => ({ hub: hubs.current(), ...totals, failures, trouble }),
    async close() {
      closing.abort();
      wake();
      await running;
    },
  };
}

/** The first events that have room in `bytesMax`; at least one. */
function within(events: readonly BufferedEvent[], bytesMax: number): readonly BufferedEvent[] {
  let bytes = 2;
  const end = events.findIndex(({ body }) => (bytes += Buffer.byteLength(body) + 1) > bytesMax);
  return end === -1 ? events : events.slice(0, Math.max(1, end));
}

/** The hub's word that every one of `sent` events is committed. Raises a Fault on anything else. */
function answerOf(url: string, response: Awaited<ReturnType<Send>>, sent: number): Answer {
  const { status, retryAfter, body } = response;
  if (status < 200 || status > 299) {
    const seconds = Number(retryAfter ?? '0');
    const retryAfterMs = Number.isFinite(seconds) ? Math.min(retryAfterMaxMs, seconds * 1_000) : 0;
    throw new Fault(status === 401 || status === 403 ? 'SYSTEM_DENIED' : 'SYSTEM_BUSY', `The hub ${url} answered ${status}: ${detailOf(body)}`, { url, status, retryAfterMs });
  }
  const answer = jsonOf(body);
  if (!answerShape.check(answer) || answer.accepted + answer.duplicates + answer.quarantined + (answer.filtered ?? 0) !== sent) {
    throw new Fault('REPLY_BROKEN', `The hub ${url} answered ${status}, but not that it has committed ${sent} events: ${body.slice(0, 200)}`, { url });
  }
  return answer;
}
