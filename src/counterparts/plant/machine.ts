// What one machine does, as a function of time: packs made since the epoch, at its own pace.
import { randomFrom } from '../frame/random.ts';
import type { World } from '../frame/world.ts';
import { stateNumber, timed, wayBetween, type StateStep } from './packml.ts';

/** One look at a machine. The rate, in packs per minute, is that of its counter over a while, the state that of the moment; temperature in Cel, vibration in mm/s. */
export interface Reading {
  readonly ts: number;
  readonly state: string;
  /** PackML's number of the state. */
  readonly stateCurrent: number;
  readonly rate: number;
  readonly order: string;
  readonly item: string;
  readonly target: number;
  readonly remaining: number;
  readonly slotStart: string;
  readonly slotEnd: string;
  /** Good packs. */
  readonly produced: number;
  /** Packs that were thrown out. */
  readonly defective: number;
  /** How long it has been in Execute since its slot began, milliseconds: PackML's StateCumulativeTime. */
  readonly executeTime: number;
  readonly temperature: number;
  readonly vibration: number;
}

export interface Machine {
  readonly name: string;
  /** The next look; each draws the next jitter. */
  read(atMs: number): Reading;
  /** A look at the beginning of each state that it was in since the last look, then one at `atMs`: however late it is looked at, no state goes untold. */
  readAll(atMs: number): readonly Reading[];
  readonly last: Reading | undefined;
  /** Goes on at `factor` × target rate from `atMs`; gives the states that it passes through. */
  pace(factor: number, atMs: number): readonly StateStep[];
  show(overrides: { readonly state?: string; readonly order?: string }): void;
  readonly factor: number;
}

/** Of the time before the epoch. */
const executedShare = 0.92;
/** One pack in so many is thrown out. */
const defectiveEvery = 80;

/** `ordinal` sets the machine's jitter apart from its neighbours'. */
export function machineOf(name: string, world: World, ordinal: number): Machine {
  const { order } = world;
  const random = randomFrom(world.seed * 31 + ordinal);
  const jitter = (width: number) => (random.next() * 2 - 1) * width;
  let factor = 1;
  // The one that it is in, and those that are to come.
  let steps: readonly StateStep[] = [{ state: 'Execute', was: 'Starting', fromMs: 0 }];
  let since = { atMs: world.epochMs, made: 0 };
  /** How long it had been in Execute then: the steps before may be forgotten. */
  let counted = { atMs: world.epochMs, executedMs: Math.round((world.epochMs - Date.parse(order.slotStart)) * executedShare) };
  let last: Reading | undefined;
  let shown: { readonly state?: string; readonly order?: string } = {};
  // A machine does not run before its epoch, nor past what was ordered.
  const madeAt = (atMs: number) => since.made + (Math.max(0, atMs - since.atMs) / 60_000) * order.targetRatePerMin * factor;

  const executeTimeAt = (atMs: number) =>
    steps.reduce((sum, { state, fromMs }, index) => {
      const untilMs = Math.min(atMs, steps[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY);
      return sum + (state === 'Execute' ? Math.max(0, untilMs - Math.max(fromMs, counted.atMs)) : 0);
    }, counted.executedMs);
  const stepAt = (atMs: number) => steps.findLastIndex(({ fromMs }) => fromMs <= atMs);

  function read(atMs: number): Reading {
    const state = shown.state ?? steps[stepAt(atMs)]?.state ?? 'Execute';
    const produced = Math.min(order.quantity, order.produced + Math.floor(madeAt(atMs)));
    last = {
      ts: atMs,
      state,
      stateCurrent: stateNumber(state),
      rate: rounded(order.targetRatePerMin * factor * (1 + jitter(0.01))),
      order: shown.order ?? order.id,
      item: order.item,
      target: order.targetRatePerMin,
      remaining: order.quantity - produced,
      slotStart: order.slotStart,
      slotEnd: order.slotEnd,
      produced,
      defective: Math.floor(produced / defectiveEvery),
      executeTime: executeTimeAt(atMs),
      temperature: rounded(41 + jitter(0.6)),
      vibration: rounded(2.1 + Math.max(0, 1 - factor) * 6 + jitter(0.15)),
    };
    return last;
  }

  return {
    name,
    read,
    readAll(atMs) {
      const seen = last?.ts ?? atMs;
      const missed = steps.filter(({ fromMs }, index) => fromMs > seen && index < stepAt(atMs));
      return [...missed.map(({ fromMs }) => read(fromMs)), read(atMs)];
    },
    pace(next, atMs) {
      since = { atMs: Math.max(atMs, world.epochMs), made: madeAt(atMs) };
      const way = timed(wayBetween(factor, next), steps.at(-1) ?? { state: 'Execute', fromMs: 0 }, atMs);
      counted = { atMs: Math.max(atMs, world.epochMs), executedMs: executeTimeAt(atMs) };
      // Those that nobody has looked at yet stay.
      steps = [...steps.slice(Math.max(0, stepAt(Math.min(atMs, last?.ts ?? atMs)))), ...way];
      factor = next;
      return way;
    },
    show(overrides) {
      shown = { ...shown, ...overrides };
    },
    get last() {
      return last;
    },
    get factor() {
      return factor;
    },
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
