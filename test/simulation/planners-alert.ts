import { eventType } from '../../src/model/contract.ts';
import { varianceCleared, varianceDetected } from '../../examples/packaging-plant/contracts/production-variance.ts';
import { planning } from '../../examples/packaging-plant/owners.ts';
import type { RunRecord, StepRecord } from '../../src/store/store.ts';
import type { Shift } from './scene.ts';
import type { Facts } from './verdict.ts';

/** Below this share of the target a line is slow, as the rules have it. */
const lowShare = 0.8;
/** A slow line that was heard for so long has to be known: a window, what it must be sustained, and a sample of each. */
const knownWithinMs = 9_000;
/** Before it is slow it has to have been heard well, or an earlier episode may still be open. */
const heardBeforeMs = 7_000;

/** The limits of the play are seconds for what takes minutes in a plant: so is the time until an order has to be shipped. */
const minutesInSecond = 60;

/** What a play gave to judge by: without these it would prove nothing. */
export interface Disruptions {
  /** Lines that were made slow. */
  slow: number;
  /** Those of them that an edge heard, so that they have to be known. */
  heard: number;
  /** Cases by which planning was told. */
  alerts: number;
  /** Late runs that were undone, that never began, and that were told of. */
  undone: number;
  unbegun: number;
  told: number;
  /** Events of trials that edges and other programs sent, and that were dropped. */
  dropped: number;
}

export function noDisruptions(): Disruptions {
  return { slow: 0, heard: 0, alerts: 0, undone: 0, unbegun: 0, told: 0, dropped: 0 };
}

export function addDisruptions(sum: Disruptions, more: Readonly<Disruptions>): void {
  for (const what of ['slow', 'heard', 'alerts', 'undone', 'unbegun', 'told', 'dropped'] as const) sum[what] += more[what];
}

/** Every disruption that the play brought about is known, and whoever plans is told of each that puts a commitment at risk, before that is due. */
export function* disruptions(facts: Facts): Generator<string> {
  const { disruptions: seen } = facts;
  for (const shift of facts.world.scene.shifts) {
    if (shift.share < lowShare) seen.slow += 1;
    if (!isHeard(facts, shift)) continue;
    seen.heard += 1;
    yield* missed(facts, shift);
  }
  for (const run of facts.runs) if (run.flow === 'packaging-bottleneck') yield* untold(facts, run);
}

/** The oracle is the scene itself: when the machine was made slow, and whether a process of its edge listened all the while. */
export function isHeard({ edgeOf }: Pick<Facts, 'edgeOf'>, { line, fromMs, slowFromMs, slowToMs, share }: Shift): boolean {
  if (share >= lowShare || slowToMs - slowFromMs < knownWithinMs) return false;
  const needed = { fromMs: Math.max(fromMs, slowFromMs - heardBeforeMs), toMs: slowFromMs + knownWithinMs };
  return edgeOf(line.line).listened.some((process) => process.fromMs <= needed.fromMs && process.toMs >= needed.toMs);
}

function* missed({ events, world }: Facts, { line, order, slowFromMs, slowToMs }: Shift): Generator<string> {
  const known = events.some(
    ({ type, keys, timeMs }) =>
      type === eventType(varianceDetected) && keys.order === order.order && keys.asset === line.asset && timeMs >= slowFromMs && timeMs <= slowToMs + knownWithinMs,
  );
  if (!known) yield `${line.asset} was slow for ${order.order} from second ${(slowFromMs - world.scene.startMs) / 1_000} of the play on, and nobody knows`;
}

/** What the run had decided, where it came to that. */
interface Plan {
  readonly kind: string;
  readonly shortages: readonly { readonly customerOrder: string; readonly shipBy: string }[];
}

function* untold(facts: Facts, { id, key, status }: RunRecord): Generator<string> {
  const steps = facts.steps.get(id) ?? [];
  // Written by the decision of the landscape.
  const plan = JSON.parse(steps.find(({ name, output }) => name === 'packaging.shortage' && output !== undefined)?.output ?? 'null') as Plan | null;
  if (plan?.kind !== 'revise' || hasRecovered(steps)) return;
  const alerts = steps
    .filter(({ kind }) => kind === 'raise')
    .flatMap(({ output }) => facts.cases.filter((each) => JSON.stringify(each.id) === output && each.owners.includes(planning.name)));
  // One that could not go on is its owner's case: that is asked of every run.
  if (alerts.length === 0 && status === 'done') yield `run ${id} is done, its line was slow, and ${planning.name} was never told of ${key}`;
  facts.disruptions.alerts += alerts.length;
  const { startMs } = facts.world.scene;
  const dueMs = Math.min(...plan.shortages.map(({ shipBy }) => startMs + (Date.parse(shipBy) - startMs) / minutesInSecond));
  for (const alert of alerts) {
    const [toldMs = Number.POSITIVE_INFINITY] = [...facts.mailbox.toldMs]
      .flatMap(([message, atMs]) => (message.startsWith(`${alert.id}.${planning.name}`) ? [atMs] : []))
      .toSorted((a, b) => a - b);
    if (toldMs >= dueMs)
      yield `${planning.name} was told of ${alert.id} about ${key} at ${new Date(toldMs).toISOString()}, and in the time of the play the first order was due at ${new Date(dueMs).toISOString()}`;
  }
}

/** Its line was well again in the time that the flow gives it: nothing had to be told. A later wait for that is one after the alert. */
function hasRecovered(steps: readonly StepRecord[]): boolean {
  const first = steps.find(({ kind, name }) => kind === 'wait' && name === varianceCleared.name);
  return first?.output !== undefined && first.output !== 'null';
}
