import { ChurnMap } from '../../kernel/churn-map.ts';
import type { Clock, Random } from '../../kernel/clock.ts';
import { delayBefore } from '../../kernel/retry.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import type { SystemLimits } from '../../model/system.ts';
import type { Errand } from './errand.ts';
import { openGate, type Gate } from './gate.ts';
import { wishes, type Wishes } from './wishes.ts';

/** Whether a system is being called: `down` after failures in a row, `probing` while one call tries whether it is back. */
export type LaneMode = 'up' | 'down' | 'probing' | 'paused';

export interface LaneLimits {
  readonly concurrencyMax: number;
  /** Requests per second. */
  readonly rateMax: number;
  readonly timeoutMs: number;
  readonly failuresMax: number;
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
  readonly patienceMs: number;
  /** Calls that may wait before the owner is told. */
  readonly backlogMax: number;
}

/** A system's limits in milliseconds, under an environment's values. */
export function laneLimits(given: SystemLimits, values: LimitValues): LaneLimits {
  return {
    concurrencyMax: given.concurrencyMax,
    rateMax: given.rateMax,
    timeoutMs: spanMs(given.timeout, values),
    failuresMax: given.failuresMax,
    retryFirstMs: spanMs(given.retryFirst, values),
    retryMaxMs: spanMs(given.retryMax, values),
    patienceMs: spanMs(given.patience, values),
    backlogMax: given.backlogMax,
  };
}

/** The calls to one system: how many at once, how fast, in which order, and whether at all. */
export interface Lane {
  readonly system: string;
  readonly limits: LaneLimits;
  mode(): LaneMode;
  /** Since when the system has been down, epoch milliseconds. */
  downSinceMs(): number | undefined;
  /** Since when it has been down, or was under an earlier process while no answer has said since that it is back. Epoch milliseconds. */
  outageMs(): number | undefined;
  /** When it last answered anything, be it to wait; undefined while it has not since the engine began. Epoch milliseconds. */
  answeredMs(): number | undefined;
  /** Puts an errand at the end of its queue (once, in the order of intents). */
  join(errand: Errand): void;
  /** Takes an errand out of its queue: it ended. */
  leave(errand: Errand): void;
  isHead(errand: Errand): boolean;
  /** Whether any errand could be given a slot now. */
  hasRoom(): boolean;
  /** Takes a slot for one try of this errand, if it may be sent now. */
  admit(errand: Errand): boolean;
  /** Gives the slot back and learns how the system is. */
  release(outcome: 'alive' | 'failed' | { readonly busyMs: number }): void;
  /** Marks an errand as wanting a slot, for a try or a read-back. */
  want(errand: Errand): void;
  /** The errands that want a slot and are first of their queue: callers of the API and flows in turn, oldest wish first. */
  wanting(): Pick<Wishes<Errand>, 'size' | typeof Symbol.iterator>;
  /** When to look again, by the steady clock, if nothing else happens before. */
  wakeAtMs(): number | undefined;
  /** Errands that have not ended. */
  depth(): number;
  inFlight(): number;
  /** How often the system asked to wait (Retry-After) and was waited for. */
  waits(): number;
  /** One answer, or the wait for one that did not come, is over; `sentMs`: when it was sent, by the steady clock. */
  took(sentMs: number): void;
  /** The median of the last answers' times within so many milliseconds; undefined where there are too few to tell. */
  answerMs(withinMs: number): number | undefined;
  /** When the oldest effect was asked for that waits, epoch milliseconds. */
  oldestMs(): number | undefined;
  /** The effects that have not ended, queue by queue, in each in the order of intents. */
  effects(): IteratorObject<Errand>;
}

/** Answers that the median is taken of. */
const answersMax = 20;
const answersMin = 5;

