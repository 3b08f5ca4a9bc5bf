import { join } from 'node:path';
import {
  action,
  average,
  below,
  defineAsset,
  defineBinding,
  defineCapability,
  defineContract,
  defineException,
  defineFlow,
  defineLimit,
  defineRule,
  defineSignal,
  defineSystem,
  httpJson,
  schema,
  Type,
} from 'lineshaft';
import { answerOf } from '../../examples/packaging-plant/bindings/answer.ts';
import { expectedReceipt, reviseExpectedReceipt } from '../../examples/packaging-plant/capabilities/expected-receipt.ts';
import { productionOrder, reviseProductionOrder } from '../../examples/packaging-plant/capabilities/production-order.ts';
import { refusal } from '../../examples/packaging-plant/capabilities/refusal.ts';
import { dispatchWorkOrder } from '../../examples/packaging-plant/capabilities/work-order.ts';
import { varianceCleared, varianceDetected } from '../../examples/packaging-plant/contracts/production-variance.ts';
import {
  systemPatience,
  systemRetryFirst,
  systemRetryMax,
  systemTimeout,
  throughputLow,
  throughputRecovered,
  throughputRecoveredFor,
  throughputSustained,
  throughputWindow,
} from '../../examples/packaging-plant/limits.ts';
import { bremenPackaging, integration, planning } from '../../examples/packaging-plant/owners.ts';
import { packaging, plantMqtt } from '../../examples/packaging-plant/plant.ts';
import { varianceClearedOf, varianceDetectedOf } from '../../examples/packaging-plant/rules/variance.ts';
import { surveyLandscape, withOwn } from '../../src/engine/releases/load.ts';
import type { Signal } from '../../src/model/asset.ts';
import type { Definition } from '../../src/model/definition.ts';
import type { EventFilter } from '../../src/model/event-filter.ts';
import { landscapeFrom, type Landscape } from '../../src/model/landscape.ts';
import type { LimitValues } from '../../src/model/limit.ts';
import type { Rule } from '../../src/model/rule.ts';

/** Seconds for what takes minutes in a plant. */
export const limits: LimitValues = {
  'throughput.window': '4s',
  'throughput.sustained': '2s',
  'throughput.recovered-for': '2s',
  'bottleneck.supplier-answers': '8s',
  'bottleneck.recovery': '12s',
  'bottleneck.persistence': '25s',
  'bottleneck.window-max-age': '30s',
  'bottleneck.need-max-age': '30s',
  'erp.settles-within': '6s',
  'mes.settles-within': '4s',
  'wms.settles-within': '4s',
  'cmms.settles-within': '7s',
  'systems.timeout': '2s',
  'systems.retry-first': '250ms',
  'systems.retry-max': '4s',
  'systems.patience': '20s',
};
/** How long a request that was given up can still take effect, or a commit can stay invisible, at each system. */
export const settlesMs = { erp: 6_000, mes: 4_000, wms: 4_000, cmms: 7_000, labels: 5_000, tms: 5_000, supplier: 5_000 } as const;

/** A line with a packer of its own, judged like packer 3 of the example. */
export interface Line {
  readonly line: string;
  readonly asset: string;
  readonly signals: {
    readonly rate: Signal;
    readonly target: Signal;
    readonly order: Signal;
    readonly item: Signal;
    readonly remaining: Signal;
    readonly slotEnd: Signal;
    readonly state: Signal;
  };
  readonly rule: Rule;
}

