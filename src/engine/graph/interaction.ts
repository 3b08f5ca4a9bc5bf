import { numberText } from '../../kernel/number-text.ts';
import type { Capability } from '../../model/capability.ts';
import type { Contract } from '../../model/contract.ts';
import type { Definition } from '../../model/definition.ts';
import type { Landscape } from '../../model/landscape.ts';
import { amountOf, spanMs, type LimitValues } from '../../model/limit.ts';
import type { Output } from '../../model/output.ts';
import type { Source } from '../../model/source.ts';
import type { System } from '../../model/system.ts';
import { stepsOf, type OutlineStep } from './flow-outline.ts';
import { idOf, isTheirs, titleOf } from './graph-node.ts';
import type { LandscapeGraph } from './landscape-graph.ts';
import { spanWords } from './rule-words.ts';

/** How two sides of the plant work together. */
export const patterns = ['call', 'command', 'event', 'stream', 'file'] as const;
export type Pattern = (typeof patterns)[number];

/** One way in which something of the landscape is used, as its declarations say. */
export interface Interaction {
  readonly pattern: Pattern;
  /** Of its node in the graph, e.g. `capability:shipment-window.move`. A capability that is called and posted is told twice. */
  readonly id: string;
  readonly title: string;
  /** The systems, sources or outputs on the other side; none for an event that rules or callers of the API give. */
  readonly systems: readonly string[];
  /** The ids of those that begin it; none where only callers of the API and undos do. */
  readonly by: readonly string[];
  /** Each in words, e.g. `4 at once`. */
  readonly limits: readonly string[];
  readonly why: string;
  /** Whether the landscape says why, or it follows from the pattern. */
  readonly whyFrom: 'landscape' | 'pattern';
}

/** Every interaction of a landscape, in the order of the patterns; `limits` are the environment's. */
export function interactionsOf(landscape: Landscape, graph: Pick<LandscapeGraph, 'edges' | 'flows'>, limits: LimitValues): readonly Interaction[] {
  const found = [
    ...[...landscape.of('capability').values()].filter(isTheirs).flatMap((capability) => capabilityWays(landscape, graph, capability, limits)),
    ...landscape.definitions
      .filter((definition): definition is Contract & Definition => definition.kind === 'contract' && isTheirs(definition))
      .map((contract) => eventWay(landscape, graph, contract, limits)),
    ...[...landscape.of('source').values()].filter(isTheirs).map((source) => sourceWay(landscape, source, limits)),
    ...[...landscape.of('output').values()].filter(isTheirs).map(outputWay),
  ];
  return patterns.flatMap((pattern) => found.filter((one) => one.pattern === pattern));
}

type Declared = Definition & { readonly why?: string };

function way(declared: Declared, pattern: Pattern, follows: string, rest: Pick<Interaction, 'systems' | 'by' | 'limits'>): Interaction {
  const { why } = declared;
  return { pattern, id: idOf(declared), title: titleOf(declared), ...rest, why: why ?? follows, whyFrom: why === undefined ? 'pattern' : 'landscape' };
}

function capabilityWays(landscape: Landscape, { flows }: Pick<LandscapeGraph, 'flows'>, capability: Capability, limits: LimitValues): readonly Interaction[] {
  const isQuery = capability.effect === 'query';
  const steps = [...flows].flatMap(([flow, { nodes }]) => stepsOf(nodes).flatMap((step) => (step.node === idOf(capability) ? [{ flow, step }] : [])));
  const posted = steps.filter(({ step }) => step.verb === 'post');
  const called = steps.filter(({ step }) => step.verb !== 'post');
  const binding = landscape.bindingOf(capability.name);
  const systems = binding ? [binding.system.name] : [];
  const of = (some: typeof steps): readonly string[] => [...new Set(some.map(({ flow }) => `flow:${flow}`))];
  const sent = binding ? systemLimits(binding.system, binding.timeout ?? binding.system.limits.timeout, limits) : [];
  const first = capability.priority === undefined || capability.priority === 'normal' ? [] : [`priority ${capability.priority}`];
  const written = binding?.command ? [`written within ${binding.command.maxAge} or never`, `confirmed within ${binding.command.confirmWithin}`] : [];
  const ways: Interaction[] = [];
  if (called.length > 0 || (isQuery && steps.length === 0))
    ways.push(
      way(capability, 'call', isQuery ? 'A question: it changes nothing, and who asks needs the answer.' : 'The flow goes on with the answer, or with the refusal.', {
        systems,
        by: of(called),
        limits: [...sent, ...first, ...written],
      }),
    );
  if (posted.length > 0 || (!isQuery && steps.length === 0))
    ways.push(
      way(
        capability,
        'command',
        posted.length > 0 ? 'Recorded, and sent in its own time: the flow goes on while the system is away.' : 'Asked for over the API or by an undo: recorded, sent, and told.',
        {
          systems,
          by: of(posted),
          limits: [
            ...sent,
            ...first,
            ...written,
            ...waitLimits(
              binding?.system,
              posted.map(({ step }) => step),
              limits,
            ),
          ],
        },
      ),
    );
  return ways;
}

