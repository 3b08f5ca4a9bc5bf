import { sleep, type Clock } from '../../../kernel/clock.ts';
import { durationMs } from '../../../kernel/duration.ts';
import { Fault, messageOf } from '../../../kernel/errors.ts';
import { keepNewest } from '../../../kernel/newest.ts';
import type { Probe } from '../../../kernel/probe.ts';
import type { CommandOrder, CommandRefused, CommandReply, CommandRequest } from '../../../model/command-order.ts';
import type { Interlock, MachineCommand } from '../../../model/machine-command.ts';
import type { WriteAnswer } from '../../../model/source.ts';
import type { CommandBook, KeptCommand } from '../../../store/edge-store.ts';
import { keptOf, recordOf, type CommandRecord, type TrailEntry } from './command-record.ts';
import type { HubTime } from './hub-time.ts';
import type { Seen } from './live-values.ts';
import type { MachineLook } from './machine-look.ts';
import { interlockObjection, isShown, listObjection } from './objection.ts';
import { rateOf, type Permissions } from './permission.ts';
import { turns } from './turns.ts';

export interface CommanderParts {
  readonly book: CommandBook;
  /** How the landscape lets signals be written, by capability. */
  readonly commands: ReadonlyMap<string, MachineCommand>;
  readonly permissions: Permissions;
  readonly look: MachineLook;
  readonly clock: Clock;
  readonly probe: Probe;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/**
 * Carries out commands, each at most once: it is known by its id, its intent is on disk before anything is written, and one whose end
 * an earlier process did not see is only read back. The last word before a write is the edge's own: list, age and interlocks.
 */
export interface Commander {
  /** What became of a command, which is carried out where it is new. Raises STORE_UNAVAILABLE and OUTCOME_UNKNOWN. */
  take(request: CommandRequest, hub: HubTime): Promise<CommandReply>;
  /** Carries out nothing more; what is under way is read back by the next process. */
  close(): Promise<void>;
}

/** Commands under way at once; more are told to come again. */
const underWayMax = 200;
const lookAgainMs = 100;
/** How long a machine that was written may be out of sight before a person is asked. */
const sightMaxMs = 60_000;
/** Commands that may have been written, of which it is known when. */
const writtenMax = 1_000;

export async function openCommander(parts: CommanderParts): Promise<Commander> {
  const { book, commands, permissions, look, clock, probe, log } = parts;
  const closing = new AbortController();
  const running = new Map<string, Promise<CommandReply>>();
  const places = turns();
  /** When this process wrote, by the steady clock: what came before says nothing about it. */
  const writtenAt = new Map<string, number>();

  const commandOf = ({ capability, signal }: CommandOrder): MachineCommand | undefined => {
    const found = commands.get(capability);
    return found?.signal.name === signal ? found : undefined;
  };
  const placeOf = ({ signal, address }: MachineCommand): string => `${signal.source.name}\n${address}`;
  const entry = (what: string, note?: string): TrailEntry => ({ atMs: clock.now(), what, ...(note !== undefined && { note }) });

  async function ended(record: CommandRecord, reply: CommandReply, writtenMs: number | undefined): Promise<CommandReply> {
    const { order, trail } = record;
    if (reply.kind === 'unseen') {
      // It stays open, with what is known of it.
      await book.putCommand(keptOf({ ...record, trail: [...trail, entry(reply.kind, reply.reason)] }, clock.now(), writtenMs));
      return reply;
    }
    if (reply.kind !== 'undecided') writtenAt.delete(order.id);
    const words = reply.kind === 'done' ? JSON.stringify(reply.done.readBack) : reply.kind === 'refused' ? `${reply.refusal.code}: ${reply.refusal.reason}` : reply.reason;
    log(`The command on ${order.signal} by ${order.by}: ${reply.kind}.`, { id: order.id, value: order.value, why: order.why, words });
    await book.putCommand(keptOf({ ...record, reply, trail: [...trail, entry(reply.kind, words)] }, clock.now(), writtenMs));
    probe('edge.command-after-outcome');
    return reply;
  }

  const refusedWith = (refusal: CommandRefused): CommandReply => ({ kind: 'refused', refusal });

  function tooLate({ deadlineMs }: CommandOrder, hub: HubTime): CommandRefused | undefined {
    const latestMs = hub.latest();
    if (latestMs < deadlineMs) return undefined;
    return { code: 'EXPIRED', reason: `It was to be written before ${instant(deadlineMs)}, and by the hub's clock it may be ${instant(latestMs)} here.` };
  }

  function locked(interlocks: readonly Interlock[], seen: ReadonlyMap<string, Seen>): CommandRefused | undefined {
    for (const one of interlocks) {
      const against = interlockObjection(one, seen.get(one.signal.name));
      if (against) return against;
    }
    return undefined;
  }

  async function tooOften({ signal }: CommandOrder, command: MachineCommand): Promise<CommandRefused | undefined> {
    for (const allow of [command.allow, permissions?.get(signal)?.allow]) {
      const rate = allow && rateOf(allow);
      if (rate && (await book.writesSince(signal, clock.now() - rate.perMs)) >= rate.atMost)
        return { code: 'TOO_OFTEN', reason: `${signal} was written ${rate.atMost} times in the last ${rate.perMs / 1_000} s, which is all that is allowed.` };
    }
    return undefined;
  }

  /** Whether the machine shows it within its time: what it said last. */
  async function confirmed(command: MachineCommand, order: CommandOrder, sinceMs: number): Promise<{ readonly shown: boolean; readonly seen: Seen | undefined }> {
    const endMs = clock.steady() + durationMs(command.confirmWithin);
    for (;;) {
      // What came before the write says nothing about it.
      const seen = (await look.at([command.readBack], sinceMs)).get(command.readBack.name);
      if (isShown(order.value, seen, command.tolerance)) return { shown: true, seen };
      if (clock.steady() >= endMs) return { shown: false, seen };
      await sleep(clock, lookAgainMs, closing.signal);
    }
  }

  /** What a write came to, by what the machine shows. */
  async function judged(record: CommandRecord, command: MachineCommand, answer: WriteAnswer, sinceMs: number): Promise<CommandReply> {
    const { order, before } = record;
    const { shown, seen } = await confirmed(command, order, sinceMs);
    probe('edge.command-after-read-back');
    // What was so before shows nothing of a write that may not have left, where once more is not the same as once.
    const tells = answer.kind === 'written' || command.setPoint || (before !== undefined && before !== order.value);
    if (shown && seen && tells) {
      const done = { signal: order.signal, value: order.value, before: before ?? seen.value, readBack: seen.value, atMs: clock.now() };
      return { kind: 'done', done };
    }
    const shows = `${command.readBack.name} ${shown ? 'says so as before' : seen ? `says ${JSON.stringify(seen.value)}${seen.quality === 'good' ? '' : ` (${seen.quality})`}` : 'says nothing'}, not ${JSON.stringify(order.value)}`;
    const reason = answer.kind === 'written' ? `The machine took the write, and after ${command.confirmWithin} ${shows}.` : `${answer.reason} ${shows}.`;
    const meantMs = record.trail.findLast(({ what }) => what === 'meant')?.atMs ?? 0;
    if (seen?.quality !== 'good' && clock.now() - meantMs < sightMaxMs) return { kind: 'unseen', reason };
    const isAsBefore = seen?.quality === 'good' && before !== undefined && isShown(before, seen, command.tolerance);
    // What it took, or what was in doubt once, stays in doubt until it is there: the machine may have lost it again.
    const mayBeLost = record.reply !== undefined || record.trail.some(({ what }) => what === 'written');
    return command.setPoint && isAsBefore && !mayBeLost ? { kind: 'absent', reason } : { kind: 'undecided', reason };
  }

  async function write(asked: CommandRecord, command: MachineCommand, hub: HubTime): Promise<CommandReply> {
    const { order } = asked;
    const interlocks = [...command.interlocks, ...(permissions?.get(order.signal)?.interlocks ?? [])];
    const watched = [command.readBack, ...interlocks.map(({ signal }) => signal)];
    const refuse = async (record: CommandRecord, refusal: CommandRefused): Promise<CommandReply> => ended(record, refusedWith(refusal), undefined);
    const control = look.controlOf(command.signal);
    if (!control) return refuse(asked, { code: 'MACHINE_UNREACHABLE', reason: `${command.signal.source.title} is not open, or only speaks.` });
    const first = await look.at(watched);
    const before = first.get(command.readBack.name)?.value;
    const against = tooLate(order, hub) ?? (await tooOften(order, command)) ?? locked(interlocks, first);
    if (against) return refuse(asked, against);
    const meant: CommandRecord = { ...asked, ...(before !== undefined && { before }), trail: [...asked.trail, entry('meant', `before: ${JSON.stringify(before)}`)] };
    probe('edge.command-before-intent');
    await book.putCommand(keptOf(meant, clock.now(), clock.now()));
    probe('edge.command-after-intent');
    // Again, since the disk took its time: nothing but the write itself comes behind this.
    const last = locked(interlocks, await look.at(watched)) ?? tooLate(order, hub);
    if (last) return refuse(meant, last);
    probe('edge.command-before-write');
    const sinceMs = clock.steady();
    writtenAt.set(order.id, sinceMs);
    keepNewest(writtenAt, writtenMax);
    const answer = await control.write(command.address, look.rawOf(command.signal, order.value), { id: order.id, deadlineMs: clock.now() + order.deadlineMs - hub.latest() });
    probe('edge.command-after-write');
    const told = { ...meant, trail: [...meant.trail, entry(answer.kind, answer.kind === 'written' ? undefined : answer.reason)] };
    if (answer.kind === 'refused') return refuse(told, { code: 'MACHINE_REFUSED', reason: answer.reason, signal: order.signal });
    if (answer.kind === 'unreachable') return refuse(told, { code: 'MACHINE_UNREACHABLE', reason: answer.reason, signal: order.signal });
    const reply = await judged(told, command, answer, sinceMs);
    return ended(told, reply, reply.kind === 'absent' ? undefined : clock.now());
  }

  /** A new command, or one that is certainly not there yet. */
  async function attempt(order: CommandOrder, hub: HubTime, earlier: readonly TrailEntry[]): Promise<CommandReply> {
    const command = commandOf(order);
    const unlisted = listObjection(order, command, permissions);
    const asked: CommandRecord = { order, trail: [...earlier, entry('asked', `${JSON.stringify(order.value)} by ${order.by} through ${order.capability}: ${order.why}`)] };
    if (unlisted || !command) return ended(asked, refusedWith(unlisted ?? { code: 'NOT_LISTED', reason: 'It is not listed.' }), undefined);
    const release = places.enter(placeOf(command), command.whenBusy === 'wait');
    if (!release) return ended(asked, refusedWith({ code: 'BUSY', reason: `Another command on ${order.signal} is under way.`, signal: order.signal }), undefined);
    try {
      await release.turn;
      // It has left nothing on disk: the next process does not know it, so it was not written.
      closing.signal.throwIfAborted();
      return await write(asked, command, hub);
    } finally {
      release.done();
    }
  }

  /** One whose end was not seen, or not understood: only looked at, never written again. */
  async function examined(kept: KeptCommand, reason: string): Promise<CommandReply> {
    const record = recordOf(kept);
    const { order } = record;
    const command = commandOf(order);
    const { writtenMs } = kept;
    if (!command)
      return ended(record, { kind: 'undecided', reason: `${reason} The landscape no longer has a command by which ${order.capability} writes ${order.signal}.` }, writtenMs);
    const release = places.enter(placeOf(command), true);
    try {
      await release?.turn;
      const reply = await judged(record, command, { kind: 'unknown', reason }, writtenAt.get(order.id) ?? Number.NEGATIVE_INFINITY);
      return await ended({ ...record, trail: [...record.trail, entry('examined', reason)] }, reply, reply.kind === 'absent' ? undefined : writtenMs);
    } finally {
      release?.done();
    }
  }

  async function answerTo(request: CommandRequest, hub: HubTime): Promise<CommandReply> {
    const id = request.kind === 'do' ? request.order.id : request.id;
    const kept = await book.command(id);
    const record = kept && recordOf(kept);
    if (kept && record?.reply?.kind === 'undecided') return examined(kept, 'It was not clear what became of it.');
    if (kept && !record?.reply) return examined(kept, 'It was not seen how it ended.');
    if (record?.reply && !(record.reply.kind === 'absent' && request.kind === 'do')) return record.reply;
    if (request.kind === 'do') return attempt(request.order, hub, record?.trail ?? []);
    return { kind: 'absent', reason: 'This edge does not know it.' };
  }

  /** One at a time of each id. */
  function once(id: string, work: () => Promise<CommandReply>): Promise<CommandReply> {
    const known = running.get(id);
    if (known) return known;
    if (closing.signal.aborted) return Promise.reject(new Fault('OUTCOME_UNKNOWN', 'This edge is being stopped.'));
    if (running.size >= underWayMax) return Promise.reject(new Fault('OVERLOADED', `${underWayMax} commands are under way.`));
    const mine = work().finally(() => running.delete(id));
    running.set(id, mine);
    return mine;
  }

  for (const kept of await book.openCommands()) {
    once(kept.id, async () => examined(kept, 'The edge ended while it was under way.')).catch((error: unknown) =>
      log(`What became of the command ${kept.id} is not known yet: ${messageOf(error)}`),
    );
  }

  return {
    take: (request, hub) => once(request.kind === 'do' ? request.order.id : request.id, async () => answerTo(request, hub)),
    async close() {
      closing.abort(new Fault('OUTCOME_UNKNOWN', 'This edge is being stopped.'));
      await Promise.allSettled(running.values());
    },
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