function defineLine(number: number): { readonly line: Line; readonly definitions: readonly Definition[] } {
  const line = defineAsset({ name: `line-${number}`, title: `Line ${number}`, level: 'line', within: packaging, owner: bremenPackaging });
  const asset = defineAsset({ name: `packer-${number}0`, title: `Packer ${number}0`, level: 'cell', within: line, owner: bremenPackaging });
  const base = { asset, source: plantMqtt };
  const signals = {
    rate: defineSignal({ ...base, of: 'rate', family: 'throughput', unit: '{pack}/min', address: `packer-${number}0#/rate` }),
    target: defineSignal({ ...base, of: 'target', family: 'context', unit: '{pack}/min', address: `packer-${number}0#/target` }),
    order: defineSignal({ ...base, of: 'order', family: 'context', type: 'text', address: `packer-${number}0#/order` }),
    item: defineSignal({ ...base, of: 'item', family: 'context', type: 'text', address: `packer-${number}0#/item` }),
    remaining: defineSignal({ ...base, of: 'remaining', family: 'counter', unit: '{pack}', address: `packer-${number}0#/remaining` }),
    slotEnd: defineSignal({ ...base, of: 'slot-end', family: 'context', type: 'text', address: `packer-${number}0#/slotEnd` }),
    state: defineSignal({ ...base, of: 'state', family: 'state', type: 'text', address: `packer-${number}0#/state` }),
  };
  const { rate, ...context } = signals;
  const rule = defineRule({
    name: `packaging.throughput-drop-${number}`,
    title: `Packer ${number}0 packs too slowly for its order`,
    owner: bremenPackaging,
    on: rate,
    with: context,
    when: below(average(throughputWindow), { percentOf: 'target', limit: throughputLow }),
    sustained: throughputSustained,
    clear: { limit: throughputRecovered, for: throughputRecoveredFor },
    emit: varianceDetected,
    event: varianceDetectedOf,
    clears: varianceCleared,
    cleared: varianceClearedOf,
  });
  const known: Line = { line: line.name, asset: asset.name, signals, rule };
  return { line: known, definitions: [line, asset, ...Object.values(signals), rule] };
}

const linesMade = [1, 2, 3].map((number) => defineLine(number + 10));
export const lines: readonly Line[] = linesMade.map(({ line }) => line);

/** Orders that a line only tries something with: the filters of their contracts drop what is told of them. */
export const trialPrefix = 'TRIAL-';
/** A changeover of a higher one is of a trial. */
export const revisionMax = 50;

const changeover = schema(Type.Object({ order: Type.String(), line: Type.String(), item: Type.String(), revision: Type.Integer(), text: Type.String() }));
export const changeoverBegun = defineContract({
  name: 'changeover.begun',
  version: 1,
  title: 'A line changes over to an order',
  owner: bremenPackaging,
  schema: changeover,
  keys: { order: 'order', line: 'line' },
  drop: [{ reason: 'of a trial', field: 'revision', above: revisionMax }],
  examples: [],
});
const ready = schema(Type.Object({ order: Type.String(), line: Type.String() }));
export const changeoverReady = defineContract({
  name: 'changeover.ready',
  version: 1,
  title: 'A line is ready for an order',
  owner: bremenPackaging,
  schema: ready,
  keys: { order: 'order', line: 'line' },
  examples: [],
});

const labels = defineSystem({
  name: 'labels',
  title: 'Label printer',
  role: 'engagement',
  owner: bremenPackaging,
  owns: ['labels'],
  connector: httpJson,
  limits: { timeout: systemTimeout, retryFirst: systemRetryFirst, retryMax: systemRetryMax, patience: systemPatience, concurrencyMax: 2 },
});
const label = schema(Type.Object({ line: Type.String(), order: Type.String(), text: Type.String() }));
const printed = schema(Type.Object({ label: Type.String() }));
const labelCapability = {
  owner: bremenPackaging,
  effect: 'action',
  domain: 'labels',
  input: label,
  output: printed,
  refusal,
  keys: { order: 'order', line: 'line' },
  entity: 'line',
} as const;
const printLabel = defineCapability({ ...labelCapability, name: 'label.print', title: 'Print the label of a pallet' });
const voidLabel = defineCapability({ ...labelCapability, name: 'label.void', title: 'Void a label' });

/** What a plant goes on with when somebody deploys, and back again. */
type Release = 'first' | 'other';

/** The printer tells nothing and knows nothing: what it may have printed is for a person to look at. It is told which release prints. */
function labelBinding(capability: typeof printLabel, path: string, release: Release) {
  return defineBinding({
    capability,
    system: labels,
    guarantee: { kind: 'none' },
    request: (input, effect) => ({ method: 'POST', path, body: { ...input, reference: effect.key, release } }),
    reply: (reply) => answerOf(reply, printed, (body) => body),
  });
}

