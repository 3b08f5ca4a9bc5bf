import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { CommandDesk, CommandOrder, CommandReply, CommandRequest } from '../../model/command-order.ts';

/** What an edge takes with it when it comes. */
export interface Handed {
  /** Names the question at this hub; its answer says it again. */
  readonly ticket: string;
  readonly request: CommandRequest;
}

/** The desk as an edge sees it. */
export interface EdgeCounter extends CommandDesk {
  /**
   * What is wanted of an edge, each once; resolves as soon as there is something, at the latest after `waitMs` or when `gone` aborts. `boot`
   * names the edge's process: what another one took is asked about at once.
   */
  take(edge: string, boot: string, waitMs: number, gone: AbortSignal): Promise<readonly Handed[]>;
  /** What the edge made of it; an answer that nobody waits for is asked for again by who wants it. */
  answer(edge: string, ticket: string, reply: CommandReply): void;
}

interface Waiting {
  readonly edge: string;
  readonly request: CommandRequest;
  /** The process of the edge that took it. */
  takenBy: string | undefined;
  readonly resolve: (reply: CommandReply) => void;
  readonly reject: (fault: Fault) => void;
}

/** Questions that wait for one edge; more are told to come again. */
const waitingMax = 1_000;
/** What one answer hands over. */
const batchMax = 50;

/**
 * What a hub wants of its edges, in memory: an effect is on record before it is asked for, and whoever dies in between is asked about by
 * the effect's own read-back. What no edge has taken when its time is over is certainly not carried out.
 */
export function commandDesk({ clock, prefix }: { readonly clock: Clock; readonly prefix: string }): EdgeCounter {
  const open = new Map<string, Waiting>();
  const comers = new Map<string, Set<() => void>>();
  let tickets = 0;

  const wantedOf = (edge: string): readonly (readonly [string, Waiting])[] => [...open].filter(([, waiting]) => waiting.edge === edge && waiting.takenBy === undefined);

  function ask(edge: string, request: CommandRequest, signal: AbortSignal): Promise<CommandReply> {
    if (request.kind === 'do' && clock.now() >= request.order.deadlineMs) return Promise.resolve(expired(request.order, clock.now()));
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
        request.kind === 'do' ? clock.at(request.order.deadlineMs, () => waiting.takenBy === undefined && waiting.resolve(expired(request.order, clock.now()))) : () => undefined;
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

  return {
    ask,
    async take(edge, boot, waitMs, gone) {
      for (const waiting of open.values()) {
        if (waiting.edge === edge && waiting.takenBy !== undefined && waiting.takenBy !== boot)
          waiting.reject(new Fault('OUTCOME_UNKNOWN', `The edge ${edge} ended while it was under way.`, { edge }));
      }
      if (wantedOf(edge).length === 0) await comes(edge, waitMs, gone);
      if (gone.aborted) return [];
      return wantedOf(edge)
        .slice(0, batchMax)
        .map(([ticket, waiting]) => {
          waiting.takenBy = boot;
          return { ticket, request: waiting.request };
        });
    },
    answer(edge, ticket, reply) {
      const waiting = open.get(ticket);
      if (waiting?.edge === edge) waiting.resolve(reply);
    },
  };
}

function expired({ deadlineMs }: CommandOrder, nowMs: number): CommandReply {
  const reason = `The edge did not come for it in time: it was to be written before ${new Date(deadlineMs).toISOString()}, and it was ${new Date(nowMs).toISOString()}.`;
  return { kind: 'refused', refusal: { code: 'EXPIRED', reason } };
}
