import type { Clock } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import { keepNewest } from '../../kernel/newest.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { Pipeline } from '../log/pipeline.ts';
import type { AnsweringLog, BacktestOrder, BacktestOutcome, BacktestWorks, MachineOutcome } from './backtest-order.ts';

/** A backtest that somebody asked for. Times are epoch milliseconds. */
export interface BacktestTicket {
  readonly id: string;
  readonly order: BacktestOrder;
  /** The limits that are tried in place of those that count. */
  readonly tried: BacktestOrder['limits'];
  readonly by: string;
  readonly startedMs: number;
  readonly endedMs: number | undefined;
  readonly status: 'running' | 'done' | 'failed' | 'cancelled';
  readonly outcome: BacktestOutcome | MachineOutcome | undefined;
  readonly fault: Fault | undefined;
}

/** One backtest at a time, each for a bounded time; the newest are kept in memory. */
export interface BacktestDesk {
  /** Raises CONFLICT while another one runs. Audited before it begins. */
  start(asked: Pick<BacktestTicket, 'order' | 'tried' | 'by'>): Promise<BacktestTicket>;
  /** Raises NOT_FOUND. */
  ticket(id: string): BacktestTicket;
  /** The newest of a rule or machine that is still known. */
  newestOf(kind: BacktestOrder['kind'], name: string): BacktestTicket | undefined;
  /** Ends one that runs; one that does not stays as it is. Raises NOT_FOUND. */
  cancel(id: string, by: string): Promise<BacktestTicket>;
  recordings(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface BacktestDeskParts {
  readonly works: BacktestWorks;
  readonly log: AnsweringLog;
  readonly pipeline: Pick<Pipeline, 'commit'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly timeMaxMs?: number;
  readonly keptMax?: number;
}

export function backtestDesk({ works, log, pipeline, clock, ids, timeMaxMs = 120_000, keptMax = 8 }: BacktestDeskParts): BacktestDesk {
  const tickets = new Map<string, BacktestTicket>();
  let running: { readonly ticket: BacktestTicket; readonly stop: AbortController; ended: Promise<void> } | undefined;

  function known(id: string): BacktestTicket {
    const found = tickets.get(id);
    if (found) return found;
    throw new Fault('NOT_FOUND', `There is no backtest "${id.slice(0, 100)}"; the newest ${keptMax} are kept until the hub ends.`);
  }

  function keep(ticket: BacktestTicket): BacktestTicket {
    tickets.set(ticket.id, ticket);
    keepNewest(tickets, keptMax);
    return ticket;
  }

  async function audit(action: string, actor: string, subject: string, details: unknown): Promise<void> {
    await pipeline.commit([{ change: 'audit.add', atMs: clock.now(), actor, action, subject, details: JSON.stringify(details) }]);
  }

  async function work(ticket: BacktestTicket, stop: AbortController): Promise<void> {
    const late = clock.after(timeMaxMs, () => {
      const help = `Choose an earlier end, or run "lineshaft ${ticket.order.kind}s backtest" at the edge, where nothing bounds it.`;
      stop.abort(new Fault('TOO_LARGE', `The backtest took longer than ${timeMaxMs / 1_000} s and was ended. ${help}`, { timeMaxMs }));
    });
    try {
      const outcome = await works.run(ticket.order, log, stop.signal);
      keep({ ...ticket, status: 'done', outcome, endedMs: clock.now() });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      keep({ ...ticket, status: error.code === 'CONFLICT' ? 'cancelled' : 'failed', fault: error, endedMs: clock.now() });
    } finally {
      late();
      running = undefined;
    }
  }

  return {
    async start({ order, tried, by }) {
      if (running) {
        const { id, order: other, by: whose } = running.ticket;
        throw new Fault('CONFLICT', `A backtest of "${other.name}" runs already, for ${whose}; one runs at a time.`, { backtest: id });
      }
      const stop = new AbortController();
      const ticket: BacktestTicket = { id: ids.uuid(), order, tried, by, startedMs: clock.now(), endedMs: undefined, status: 'running', outcome: undefined, fault: undefined };
      running = { ticket, stop, ended: Promise.resolve() };
      try {
        const { kind, name, edge, fromMs, toMs } = order;
        await audit(`${kind}.backtest`, by, name, { backtest: ticket.id, edge, fromMs, toMs, tried });
      } catch (error) {
        running = undefined;
        throw error;
      }
      keep(ticket);
      running.ended = work(ticket, stop);
      return ticket;
    },
    ticket: known,
    newestOf: (kind, name) => [...tickets.values()].findLast(({ order }) => order.kind === kind && order.name === name),
    async cancel(id, by) {
      const { order } = known(id);
      if (running?.ticket.id !== id) return known(id);
      const { stop, ended } = running;
      stop.abort(new Fault('CONFLICT', `The backtest was ended by ${by}.`));
      await Promise.all([ended, audit(`${order.kind}.backtest-ended`, by, order.name, { backtest: id })]);
      return known(id);
    },
    recordings: async () => works.recordings(),
    async close() {
      running?.stop.abort(new Fault('CONFLICT', 'The hub stops.'));
      await running?.ended;
    },
  };
}
