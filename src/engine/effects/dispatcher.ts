import type { Clock, Random } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import { noProbe, type Probe } from '../../kernel/probe.ts';
import type { Connection } from '../../model/connector.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import type { System } from '../../model/system.ts';
import type { Pipeline } from '../log/pipeline.ts';
import { isAbroad, type EngineShard } from '../shards/engine-shard.ts';
import type { Oversight } from '../watch/oversight.ts';
import { doubtAfterRestore, restoredReason } from './after-restore.ts';
import { commandWaits } from './command-wait.ts';
import { connections } from './connections.ts';
import { deadlines } from './deadlines.ts';
import { doubts } from './doubt.ts';
import { errandKey, note, openQuestion, type Errand } from './errand.ts';
import { fates } from './fate.ts';
import type { Gate } from './gate.ts';
import type { Lane } from './lane.ts';
import { lanes as lanesOf } from './lanes.ts';
import { lessons } from './lesson.ts';
import { openErrands } from './open-errands.ts';
import { otherShards, type OtherShards } from './other-shards.ts';
import { refuseForeignWrite } from './ownership.ts';
import { sendOnce } from './send.ts';
import { shedding, shedNote } from './shedding.ts';
import { underWay } from './under-way.ts';
import { renew, retriedStatus, secondTry, settledNote, type Verdict } from './verdict.ts';

/** Carries errands to their systems under the guarantee that their bindings declare. */
export interface Dispatcher extends Omit<OtherShards, 'handOver'> {
  /**
   * Takes an errand whose intent is being recorded in this turn, and says in its `status` and `attempts` whether the record
   * already stands for a first try (`sent`) or for a place in the queue (`open`). Raises OWNERSHIP_REFUSED.
   */
  take(errand: Errand): void;
  /** Its intent is durable (queries: at once). */
  release(errand: Errand): void;
  /** Puts back an errand that an earlier process recorded; it goes on at `start`, or is parked now for a reason. */
  recover(errand: Errand, parkedFor?: string): void;
  /** Takes what was recorded as wanted (again) and lets it be sent. */
  rejoin(errand: Errand): void;
  /** Begins to send what was recovered. */
  start(): void;
  /** Cancels an effect that was certainly never executed; false where that is not certain. */
  cancel(errand: Errand): boolean;
  /** What the owner of a parked errand decided. */
  settle(run: string, step: string, how: 'accept' | 'retry' | 'cancel' | { readonly done: unknown }): void;
  /** Ends a parked errand, or sends it (again), after what its owner decided is on record; false where it is not parked any more. */
  carryOut(errand: Errand, verdict: Verdict): boolean;
  errand(run: string, step: string): Errand | undefined;
  /** What has not ended of a run. */
  ofRun(run: string): readonly Errand[];
  /** Errands that have not ended. */
  depth(): number;
  lanes(): readonly Lane[];
  /** Sends what may be sent now, where a gate has opened. */
  pump(lane: Lane): void;
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
  /** What a system's lane lets through. */
  readonly gate: (system: string) => Gate;
  /** Whatever may change a system's mode has happened to its lane. */
  readonly onLook: (lane: Lane) => void;
  /** The system's mode changed, e.g. for its owner, the API and the metrics. */
  readonly onMode: (lane: Lane) => void;
  /** Since when an earlier process had a system down, epoch milliseconds. */
  readonly outageMs: (system: string) => number | undefined;
  /** More calls wait for a system than its budget allows for. */
  readonly onBacklog: (lane: Lane) => void;
  /** Which entities are this engine's; absent where all are. */
  readonly shard?: EngineShard | undefined;
  /** How long a close waits for the answers of effects that were sent. */
  readonly graceMs?: number;
}

/** What an answer that is under way usually takes; supervisors that stop a hub give it longer than that. */
const graceDefaultMs = 5_000;

