// The TMS's dock appointment in free play: moved once per plan and back, in order, never while the service was down.
import type { World } from '../frame/world.ts';
import { dockWindow } from './expectation.ts';
import { spansOf, touches, type FreeFacts } from './free-facts.ts';
import type { FreePlay } from './free-order-rows.ts';
import { plannedEnd } from './order-rows.ts';
import type { Outlook } from './outlook.ts';
import { judged, listed, same, shownAt, type Row } from './row.ts';
import { at, type Entry, type Testimony } from './testimony.ts';

interface Window {
  readonly from: string;
  readonly to: string;
}

/** One way in which a plan can have moved the appointment: where to, with the revision that each move bears if none came before. */
interface Way {
  readonly moves: readonly { readonly window: Window; readonly revision: number }[];
  /** Revisions that the plan has used up, those of moves that were taken back unsent included. */
  readonly revisions: number;
}

const lastMax = 12;

export function freeAppointmentRows({ facts, world, outlooks }: FreePlay, { ledgers }: Pick<Testimony, 'ledgers'>): readonly Row[] {
  const { id } = world.appointment;
  const moves = ledgers.tms.filter(({ type, key }) => type === 'appointment' && key === id);
  const ways = outlooks.map((outlook) => waysOf(outlook, facts, world));
  const wanted = ways.flatMap(([first]) => first?.moves.map(({ window }) => shown(window)) ?? []);
  const revisions = moves.map(({ revision }) => revision ?? 0);
  const down = spansOf(facts.deeds, 'transport-down', 'transport-up');
  return [
    judged(
      'tms.windows',
      `Was ${id} moved with each plan, and back with each that was taken back, in order?`,
      listed(wanted.slice(-lastMax)),
      listed(moves.map(({ data }) => shown(windowIn(data))).slice(-lastMax)),
      isOneWay(ways, moves),
    ),
    judged(
      'tms.revisions',
      'Do the revisions of the moves grow?',
      'each higher than the one before',
      listed(revisions.slice(-lastMax)),
      revisions.every((revision, index) => revision > (revisions[index - 1] ?? 0)),
    ),
    same(
      'tms.outage',
      'What did the TMS commit while it was down?',
      'none',
      listed(ledgers.tms.filter(({ atMs }) => down.some((span) => atMs > span.fromMs && atMs < span.toMs)).map(({ type }) => type)),
    ),
    same('tms.nothing-else', 'What else was written at the TMS?', 'none', listed(ledgers.tms.filter((entry) => !moves.includes(entry)).map(({ type, key }) => `${type} ${key}`))),
  ];
}

/** Every way that can have been gone, the usual one first. */
function waysOf({ plan }: Outlook, facts: FreeFacts, world: World): readonly Way[] {
  const { appointment } = world;
  const lengthMs = Date.parse(appointment.to) - Date.parse(appointment.from);
  // The warehouse, which is asked where the appointment is, knows where it was promised.
  const stops: Window[] = [{ from: appointment.from, to: appointment.to }];
  for (const entry of [plan.first, plan.second]) {
    const endMs = plannedEnd(entry);
    const window = endMs === undefined ? undefined : dockWindow(endMs, lengthMs);
    if (window && window.from > (stops.at(-1)?.from ?? '')) stops.push(window);
  }
  const all = stops.slice(1).map((_, index) => index + 1);
  const lost = lostOf(plan, facts);
  const kept = lost ? [all, ...subsets(all).filter((some) => some.length < all.length)] : [all];
  return kept.map((some) => wayOver(stops, all.length, some, plan.restored !== undefined));
}

function wayOver(stops: readonly Window[], intents: number, sent: readonly number[], isRestored: boolean): Way {
  const there = sent.flatMap((stop) => windowAt(stops, stop, stop));
  // Whichever were sent, one move takes it back to where it was.
  const back = isRestored && sent.length > 0 ? windowAt(stops, 0, intents + 1) : [];
  return { moves: [...there, ...back], revisions: intents + back.length };
}

function windowAt(stops: readonly Window[], stop: number, revision: number): Way['moves'] {
  const window = stops[stop];
  return window ? [{ window, revision }] : [];
}

/** Whether a move may never have been sent: it waited while the service was down until it was taken back, or too old. */
function lostOf({ first, restored }: Outlook['plan'], { agreement, deeds, nowMs }: FreeFacts): boolean {
  const { moveMaxAgeMs, slackMs } = agreement;
  const away = [...spansOf(deeds, 'transport-down', 'transport-up'), ...spansOf(deeds, 'hub-down', 'hub-up')];
  if (restored) return touches(away, first.atMs, restored.atMs);
  const isOld = (toMs: number): boolean => Math.min(toMs, nowMs) - first.atMs > moveMaxAgeMs - slackMs;
  return away.some(({ fromMs, toMs }) => fromMs <= first.atMs + agreement.supplierAnswersMs + slackMs && isOld(toMs));
}

function subsets(all: readonly number[]): readonly (readonly number[])[] {
  return all.reduce<readonly (readonly number[])[]>((some, each) => [...some.map((one) => [...one, each]), ...some], [[]]);
}

/** Whether the plans, one after the other, can have gone exactly these moves. */
function isOneWay(ways: readonly (readonly Way[])[], moves: readonly Entry[]): boolean {
  /** Where the plans so far can have come to: moves and revisions that they have used. */
  let reached = new Map<string, { readonly moves: number; readonly revisions: number }>([['0 0', { moves: 0, revisions: 0 }]]);
  for (const choices of ways) {
    const next = new Map<string, { readonly moves: number; readonly revisions: number }>();
    for (const place of reached.values()) {
      for (const way of choices) {
        const fits = way.moves.every(({ window, revision }, index) => {
          const move = moves[place.moves + index];
          return move !== undefined && move.revision === place.revisions + revision && shown(windowIn(move.data)) === shown(window);
        });
        const to = { moves: place.moves + way.moves.length, revisions: place.revisions + way.revisions };
        if (fits) next.set(`${to.moves} ${to.revisions}`, to);
      }
    }
    reached = next;
  }
  return [...reached.values()].some((place) => place.moves === moves.length);
}

function windowIn(data: unknown): Window {
  return { from: String(at(data, 'window', 'from')), to: String(at(data, 'window', 'to')) };
}

function shown({ from, to }: Window): string {
  return `${shownAt(from)} to ${shownAt(to)}`;
}
