// What every request for a backtest asks of the hub's desk.
import { Type } from 'typebox';
import type { BacktestDesk, BacktestTicket } from '../engine/backtest/backtest-desk.ts';
import type { BacktestOrder } from '../engine/backtest/backtest-order.ts';
import type { RecordingDesk } from '../engine/recordings/recording-desk.ts';
import { fits } from '../engine/releases/limit-file.ts';
import { instant } from '../engine/stories/recorded-json.ts';
import { Fault } from '../kernel/errors.ts';
import { schema } from '../kernel/schema.ts';
import type { Limit, LimitValues } from '../model/limit.ts';
import { name } from './field.ts';

/** A limit that something goes by. */
export interface OwnLimit {
  readonly name: string;
  readonly value: number | string;
  /** As the landscape declares it. */
  readonly usual: number | string;
  readonly why: string;
}

/** What there is to tell of every backtest that somebody asked for. */
export interface TriedView {
  readonly id: string;
  readonly edge: string;
  readonly status: BacktestTicket['status'];
  readonly by: string;
  readonly started: string;
  readonly ended?: string | undefined;
  /** What was tried in place of the limits that count. */
  readonly tried: LimitValues;
  /** Why there is no outcome. */
  readonly trouble?: { readonly code: string; readonly message: string } | undefined;
}

const labelsMax = 64 * 1024;

/** What every request for a backtest may give. */
export const triedShape = schema(
  Type.Object(
    {
      edge: Type.Optional(name),
      /** One that the hub fetched and that is here, by its id; instead of "edge". */
      recording: Type.Optional(name),
      /** What fires or begins in this time is told, RFC 3339. */
      from: Type.Optional(name),
      to: Type.Optional(name),
      limits: Type.Optional(Type.Record(name, Type.Union([Type.Number(), Type.String({ maxLength: 64 })]))),
      /** Lines `from,to` of a rule and `from,to,state` of a machine, or these as a list of lists in JSON. */
      labels: Type.Optional(Type.String({ maxLength: labelsMax })),
    },
    { additionalProperties: false },
  ),
);

/** Samples of all signals that one backtest judges at most. */
export const samplesMax = 100_000_000;

/** Raises NOT_FOUND where no recording can be at hand. */
export function deskAt(desk: BacktestDesk | undefined, kind: BacktestOrder['kind']): BacktestDesk {
  if (desk) return desk;
  throw new Fault('NOT_FOUND', `This hub has no recordings at hand. Run "lineshaft ${kind}s backtest" with --edge: the hub fetches it.`);
}

/** Raises NOT_FOUND, also of a backtest of another kind. */
export function ticketOf(desk: BacktestDesk, kind: BacktestOrder['kind'], id: string): BacktestTicket {
  const ticket = desk.ticket(id);
  if (ticket.order.kind === kind) return ticket;
  throw new Fault('NOT_FOUND', `The backtest "${id.slice(0, 100)}" is of a ${ticket.order.kind}, not of a ${kind}.`);
}

/** What is played: one that was fetched, or what lies beside the hub. Raises NOT_FOUND, INPUT_INVALID, and CONFLICT where one is not here yet. */
export async function playedAt(
  { backtests, recordings }: TriedOn,
  kind: BacktestOrder['kind'],
  { edge, recording }: { readonly edge?: string | undefined; readonly recording?: string | undefined },
): Promise<Pick<BacktestOrder, 'edge' | 'recording'>> {
  const desk = deskAt(backtests, kind);
  if (recording === undefined) return { edge: await recordedAt(desk, kind, edge) };
  if (!recordings) throw new Fault('NOT_FOUND', 'This hub fetches no recordings.');
  const { id, status, edge: own } = recordings.ticket(recording);
  if (status !== 'here') throw new Fault('CONFLICT', `The recording "${id}" is not here: it is ${status}.`, { status });
  if (edge !== undefined && edge !== own) throw new Fault('INPUT_INVALID', `The recording "${id}" is of the edge "${own}", not of "${edge.slice(0, 100)}".`, { edge: own });
  return { edge: own, recording: id };
}

/** What a hub tries things on. */
export interface TriedOn {
  /** Undefined where no recording can be at hand. */
  readonly backtests: BacktestDesk | undefined;
  /** Undefined where it fetches none. */
  readonly recordings: Pick<RecordingDesk, 'ticket'> | undefined;
}

/** The edge whose recording is played. Raises NOT_FOUND and INPUT_INVALID. */
async function recordedAt(desk: BacktestDesk, kind: BacktestOrder['kind'], wanted: string | undefined): Promise<string> {
  const edges = await desk.recordings();
  const chosen = wanted ?? (edges.length === 1 ? edges[0] : undefined);
  if (chosen !== undefined && edges.includes(chosen)) return chosen;
  if (edges.length === 0) throw new Fault('NOT_FOUND', `No recording is at hand here. Run "lineshaft ${kind}s backtest" with --edge: the hub fetches it.`);
  throw new Fault('INPUT_INVALID', `${wanted === undefined ? 'Several edges have recordings' : `There is no recording of "${wanted.slice(0, 100)}"`}: ${edges.join(', ')}.`, {
    edges,
  });
}

export function spanOf({ from, to }: { readonly from?: string | undefined; readonly to?: string | undefined }): Pick<BacktestTicket['order'], 'fromMs' | 'toMs'> {
  const [fromMs, toMs] = [instantMs('from', from), instantMs('to', to)];
  if (fromMs === undefined || toMs === undefined || fromMs <= toMs) return { fromMs, toMs };
  throw new Fault('INPUT_INVALID', `"to", ${instant(toMs)}, is before "from", ${instant(fromMs)}.`, { from, to });
}

function instantMs(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isFinite(ms)) return ms;
  throw new Fault('INPUT_INVALID', `"${field}" is no time: ${text.slice(0, 100)}. Write RFC 3339, such as 2026-11-02T06:00:00Z.`, { field });
}

/** Those of its limits that are to be tried and differ from what counts. `of` names whose they are, e.g. `rule "packer.is-slow"`. Raises INPUT_INVALID. */
export function triedLimits(of: string, own: readonly OwnLimit[], declared: ReadonlyMap<string, Limit>, given: LimitValues): LimitValues {
  return Object.fromEntries(
    Object.entries(given).filter(([limit, value]) => {
      const [found, known] = [own.find((each) => each.name === limit), declared.get(limit)];
      if (!found || !known)
        throw new Fault('INPUT_INVALID', `The ${of} has no limit "${limit.slice(0, 100)}". It has: ${own.map((each) => each.name).join(', ') || 'none'}.`, { limit });
      if (!fits(known, value))
        throw new Fault('INPUT_INVALID', `The limit "${limit}" must be ${typeof known.value === 'number' ? 'a number' : 'a duration such as "5m"'}.`, { limit });
      return found.value !== value;
    }),
  );
}

export function triedView({ id, order, status, by, startedMs, endedMs, tried, fault }: BacktestTicket): TriedView {
  return {
    id,
    edge: order.edge,
    status,
    by,
    started: instant(startedMs),
    ended: endedMs === undefined ? undefined : instant(endedMs),
    tried,
    trouble: fault && { code: fault.code, message: fault.message },
  };
}