export const unreadable = 'unreadable';
const textUnreadable = 'The text of this changeover cannot be read.';
const changeoverRefused = defineException<{ readonly order: string; readonly refusal: unknown }>({
  name: 'changeover-refused',
  title: 'A line could not change over',
  owner: planning,
  class: 'supplier-workflow',
  severity: 'high',
  due: '30m',
  summary: ({ order }) => `The line could not change over to ${order}`,
  suggestions: [],
});
const rest = defineLimit({ name: 'changeover.rest', value: '7s', why: 'The glue has to cool down.' });
const readyWithin = defineLimit({ name: 'changeover.ready-within', value: '10s', why: 'After that the line keeps its order.' });

/** Within what time the runs of a flow have to be over, by the release that they are on, and what becomes of those that are not. */
export const deadlines = {
  'line-changeover': { first: { withinMs: 20_000, whenLate: 'compensate' }, other: { withinMs: 18_000, whenLate: 'compensate' } },
  'changeover-crew': { first: { withinMs: 14_000, whenLate: 'compensate' }, other: { withinMs: 13_000, whenLate: 'tell' } },
  'changeover-notice': { first: { withinMs: 12_000, whenLate: 'tell' }, other: { withinMs: 15_000, whenLate: 'compensate' } },
} as const satisfies Readonly<Record<string, Readonly<Record<Release, { readonly withinMs: number; readonly whenLate: 'compensate' | 'tell' }>>>>;

function deadlineOf(flow: keyof typeof deadlines, release: Release) {
  const { withinMs, whenLate } = deadlines[flow][release];
  return { within: `${withinMs / 1_000}s`, whenLate } as const;
}

/** Calls in a row, each with an undo, in four systems: what the order of compensation shows in. The other release asks in another order. */
function changeoverFlow(release: Release) {
  return defineFlow({
    name: 'line-changeover',
    title: 'A line changes over to another order',
    owner: { it: integration, ot: bremenPackaging },
    on: changeoverBegun,
    key: ({ line }) => line,
    whenRunning: 'skip',
    ...deadlineOf('line-changeover', release),
    async run(flow, { order, line, revision, text }) {
      const known = release === 'other' ? await flow.call(expectedReceipt, { order }) : undefined;
      const current = await flow.call(productionOrder, { order });
      if (text === unreadable) throw new Error(textUnreadable);
      await flow.sleep(rest);
      const receipt = known ?? (await flow.call(expectedReceipt, { order }));
      await flow.call(
        reviseExpectedReceipt,
        { order, quantity: receipt.quantity + 1, expectedAt: receipt.expectedAt },
        { undo: () => action(reviseExpectedReceipt, { order, quantity: receipt.quantity, expectedAt: receipt.expectedAt }) },
      );
      const pallet = { line, order, text };
      const tag = await flow.attempt(printLabel, pallet, { undo: () => action(voidLabel, pallet) });
      if (!tag.ok) {
        await flow.compensate();
        await flow.raise(changeoverRefused, { evidence: { order, refusal: tag.refusal } });
        return;
      }
      const { version } = current;
      const revised = await flow.attempt(
        reviseProductionOrder,
        { order, plannedEnd: current.plannedEnd, version, reason: `changeover of ${line}` },
        {
          undo: (after) =>
            action(reviseProductionOrder, { order, plannedEnd: current.plannedEnd, status: current.status, version: after.version, reason: 'changeover taken back' }),
        },
      );
      const dispatched = await flow.attempt(dispatchWorkOrder, { order, revision, plannedEnd: current.plannedEnd, quantity: current.quantity });
      if (!revised.ok || !dispatched.ok) {
        await flow.compensate();
        await flow.raise(changeoverRefused, { evidence: { order, refusal: revised.ok ? 'dispatch' : revised.refusal } });
        return;
      }
      if (!(await flow.waitFor(changeoverReady, { key: { order, line }, within: readyWithin }))) await flow.compensate();
    },
  });
}

