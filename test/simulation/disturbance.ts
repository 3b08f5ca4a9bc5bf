import { Fault, type HttpReply } from 'lineshaft';
import { no, type Answer, type Counterpart, type Request } from './counterparts/counterpart.ts';
import type { FaultKind, PlannedFault } from './fault.ts';
import { settlesMs } from './landscape.ts';
import { never } from './life.ts';
import type { World } from './world.ts';

/** A request that something goes wrong with. */
export interface Disturbed {
  readonly world: World;
  readonly counterpart: Counterpart;
  readonly request: Request;
  readonly fault: PlannedFault;
  /** How long the sender waits for an answer. */
  readonly timeoutMs: number;
  /** Chance of the wires. */
  readonly next: () => number;
  /** Has the other side do what it is asked. */
  handle(): Answer;
  /** Calls `givenUp` once, when the sender's time is over or the sender is no more. */
  onGivenUp(givenUp: () => void): void;
  /** From now on nobody can read what it answers to this effect. */
  breakAnswers(): void;
}

type Disturbance = (of: Disturbed) => Promise<HttpReply>;

/** Of the time within which a request settles: nothing of ours may count on the rest. */
const settleShare = 0.97;
/** How much later than declared a system may still take a request, where it takes each version once. */
const beyondMaxMs = 900;

function settleMs({ counterpart }: Disturbed): number {
  return settlesMs[counterpart.name] * settleShare;
}

/** Does `work` later, and keeps the world awake until then. */
function later(world: World, ms: number, work: () => void): void {
  world.pending += 1;
  world.time.after(ms, () => {
    world.pending -= 1;
    work();
  });
}

/** Takes the request `ms` after its sender has given it up. */
function takenLate(of: Disturbed, ms: number, taken: (answer: Answer) => void): Promise<HttpReply> {
  of.world.pending += 1;
  of.onGivenUp(() => {
    of.world.pending -= 1;
    later(of.world, ms, () => taken(of.handle()));
  });
  return never();
}

/** What goes wrong with a write, by the kind of fault. */
export const writeDisturbances: Readonly<Partial<Record<FaultKind, Disturbance>>> = {
  'timeout-before-commit': () => never(),
  'timeout-after-commit'(of) {
    of.handle();
    return never();
  },
  'late-commit': (of) =>
    takenLate(of, Math.floor(of.fault.size * settleMs(of)), ({ entry }) => {
      // What is committed late may be told of later still, but within the same time.
      if (entry) entry.seenFromMs = of.world.time.now() + Math.floor((1 - of.fault.size) * settleMs(of) * of.next());
    }),
  'late-beyond-settling': (of) => takenLate(of, settlesMs[of.counterpart.name] + Math.floor(of.fault.size ** 3 * beyondMaxMs), () => undefined),
  'slow-answer': (of) => of.world.delay(Math.floor(of.fault.size * of.timeoutMs * 0.9)).then(() => replyOf(of.handle())),
  async 'stale-read'(of) {
    const answer = of.handle();
    if (answer.entry) answer.entry.seenFromMs = of.world.time.now() + Math.floor(of.fault.size * settleMs(of));
    return of.fault.size < 0.5 ? replyOf(answer) : never();
  },
  'busy-503': () => Promise.reject(new Fault('SYSTEM_BUSY', 'status 503')),
  'busy-429': ({ fault }) => Promise.reject(new Fault('SYSTEM_BUSY', 'status 429', { retryAfterMs: 1_000 + Math.floor(fault.size * 6_000) })),
  async 'broken-reply'(of) {
    of.handle();
    if (of.fault.size > 0.4) of.breakAnswers();
    return { status: 200, headers: {}, body: { error: 'ORA-01555' } };
  },
  'cut-after-commit'(of) {
    of.handle();
    return Promise.reject(new Fault('OUTCOME_UNKNOWN', 'its answer broke off'));
  },
  'refused-connection': () => Promise.reject(new Fault('SYSTEM_UNREACHABLE', 'connection refused')),
  'business-refusal': async () => replyOf(no(422, 'LOCKED_BY_SOMEBODY')),
  'yes-but-nothing': async ({ request, fault }) => replyOf({ status: 200, body: emptyYes(request, fault) }),
};

export const readDisturbances: Readonly<Partial<Record<FaultKind, Disturbance>>> = {
  'read-timeout': () => never(),
  'read-busy': () => Promise.reject(new Fault('SYSTEM_BUSY', 'status 503', { retryAfterMs: 500 })),
  'read-broken': async () => ({ status: 200, headers: {}, body: 'gateway' }),
};

export function replyOf({ status, body }: Pick<Answer, 'status' | 'body'>): HttpReply {
  return { status, headers: {}, body: JSON.parse(JSON.stringify(body)) };
}

/** A success, in the shape of any of the systems, of one that has done nothing. */
function emptyYes({ path, body }: Request, { size }: PlannedFault): unknown {
  return {
    id: 'WR-0',
    order: path.split('/').at(-1) ?? '',
    plannedEnd: '2026-01-05T12:00:00.000Z',
    quantity: 1,
    status: 'revised',
    version: 2 + Math.floor(size * 5),
    expectedAt: '2026-01-05T12:00:00.000Z',
    revision: 1,
    reference: null,
    ...body,
  };
}