export function dispatcher(parts: DispatcherParts): Dispatcher {
  const { pipeline, clock, random, limits, shard, probe = noProbe, graceMs = graceDefaultMs } = parts;
  const errands = openErrands();
  const links = connections(parts.connect);
  const sending = { deadlines: deadlines(clock), oversight: parts.oversight };
  const shed = shedding(limits);
  const sent = underWay(clock); // effects only: where one is cut, its outcome is in doubt
  let life: 'recovering' | 'running' | 'closing' | 'closed' = 'recovering';
  const lanes = lanesOf({ ...parts, sharers: shard?.shards ?? 1, isRunning: () => life === 'running', pump });
  const fate = fates({ pipeline, clock, random, oversight: parts.oversight, lanes, errands, onParked, pump });
  const doubt = doubts({
    ...parts,
    ...sending,
    probe,
    link: links.to,
    isClosed: () => life === 'closed',
    fate,
    learnt(to) {
      lanes.report(to);
      pump(to);
    },
  });
  const others = otherShards({ shard, errands, clock, oversight: parts.oversight, cancel, isClosed: () => life === 'closed' });
  const commands = commandWaits({ clock, errands, lanes, fate, isRunning: () => life === 'running' });
  const lesson = lessons({ clock, doubt, fate, sent });

  function onParked(errand: Errand, reason: string): void {
    parts.onParked(errand, reason);
    commands.parked(errand);
  }

  /** Into the queue of its entity. */
  function enrol(errand: Errand): Lane {
    const to = lanes.of(errand.binding.system);
    to.join(errand);
    errands.add(errand);
    return to;
  }

  function take(errand: Errand): void {
    refuseForeignWrite(errand);
    if (shard && isAbroad(shard, errand)) {
      others.handOver(errand);
      return;
    }
    const to = enrol(errand);
    if (to.depth() === to.limits.backlogMax + 1) parts.onBacklog(to);
    if (errand.binding.system.modes) parts.onLook(to);
    if (errand.query || doubtAfterRestore(errand, clock, limits)) return;
    if (life === 'running' && to.admit(errand)) {
      sent.begin();
      errand.status = 'sent';
      errand.attempts = 1;
      note(errand, { atMs: clock.now(), what: 'sent' });
    } else {
      note(errand, {
        atMs: clock.now(),
        what: 'buffered',
        note: to.isHead(errand) ? whyNot(errand, to) : 'behind an earlier effect on the same entity',
      });
    }
  }

  function whyNot({ binding: { system } }: Errand, to: Lane): string {
    const { why } = parts.gate(system.name);
    return `${system.title} is ${why === '' ? to.mode() : why}`;
  }

  function release(errand: Errand): void {
    if (life === 'closed') return;
    errand.durable = true;
    if (shard && isAbroad(shard, errand)) return;
    watchExpiry(errand);
    const to = lanes.of(errand.binding.system);
    if (errand.status === 'sent') {
      transmit(errand, to);
      return;
    }
    goOn(errand, to);
    pump(to);
    for (let over = shed.next(errand, to); over; over = shed.next(errand, to)) fate.letGo(over, 'expired', shedNote);
  }

  function goOn(errand: Errand, to: Lane): void {
    if (errand.status === 'parked') fate.park(errand, restoredReason);
    else to.want(errand);
  }

  function cancel(errand: Errand): boolean {
    if (errand.status !== 'open' || !errands.has(errand)) return false;
    fate.letGo(errand, 'cancelled');
    return true;
  }

  function watchExpiry(errand: Errand): void {
    commands.begins(errand);
    if (errand.expiresMs === undefined) return;
    clock.at(errand.expiresMs, () => {
      if (errand.status === 'open' && errands.has(errand)) fate.letGo(errand, 'expired');
    });
  }

  function pump(to: Lane): void {
    if (life !== 'running' || to.wanting().size === 0) return;
    for (const errand of to.wanting()) {
      if (!to.hasRoom()) break;
      if (!errand.durable || !to.admit(errand)) continue;
      lanes.report(to);
      if (errand.status === 'unknown' && errand.binding.guarantee?.kind === 'read-back') void doubt.readBack(errand, to);
      else if (errand.query) transmit(errand, to);
      else {
        sent.begin();
        errand.status = 'sent';
        errand.attempts += 1;
        note(errand, { atMs: clock.now(), what: 'sent' });
        fate.record(errand, () => transmit(errand, to));
      }
    }
    lanes.wakeLater(to);
  }

  function transmit(errand: Errand, to: Lane): void {
    if (life === 'closed') return;
    const { system, timeout } = errand.binding;
    if (probe !== noProbe && !errand.query) probe(`before-send:${errand.step}`);
    const sentMs = clock.steady();
    sendOnce(
      errand,
      () => links.to(system),
      sending,
      timeout === undefined ? to.limits.timeoutMs : spanMs(timeout, limits),
      (answer) => {
        if (probe !== noProbe && !errand.query) probe(`after-answer:${errand.step}`);
        if (life === 'closed') return;
        to.took(sentMs);
        lesson.learn(errand, to, answer);
        lanes.report(to);
        pump(to);
        if (!errand.query) sent.end();
      },
    );
  }

  return {
    take,
    release,
    recover(errand, parkedFor) {
      errand.durable = true;
      if (shard && isAbroad(shard, errand)) {
        errands.add(errand);
        return;
      }
      enrol(errand);
      if (parkedFor !== undefined) fate.park(errand, parkedFor);
    },
    rejoin(errand) {
      errand.durable = true;
      if (shard && isAbroad(shard, errand)) {
        // The commit that wants it again has put it into the other shard's inbox.
        errands.add(errand);
        return;
      }
      const to = enrol(errand);
      watchExpiry(errand);
      to.want(errand);
      pump(to);
    },
    start() {
      life = 'running';
      for (const errand of errands.all()) {
        if (errand.status === 'parked' || (shard && isAbroad(shard, errand))) continue;
        const to = lanes.of(errand.binding.system);
        watchExpiry(errand);
        if (!errands.has(errand)) continue;
        if (errand.status === 'sent' || errand.status === 'unknown') {
          note(errand, { atMs: clock.now(), what: 'recovered', note: 'it may have been sent before the process ended' });
          lesson.unknown(errand, to, 'the process ended before an answer came');
        } else {
          if (doubtAfterRestore(errand, clock, limits)) fate.record(errand);
          goOn(errand, to);
        }
      }
      for (const to of lanes.all()) pump(to);
    },
    cancel,
    settle(run, step, how) {
      const errand = errands.find(run, step);
      const key = errandKey(run, step);
      if (errand?.status !== 'parked') throw new Fault('CONFLICT', `${key} is not parked any more.`, { key });
      note(errand, { atMs: clock.now(), what: 'resolved', note: settledNote(how) });
      if (how === 'cancel') fate.finish(errand, { status: 'cancelled', result: undefined });
      else if (how === 'retry' || how === 'accept') {
        const question = how === 'accept' ? openQuestion(errand) : undefined;
        if (question !== undefined) note(errand, { atMs: clock.now(), what: 'accepted', note: question });
        errand.broken = 0;
        const to = lanes.of(errand.binding.system);
        errand.status = retriedStatus({ ...secondTry(errand.binding), status: 'parked', history: errand.history });
        errand.doubtful = errand.status === 'unknown';
        errand.settledMs = clock.steady();
        errand.notBeforeMs = clock.steady();
        fate.record(errand);
        to.want(errand);
        pump(to);
      } else {
        const difference = errand.capability.output.difference(how.done);
        if (difference) throw new Fault('INPUT_INVALID', `That is no answer of ${errand.capability.name} at ${difference.path}: ${difference.reason}.`, { key });
        fate.finish(errand, { status: 'done', result: { ok: true, value: how.done } });
      }
    },
    carryOut(errand, verdict) {
      if (errand.status !== 'parked' || !errands.has(errand)) return false;
      errand.history = [...verdict.history];
      if (verdict.ending) fate.finish(errand, verdict.ending);
      else {
        renew(errand, verdict, clock);
        const to = lanes.of(errand.binding.system);
        to.want(errand);
        pump(to);
      }
      return true;
    },
    ...others,
    errand: errands.find,
    ofRun: errands.ofRun,
    depth: () => errands.size,
    lanes: lanes.all,
    pump,
    async close() {
      life = 'closing';
      lanes.stop();
      await sent.quiet(graceMs);
      life = 'closed';
      await links.close();
    },
  };
}
