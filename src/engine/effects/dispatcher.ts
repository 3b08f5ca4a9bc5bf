import type { Clock, Random } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import { noProbe, type Probe } from '../../kernel/probe.ts';
import { delayBefore } from '../../kernel/retry.ts';
import type { Connection } from '../../model/connector.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import type { System } from '../../model/system.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { Oversight } from '../watch/oversight.ts';
import { connections } from './connections.ts';
import { doubts, wasInDoubt } from './doubt.ts';
import { errandKey, historyText, note, type Ending, type Errand } from './errand.ts';
import { lane, laneLimits, type Lane } from './lane.ts';
import { openErrands } from './open-errands.ts';
import { refuseForeignWrite } from './ownership.ts';
import { sendOnce, type Answer } from './send.ts';
import { underWay } from './under-way.ts';

/** Carries errands to their systems under the guarantee that their bindings declare. */
export interface Dispatcher {
  /**
   * Takes an errand whose intent is being recorded in this turn, and says in its `status` and `attempts` whether the record
   * already stands for a first try (`sent`) or for a place in the queue (`open`). Raises OWNERSHIP_REFUSED.
   */
  take(errand: Errand): void;
  /** Its intent is durable (queries: at once). */
  release(errand: Errand): void;
  /** Puts back an errand that an earlier process recorded; it goes on at `start`, or is parked now for a reason. */
  recover(errand: Errand, parkedFor?: string): void;
  /** Begins to send what was recovered. */
  start(): void;
  /** Cancels an effect that was certainly never executed; false where that is not certain. */
  cancel(errand: Errand): boolean;
  /** What the owner of a parked errand decided. */
  settle(run: string, step: string, how: 'retry' | 'cancel' | { readonly done: unknown }): void;
  errand(run: string, step: string): Errand | undefined;
  /** Errands that have not ended. */
  depth(): number;
  lanes(): readonly Lane[];
  /** Sends nothing more, waits (at most the grace time) for the answers of what was sent, and closes the connections. */
  close(): Promise<void>;
}

export interface DispatcherParts {
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly oversight: Oversight;
  readonly random: Random;
  readonly limits: LimitValues;
  readonly probe?: Probe;
  /** Opens the connection to a system with the environment's options. */
  readonly connect: (system: System) => Promise<Connection<unknown, unknown>>;
  readonly onParked: (errand: Errand, reason: string) => void;
  /** The system's mode changed, e.g. for its owner, the API and the metrics. */
  readonly onMode: (lane: Lane) => void;
  /** More calls wait for a system than its budget allows for. */
  readonly onBacklog: (lane: Lane) => void;
  /** How long a close waits for the answers of effects that were sent. */
  readonly graceMs?: number;
}

/** What an answer that is under way usually takes; supervisors that stop a hub give it longer than that. */
const graceDefaultMs = 5_000;

/** Replies in an unknown shape, one after the other, after which an effect parks. */
const brokenMax = 3;