const crewWithin = defineLimit({ name: 'changeover.crew-within', value: '11s', why: 'After that the crew is wanted elsewhere.' });

/** A line tells of one changeover after the other, until it is ready. */
function noticeFlow(release: Release) {
  return defineFlow({
    name: 'changeover-notice',
    title: 'A changeover is shown at its line',
    owner: bremenPackaging,
    on: changeoverBegun,
    key: ({ line }) => line,
    whenRunning: 'queue',
    ...deadlineOf('changeover-notice', release),
    async run(flow, { order, line }) {
      await flow.waitFor(changeoverReady, { key: { order, line }, within: crewWithin });
    },
  });
}

/** The crew of a line helps with one changeover after the other. */
function crewFlow(release: Release) {
  return defineFlow({
    name: 'changeover-crew',
    title: 'A crew helps with a changeover',
    owner: { it: integration, ot: bremenPackaging },
    on: changeoverBegun,
    key: ({ line }) => line,
    whenRunning: 'queue',
    ...deadlineOf('changeover-crew', release),
    async run(flow, { order, line }) {
      await flow.call(expectedReceipt, { order });
      await flow.waitFor(changeoverReady, { key: { order, line }, within: crewWithin });
    },
  });
}

/** Steps of one run at one thing that are undone as one, by setting it back to where it was before the first. */
export const undoneAsOne = (step: string): boolean => step.startsWith('shipment-window.move');

/** Steps that a compensation of their run has to undo, by flow: where such a step is done, its undo is there. */
export const undoable: Readonly<Record<string, (step: string, mode: string) => boolean>> = {
  'packaging-bottleneck': (step, mode) => mode === 'post' || step === 'production-order.revise#1' || step === 'expected-receipt.revise#1',
  'line-changeover': (step) => !step.startsWith('work-order.dispatch'),
  'production-release': (step) => step.startsWith('production-order.release'),
};

/** What is not the same in the two releases. */
const ofRelease = (release: Release): readonly Definition[] => [
  labelBinding(printLabel, '/labels', release),
  labelBinding(voidLabel, '/voids', release),
  changeoverFlow(release),
  crewFlow(release),
  noticeFlow(release),
];

/** What a line tells of a trial is dropped: by what a filter says of it, and by its order. */
const trialFilters: ReadonlyMap<string, readonly EventFilter[]> = new Map<string, readonly EventFilter[]>([
  [varianceDetected.name, [{ reason: 'of a trial', when: (event) => orderIn(event).startsWith(trialPrefix) }]],
  [varianceCleared.name, [{ reason: 'of a trial', field: 'order', is: [`${trialPrefix}1`] }]],
]);

function filtered(definition: Definition): Definition {
  const drop = definition.kind === 'contract' ? trialFilters.get(definition.name) : undefined;
  return drop ? Object.freeze({ ...definition, drop }) : definition;
}

function orderIn(event: unknown): string {
  return typeof event === 'object' && event !== null && 'order' in event ? String(event.order) : '';
}

const own: readonly Definition[] = [
  ...linesMade.flatMap(({ definitions }) => definitions),
  changeoverBegun,
  changeoverReady,
  labels,
  printLabel,
  voidLabel,
  changeoverRefused,
  rest,
  readyWithin,
  crewWithin,
];

/** The packaging plant of the example, with three more lines, and a printer that can neither be asked nor told twice. */
export async function simulatedLandscape(): Promise<Landscape> {
  const { definitions } = await surveyLandscape(join(import.meta.dirname, '../../examples/packaging-plant'));
  return withOwn([...definitions.map(filtered), ...own, ...ofRelease('first')], 'first' satisfies Release);
}

/** The release that is deployed in its place: runs that began before do not fit it. */
export function otherRelease(landscape: Landscape): Landscape {
  const changed = ofRelease('other');
  const isSame = ({ kind, name }: Definition): boolean => !changed.some((each) => each.kind === kind && each.name === name);
  return landscapeFrom([...landscape.definitions.filter(isSame), ...changed], 'other' satisfies Release);
}
