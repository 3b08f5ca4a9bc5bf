import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import { setNewest } from '../../kernel/newest.ts';
import type { AdmittedEdge } from '../edges/edge-register.ts';
import type { CommandDesk, CommandOrder, CommandReply, CommandRequest } from '../../model/command-order.ts';

/** What an edge takes with it when it comes. */
export interface Handed {
  /** Names the question at this hub; its answer says it again. */
  readonly ticket: string;
  readonly request: CommandRequest;
}

/** Who comes for commands as an edge. */
export interface Taker extends AdmittedEdge {
  /** The edge's process. */
  readonly boot: string;
}

/** The desk as an edge sees it. */
export interface EdgeCounter extends CommandDesk {
  /**
   * What is wanted of an edge, each once; resolves as soon as there is something, at the latest after `waitMs` or when `gone` aborts.
   * What another process of the edge took is asked about at once.
   */
  take(edge: string, taker: Taker, waitMs: number, gone: AbortSignal): Promise<readonly Handed[]>;
  /** What the edge that took it made of it; an answer that nobody waits for is asked for again by who wants it. */
  answer(edge: string, ticket: string, reply: CommandReply, identity: string | undefined): void;
}

interface Waiting {
  readonly edge: string;
  readonly request: CommandRequest;
  takenBy: Taker | undefined;
  readonly resolve: (reply: CommandReply) => void;
  readonly reject: (fault: Fault) => void;
}

/** Questions that wait for one edge; more are told to come again. */
const waitingMax = 1_000;
/** What one answer hands over. */
const batchMax = 50;
/** Commands of which it is known who took them. */
const takenMax = 10_000;

/**
 * What a hub wants of its edges, in memory: an effect is on record before it is asked for, and whoever dies in between is asked about by
 * the effect's own read-back. What no edge has taken when its time is over is certainly not carried out.
 */
export function commandDesk({ clock, prefix }: { readonly clock: Clock; readonly prefix: string }): EdgeCounter {
  const open = new Map<string, Waiting>();
  const comers = new Map<string, Set<() => void>>();
  /** Which store took a command to carry it out. */
  const takers = new Map<string, string | undefined>();
  let tickets = 0;

  const wantedOf = (edge: string): readonly (readonly [string, Waiting])[] => [...open].filter(([, waiting]) => waiting.edge === edge && waiting.takenBy === undefined);

  function ask(edge: string, request: CommandRequest, signal: AbortSignal): Promise<CommandReply> {
    if (request.kind === 'do' && clock.now() >= request.order.deadlineMs)
      return Promise.resolve(expired(request.order, clock.now(), 'It waited for its turn at the hub for too long, and the edge was not asked'));
    if ([...open.values()].filter((waiting) => waiting.edge === edge).length >= waitingMax)
      return Promise.reject(new Fault('SYSTEM_BUSY', `${waitingMax} commands wait for the edge ${edge}.`, { edge }));
    tickets += 1;
    const ticket = `${prefix}-${tickets}`;
    return new Promise((resolve, reject) => {
      const onAbort = (): void =>
        waiting.reject(
          waiting.takenBy === undefined
            ? new Fault('SYSTEM_UNREACHABLE', `The edge ${edge} has not come for it.`, { edge })
            : new Fault('OUTCOME_UNKNOWN', `The edge ${edge} took it and has not said what became of it.`, { edge }),
        );
      const end = (): void => {
        open.delete(ticket);
        cancel();
        signal.removeEventListener('abort', onAbort);
      };
      const waiting: Waiting = {
        edge,
        request,
        takenBy: undefined,
        resolve(reply) {
          end();
          resolve(reply);
        },
        reject(fault) {
          end();
          reject(fault);
        },
      };
      // One that was taken is the edge's to refuse: it may be at it.
      const cancel =
        request.kind === 'do'
          ? clock.at(request.order.deadlineMs, () => waiting.takenBy === undefined && waiting.resolve(expired(request.order, clock.now(), 'The edge did not come for it in time')))
          : () => undefined;
      signal.addEventListener('abort', onAbort, { once: true });
      open.set(ticket, waiting);
      for (const wake of comers.get(edge) ?? []) wake();
    });
  }

  function comes(edge: string, waitMs: number, gone: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wakes = comers.get(edge) ?? new Set();
      comers.set(edge, wakes);
      const wake = (): void => {
        cancel();
        gone.removeEventListener('abort', wake);
        wakes.delete(wake);
        if (wakes.size === 0) comers.delete(edge);
        resolve();
      };
      const cancel = clock.after(waitMs, wake);
      gone.addEventListener('abort', wake, { once: true });
      wakes.add(wake);
    });
  }

  /** That an edge does not know a command says nothing of what another one did that had its name before. */
  function believed(edge: string, { identity, sinceMs }: Taker, request: CommandRequest, reply: CommandReply): CommandReply {
    if (reply.kind !== 'absent' || request.kind === 'do') return reply;
    const isItsOwn = takers.has(request.id) ? takers.get(request.id) === identity : (request.askedMs ?? Number.POSITIVE_INFINITY) >= sinceMs;
    if (isItsOwn) return reply;
    const since = sinceMs > 0 ? ` since ${new Date(sinceMs).toISOString()}` : '';
    const reason = `The edge ${edge} is another one${since} (${identity}), which does not know it. What the one before did with it, only its own book and the machine say.`;
    return { kind: 'undecided', reason };
  }

  return {
    ask,
    async take(edge, taker, waitMs, gone) {
      for (const waiting of open.values()) {
        if (waiting.edge === edge && waiting.takenBy !== undefined && waiting.takenBy.boot !== taker.boot)
          waiting.reject(new Fault('OUTCOME_UNKNOWN', `The edge ${edge} ended while it was under way.`, { edge }));
      }
      if (wantedOf(edge).length === 0) await comes(edge, waitMs, gone);
      // While it waited, the name may have become another's.
      if (gone.aborted || !taker.holds()) return [];
      return wantedOf(edge)
        .slice(0, batchMax)
        .map(([ticket, waiting]) => {
          waiting.takenBy = taker;
          if (waiting.request.kind === 'do') setNewest(takers, waiting.request.order.id, taker.identity, takenMax);
          return { ticket, request: waiting.request };
        });
    },
    answer(edge, ticket, reply, identity) {
      const waiting = open.get(ticket);
      const taker = waiting?.takenBy;
      if (!waiting || !taker || waiting.edge !== edge || taker.identity !== identity) return;
      waiting.resolve(believed(edge, taker, waiting.request, reply));
    },
  };
}

function expired({ deadlineMs }: CommandOrder, nowMs: number, why: string): CommandReply {
  const reason = `${why}: it was to be written before ${new Date(deadlineMs).toISOString()}, and it was ${new Date(nowMs).toISOString()}.`;
  return { kind: 'refused', refusal: { code: 'EXPIRED', reason } };
}