/** `outageMs`: since when an earlier process had it down; whether it still is, is learnt anew, and ends with its first answer. */
export function lane(system: string, limits: LaneLimits, clock: Clock, random: Random, gate: () => Gate = () => openGate, outageMs?: number): Lane {
  const queues = new ChurnMap<Errand[]>();
  const wanting = wishes<Errand>();
  let depth = 0;
  let inFlight = 0;
  let failures = 0;
  let down = false;
  let outage = outageMs;
  let answered: number | undefined;
  // Pauses and budgets are by the steady clock: a machine's clock that is set neither ends nor prolongs one.
  let notBefore = 0;
  let probing = false;
  let tokens = limits.rateMax;
  let tokensAtMs = clock.steady();
  let paused = false;
  let waits = 0;
  const answers: { readonly atMs: number; readonly ms: number }[] = [];

  function refill(nowMs: number): void {
    tokens = Math.min(limits.rateMax, tokens + ((nowMs - tokensAtMs) / 1000) * limits.rateMax);
    tokensAtMs = nowMs;
  }

  function mode(): LaneMode {
    if (down) return probing ? 'probing' : 'down';
    return paused && clock.steady() < notBefore ? 'paused' : 'up';
  }

  function isHead(errand: Errand): boolean {
    return errand.query || errand.line?.[0] === errand;
  }

  function open(nowMs: number): boolean {
    if (inFlight >= limits.concurrencyMax || nowMs < notBefore) return false;
    if (down && probing) return false;
    const { posts, calls, firm } = gate();
    if (!posts && !calls && (firm || !down)) return false;
    refill(nowMs);
    return tokens >= 1;
  }

  function passes(errand: Errand): boolean {
    const { posts, calls, firm } = gate();
    return (!firm && down) || (errand.mode === 'post' ? posts : calls);
  }

  function failed(): void {
    failures += 1;
    if (failures < limits.failuresMax && !down) return;
    down = true;
    outage ??= clock.now();
    notBefore = clock.steady() + delayBefore(Math.max(1, failures - limits.failuresMax + 1), { firstMs: limits.retryFirstMs, maxMs: limits.retryMaxMs }, random);
  }

  return {
    system,
    limits,
    mode,
    downSinceMs: () => (down ? outage : undefined),
    outageMs: () => outage,
    answeredMs: () => answered,
    isHead,
    hasRoom: () => open(clock.steady()),
    join(errand) {
      depth += 1;
      if (errand.query) return;
      let line = queues.get(errand.queue);
      if (line) line.push(errand);
      else queues.set(errand.queue, (line = [errand]));
      errand.line = line;
    },
    leave(errand) {
      depth -= 1;
      wanting.delete(errand);
      const { line } = errand;
      if (!line) return;
      errand.line = undefined;
      const isFirst = line[0] === errand;
      if (isFirst) line.shift();
      else line.splice(line.indexOf(errand), 1);
      if (line.length === 0) queues.delete(errand.queue);
      // Where it was not the first, whoever is first has wished for itself already, or is being sent.
      if (!isFirst) return;
      // Its successor waited behind it; one whose intent is not durable yet wishes for itself when it is.
      const head = line[0];
      if (head?.durable && head.status !== 'parked') wanting.add(head);
    },
    want(errand) {
      if (isHead(errand)) wanting.add(errand);
    },
    wanting: () => wanting,
    admit(errand) {
      if (!isHead(errand)) return false;
      const nowMs = clock.steady();
      if (nowMs < errand.notBeforeMs || !open(nowMs) || !passes(errand)) return false;
      wanting.granted(errand);
      inFlight += 1;
      tokens -= 1;
      probing = down;
      return true;
    },
    release(outcome) {
      inFlight -= 1;
      if (outcome !== 'failed') answered = clock.now();
      if (typeof outcome === 'object') {
        paused = true;
        waits += 1;
        probing = false;
        notBefore = Math.max(notBefore, clock.steady() + outcome.busyMs);
        return;
      }
      probing = false;
      if (outcome === 'failed') {
        failed();
        return;
      }
      failures = 0;
      down = false;
      outage = undefined;
      paused = false;
    },
    wakeAtMs() {
      // Where every slot is taken, the next look comes with the first that is given back.
      if (wanting.size === 0 || inFlight >= limits.concurrencyMax) return undefined;
      const nowMs = clock.steady();
      refill(nowMs);
      if (nowMs < notBefore) return notBefore;
      if (tokens < 1) return nowMs + Math.ceil(((1 - tokens) / limits.rateMax) * 1000);
      const isOpen = open(nowMs);
      let nextMs: number | undefined;
      for (const errand of wanting) {
        if (!isHead(errand)) continue;
        // The time passes between two looks: what could not go a moment ago may go by now, and nothing else would tell.
        if (isOpen && errand.notBeforeMs <= nowMs && errand.durable && passes(errand)) return nowMs;
        if (errand.notBeforeMs > nowMs && (nextMs === undefined || errand.notBeforeMs < nextMs)) nextMs = errand.notBeforeMs;
      }
      return nextMs;
    },
    depth: () => depth,
    inFlight: () => inFlight,
    waits: () => waits,
    took(sentMs) {
      const atMs = clock.steady();
      answers.push({ atMs, ms: atMs - sentMs });
      if (answers.length > answersMax) answers.shift();
    },
    answerMs(withinMs) {
      const sinceMs = clock.steady() - withinMs;
      const times = answers.filter(({ atMs }) => atMs >= sinceMs).map(({ ms }) => ms);
      return times.length < answersMin ? undefined : times.toSorted((a, b) => a - b)[times.length >> 1];
    },
    oldestMs() {
      let oldest: number | undefined;
      for (const [head] of queues.values()) if (head && (oldest === undefined || head.issuedMs < oldest)) oldest = head.issuedMs;
      return oldest;
    },
    *effects() {
      for (const queue of queues.values()) yield* queue;
    },
  };
}