export function dispatcher(parts: DispatcherParts): Dispatcher {
  const { pipeline, clock, random, limits, probe = noProbe, graceMs = graceDefaultMs } = parts;
  const lanes = new Map<string, Lane>();
  const errands = openErrands();
  const links = connections(parts.connect);
  const wakes = new Map<string, { readonly atMs: number; readonly cancel: () => void }>();
  const modes = new Map<string, string>();
  const sent = underWay(clock); // effects only: where one is cut, its outcome is in doubt
  let life: 'recovering' | 'running' | 'closing' | 'closed' = 'recovering';
  const doubt = doubts({
    ...parts,
    probe,
    link: links.to,
    isClosed: () => life === 'closed',
    record,
    again: (errand, to) => again(errand, to, undefined),
    want,
    park,
    finish,
    learnt(to) {
      reportMode(to);
      pump(to);
    },
  });

  function laneOf(system: System): Lane {
    const known = lanes.get(system.name);
    if (known) return known;
    const made = lane(system.name, laneLimits(system.limits, limits), clock, random);
    lanes.set(system.name, made);
    return made;
  }

  function take(errand: Errand): void {
    refuseForeignWrite(errand);
    const to = laneOf(errand.binding.system);
    to.join(errand);
    errands.add(errand);
    if (to.depth() === to.limits.backlogMax + 1) parts.onBacklog(to);
    if (errand.query) return;
    if (life === 'running' && to.admit(errand)) {
      sent.begin();
      errand.status = 'sent';
      errand.attempts = 1;
      note(errand, { atMs: clock.now(), what: 'sent' });
    } else {
      note(errand, {
        atMs: clock.now(),
        what: 'buffered',
        note: to.isHead(errand) ? `${errand.binding.system.title} is ${to.mode()}` : 'behind an earlier effect on the same entity',
      });
    }
  }

  function release(errand: Errand): void {
    if (life === 'closed') return;
    errand.durable = true;
    watchExpiry(errand);
    const to = laneOf(errand.binding.system);
    if (errand.status === 'sent') {
      transmit(errand, to);
      return;
    }
    to.want(errand);
    pump(to);
  }

  function watchExpiry(errand: Errand): void {
    if (errand.expiresMs === undefined) return;
    clock.at(errand.expiresMs, () => {
      if (errand.status === 'open' && errands.has(errand)) {
        note(errand, { atMs: clock.now(), what: 'expired' });
        finish(errand, { status: 'expired', result: undefined });
      }
    });
  }

  function pump(to: Lane): void {
    if (life !== 'running') return;
    for (const errand of to.wanting()) {
      if (!to.hasRoom()) break;
      if (!errand.durable || !to.admit(errand)) continue;
      reportMode(to);
      if (errand.status === 'unknown' && errand.binding.guarantee?.kind === 'read-back') void doubt.readBack(errand, to);
      else if (errand.query) transmit(errand, to);
      else {
        sent.begin();
        errand.status = 'sent';
        errand.attempts += 1;
        note(errand, { atMs: clock.now(), what: 'sent' });
        record(errand, () => transmit(errand, to));
      }
    }
    wakeLater(to);
  }

  function wakeLater(to: Lane): void {
    if (life !== 'running') return;
    const atMs = to.wakeAtMs();
    const planned = wakes.get(to.system);
    if (atMs === undefined || (planned && planned.atMs <= atMs)) return;
    planned?.cancel();
    const cancel = clock.at(atMs, () => {
      wakes.delete(to.system);
      pump(to);
    });
    wakes.set(to.system, { atMs, cancel });
  }

  function record(errand: Errand, durable?: () => void): void {
    if (errand.query) {
      durable?.();
      return;
    }
    pipeline.add(
      [
        {
          change: 'step.set',
          run: errand.run,
          id: errand.step,
          status: errand.status,
          done: undefined,
          output: undefined,
          endedMs: undefined,
          attempts: errand.attempts,
          history: historyText(errand),
        },
      ],
      durable,
    );
  }

  function transmit(errand: Errand, to: Lane): void {
    if (life === 'closed') return;
    const { system, timeout } = errand.binding;
    if (!errand.query) probe(`before-send:${errand.step}`);
    sendOnce(
      errand,
      () => links.to(system),
      parts,
      timeout === undefined ? to.limits.timeoutMs : spanMs(timeout, limits),
      (answer) => {
        if (!errand.query) probe(`after-answer:${errand.step}`);
        if (life === 'closed') return;
        learn(errand, to, answer);
        reportMode(to);
        pump(to);
        if (!errand.query) sent.end();
      },
    );
  }

  function learn(errand: Errand, to: Lane, answer: Answer): void {
    const atMs = clock.now();
    const wasDown = to.downSinceMs() !== undefined;
    switch (answer.kind) {
      case 'answered':
        to.release('alive');
        if (wasDown) drainNow(to);
        note(errand, answer.result.ok ? { atMs, what: 'answered' } : { atMs, what: 'refused', note: JSON.stringify(answer.result.refusal) });
        if (answer.result.ok && errand.binding.guarantee?.kind === 'read-back' && errand.binding.guarantee.confirms) doubt.begin(errand, to, 0);
        else if (!answer.result.ok && errand.binding.guarantee?.kind === 'read-back' && wasInDoubt(errand)) {
          sent.begin();
          void doubt.verifyRefusal(errand, to, answer.result).finally(sent.end);
        } else finish(errand, { status: answer.result.ok ? 'done' : 'refused', result: answer.result });
        return;
      case 'not executed':
        to.release(answer.busy ? { busyMs: answer.retryAfterMs ?? to.limits.retryFirstMs } : 'failed');
        note(errand, { atMs, what: 'not executed', note: answer.reason });
        errand.status = errand.doubtful ? 'unknown' : 'open';
        again(errand, to, answer.retryAfterMs);
        return;
      case 'no answer':
        to.release('failed');
        note(errand, { atMs, what: 'no answer', note: answer.reason });
        unknown(errand, to, answer.reason);
        return;
      case 'reply broken':
        to.release('alive');
        errand.broken += 1;
        note(errand, { atMs, what: 'reply broken', note: answer.reason });
        if (errand.broken >= brokenMax) park(errand, answer.reason);
        else unknown(errand, to, answer.reason);
        return;
      case 'request broken':
        to.release('alive');
        park(errand, answer.reason);
    }
  }

  /** A system that is back gets what waited for it now, not after each one's own pause. A doubtful effect keeps its settle time. */
  function drainNow(to: Lane): void {
    for (const errand of to.wanting()) if (errand.status === 'open') errand.notBeforeMs = clock.now();
  }

  /** The outcome is not known: what may follow is what the binding's guarantee allows. */
  function unknown(errand: Errand, to: Lane, reason: string): void {
    if (errand.query) {
      again(errand, to, undefined);
      return;
    }
    errand.doubtful = true;
    switch (errand.binding.guarantee?.kind) {
      case 'idempotency-key':
      case 'at-least-once':
        errand.status = 'unknown';
        again(errand, to, undefined);
        return;
      case 'read-back':
        doubt.begin(errand, to, to.limits.retryFirstMs);
        return;
      case 'none':
      case undefined:
        park(errand, reason);
    }
  }

  function again(errand: Errand, to: Lane, retryAfterMs: number | undefined): void {
    const tries = Math.max(1, errand.history.filter((entry) => entry.what === 'not executed' || entry.what === 'no answer').length);
    errand.notBeforeMs = clock.now() + (retryAfterMs ?? delayBefore(tries, { firstMs: to.limits.retryFirstMs, maxMs: to.limits.retryMaxMs }, random));
    record(errand);
    want(errand, to);
  }

  function want(errand: Errand, to: Lane): void {
    if (errand.status === 'open' && errand.expiresMs !== undefined && clock.now() >= errand.expiresMs) {
      note(errand, { atMs: clock.now(), what: 'expired' });
      finish(errand, { status: 'expired', result: undefined });
      return;
    }
    to.want(errand);
    wakeLater(to);
  }

  function park(errand: Errand, reason: string): void {
    if (errand.onBroken) {
      laneOf(errand.binding.system).leave(errand);
      errands.delete(errand);
      errand.onBroken(reason);
      return;
    }
    errand.status = 'parked';
    note(errand, { atMs: clock.now(), what: 'parked', note: reason });
    record(errand);
    parts.onParked(errand, reason);
  }

  function finish(errand: Errand, ending: Ending): void {
    parts.oversight.acquit(errand.subject);
    const to = laneOf(errand.binding.system);
    to.leave(errand);
    errands.delete(errand);
    errand.status = ending.status;
    errand.onEnd(errand, ending);
    pump(to);
  }

  function reportMode(to: Lane): void {
    if (modes.get(to.system) === to.mode()) return;
    modes.set(to.system, to.mode());
    parts.onMode(to);
  }

  return {
    take,
    release,
    recover(errand, parkedFor) {
      laneOf(errand.binding.system).join(errand);
      errands.add(errand);
      errand.durable = true;
      if (parkedFor !== undefined) park(errand, parkedFor);
    },
    start() {
      life = 'running';
      for (const errand of errands.all()) {
        const to = laneOf(errand.binding.system);
        if (errand.status === 'parked') continue;
        watchExpiry(errand);
        if (errand.status === 'sent' || errand.status === 'unknown') {
          note(errand, { atMs: clock.now(), what: 'recovered', note: 'it may have been sent before the process ended' });
          unknown(errand, to, 'the process ended before an answer came');
        } else to.want(errand);
        wakeLater(to);
      }
      for (const to of lanes.values()) pump(to);
    },
    cancel(errand) {
      if (errand.status !== 'open' || !errands.has(errand)) return false;
      note(errand, { atMs: clock.now(), what: 'cancelled' });
      finish(errand, { status: 'cancelled', result: undefined });
      return true;
    },
    settle(run, step, how) {
      const errand = errands.find(run, step);
      const key = errandKey(run, step);
      if (errand?.status !== 'parked') throw new Fault('CONFLICT', `${key} is not parked any more.`, { key });
      note(errand, { atMs: clock.now(), what: 'resolved', note: typeof how === 'string' ? how : 'done, says its owner' });
      if (how === 'cancel') finish(errand, { status: 'cancelled', result: undefined });
      else if (how === 'retry') {
        errand.broken = 0;
        const to = laneOf(errand.binding.system);
        errand.status = errand.binding.guarantee?.kind === 'read-back' ? 'unknown' : 'open';
        errand.settledMs = clock.now();
        errand.notBeforeMs = clock.now();
        record(errand);
        to.want(errand);
        pump(to);
      } else {
        const difference = errand.capability.output.difference(how.done);
        if (difference) throw new Fault('INPUT_INVALID', `That is no answer of ${errand.capability.name} at ${difference.path}: ${difference.reason}.`, { key });
        finish(errand, { status: 'done', result: { ok: true, value: how.done } });
      }
    },
    errand: errands.find,
    depth: () => errands.size,
    lanes: () => [...lanes.values()],
    async close() {
      life = 'closing';
      for (const wake of wakes.values()) wake.cancel();
      await sent.quiet(graceMs);
      life = 'closed';
      await links.close();
    },
  };
}