function systemLimits({ limits: { concurrencyMax, rateMax, backlogMax } }: System, timeout: System['limits']['timeout'], limits: LimitValues): readonly string[] {
  return [
    `${numberText(concurrencyMax)} at once`,
    `${numberText(rateMax)} a second`,
    `an answer within ${spanWords(spanMs(timeout, limits))}`,
    `its owner is told when ${numberText(backlogMax)} wait`,
  ];
}

/** How many and how long posted effects may wait. */
function waitLimits(system: System | undefined, steps: readonly OutlineStep[], limits: LimitValues): readonly string[] {
  const { countMax, ageMax, bytesMax, shed } = system?.buffer ?? {};
  const ages = new Set(steps.flatMap(({ maxAge, limit }) => (maxAge === undefined ? [] : [`untried for ${maxAge} at most${limit === undefined ? '' : ` (${limit})`}`])));
  return [
    ...ages,
    ...(countMax === undefined ? [] : [`${numberText(amountOf(countMax, limits))} may wait`]),
    ...(bytesMax === undefined ? [] : [`${numberText(amountOf(bytesMax, limits))} bytes may wait`]),
    ...(ageMax === undefined ? [] : [`for ${spanWords(spanMs(ageMax, limits))} at most`]),
    ...(shed === undefined ? [] : [`beyond that the ${shed.replace('-', ' ')} is shed`]),
  ];
}

function eventWay(landscape: Landscape, { edges }: Pick<LandscapeGraph, 'edges'>, contract: Contract, limits: LimitValues): Interaction {
  const id = idOf(contract);
  const webhooks = [...landscape.of('webhook').values()].filter((webhook) => webhook.contract === contract);
  const by = edges.flatMap(({ from, to, verb }) => (to === id && (verb === 'emits' || verb === 'gives') ? [from] : []));
  const systems = [...new Set(webhooks.map(({ system }) => system.name))];
  if (contract.family === 'telemetry') return way(contract, 'stream', 'Telemetry: it stays at the plant and reaches no system of record.', { systems, by, limits: [] });
  const flows = [...landscape.of('flow').values()].filter(({ on }) => on === contract);
  const second = { queue: 'waits', signal: 'is for that run', skip: 'is dropped and counted' } as const;
  return way(contract, 'event', 'It says what happened: each is kept in the log, and whoever needs it takes it from there in its own time.', {
    systems,
    by,
    limits: [
      ...(contract.priority === undefined || contract.priority === 'normal' ? [] : [`priority ${contract.priority}`]),
      ...flows.map(
        ({ name, whenRunning, within }) =>
          `${name}: one run a key, a second event ${second[whenRunning]}${within === undefined ? '' : `; over within ${spanWords(spanMs(within, limits))}`}`,
      ),
    ],
  });
}

function sourceWay(landscape: Landscape, source: Source, limits: LimitValues): Interaction {
  const count = [...landscape.of('signal').values()].filter((signal) => signal.source === source).length;
  const inFiles = source.connector.delivers === 'files';
  return way(
    source,
    inFiles ? 'file' : 'stream',
    inFiles ? 'It comes in whole files: each is taken once, its rows in their order.' : 'Values without an end: the rules at the edge make events of the few that matter.',
    {
      systems: [source.name],
      by: [],
      limits: [
        `${numberText(count)} signal${count === 1 ? '' : 's'}`,
        source.lateness === undefined ? 'judged at once' : `late values are waited for ${spanWords(spanMs(source.lateness, limits))}`,
      ],
    },
  );
}

function outputWay(output: Output): Interaction {
  const limits = output.signals ? [`${numberText(output.signals.length)} signal${output.signals.length === 1 ? '' : 's'}`] : ['all signals'];
  return way(output, 'stream', 'What changes is passed on; nobody waits for an answer.', { systems: [output.name], by: [], limits });
}
