import type { BusinessKeys } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { EventRecord, ExceptionRecord, RunRecord, StepRecord, Store } from '../../store/store.ts';
import { fieldOf, instant, recorded } from './recorded-json.ts';

export const processTypes = ['supplier-collaboration', 'shipment-milestones', 'dock-scheduling', 'exception-resolution'] as const;
export type ProcessType = (typeof processTypes)[number];

/** One process of the supply chain for one business key, as it stands. */
export interface Process {
  readonly family: 'supply-chain';
  readonly type: ProcessType;
  readonly key: string;
  /** Every business key that it is found by. */
  readonly keys: readonly string[];
  readonly state: string;
  readonly title: string;
  readonly at: string;
  readonly atMs: number;
  readonly system?: string;
  readonly run?: string;
}

const runsMax = 200;
const eventsMax = 200;
const exceptionsMax = 200;

/** The processes of live and recent runs, recent events and exceptions: the newest state per type and key, newest first. */
export async function supplyChain(store: Store, landscape: Landscape): Promise<readonly Process[]> {
  const [live, recent, events, exceptions] = await Promise.all([
    store.liveRuns(),
    store.runs({ limit: runsMax }),
    store.eventsLatest({ limit: eventsMax }),
    store.exceptions({ limit: exceptionsMax }),
  ]);
  const runs = new Map([...live.slice(0, runsMax), ...recent].map((run) => [run.id, run]));
  const withSteps = await Promise.all([...runs.values()].map(async (run) => ({ run, steps: await store.steps(run.id) })));
  return processesOf({ runs: withSteps, events, exceptions, landscape });
}

/** The same as a pure function. */
export function processesOf({
  runs,
  events,
  exceptions,
  landscape,
}: {
  readonly runs: readonly { readonly run: RunRecord; readonly steps: readonly StepRecord[] }[];
  readonly events: readonly EventRecord[];
  readonly exceptions: readonly ExceptionRecord[];
  readonly landscape: Landscape;
}): readonly Process[] {
  const found = [
    ...runs.flatMap(({ run, steps }) => steps.flatMap((step) => stepProcess(run, step, landscape) ?? [])),
    ...events.flatMap((event) => eventProcess(event, landscape) ?? []),
    ...exceptions.map(exceptionProcess),
  ];
  const newest = new Map<string, Process>();
  for (const process of found) {
    const place = `${process.type}\u0000${process.key}`;
    const known = newest.get(place);
    if (!known || process.atMs >= known.atMs) newest.set(place, process);
  }
  return [...newest.values()].sort((a, b) => b.atMs - a.atMs);
}

/** What a domain or contract is about, by its words and its business keys; undefined for what is not of the supply chain. */
export function processTypeOf(words: string, keys: BusinessKeys): ProcessType | undefined {
  if (/appointment|\bdock\b/i.test(words) || keys.appointment !== undefined) return 'dock-scheduling';
  if (/supplier|procurement|component/i.test(words) || keys.purchaseOrder !== undefined || keys.component !== undefined) return 'supplier-collaboration';
  if (/shipment|milestone|receipt|deliver/i.test(words) || keys.shipment !== undefined) return 'shipment-milestones';
  return undefined;
}

const nameOfKey: Readonly<Record<ProcessType, readonly (keyof BusinessKeys)[]>> = {
  'dock-scheduling': ['appointment', 'shipment', 'order'],
  'supplier-collaboration': ['purchaseOrder', 'component', 'order'],
  'shipment-milestones': ['shipment', 'order'],
  'exception-resolution': ['order'],
};

function keyFor(type: ProcessType, keys: BusinessKeys, otherwise: string): string {
  const name = nameOfKey[type].find((one) => keys[one] !== undefined);
  return (name === undefined ? undefined : keys[name]) ?? Object.values(keys)[0] ?? otherwise;
}

function stepProcess(run: RunRecord, step: StepRecord, landscape: Landscape): Process | undefined {
  if (step.kind === 'effect') {
    const capability = landscape.of('capability').get(step.name);
    const type = capability && processTypeOf(`${capability.domain} ${capability.name}`, {});
    if (!type || !capability) return undefined;
    const keys = inputKeys(capability.keys, recorded(step.input));
    return process(type, keyFor(type, keys, step.entity ?? run.key), [...Object.values(keys), run.key], step.status, capability.title, step.endedMs ?? step.issuedMs, {
      system: step.system,
      run: run.id,
    });
  }
  if (step.kind !== 'wait') return undefined;
  // Written by the engine: the type waited for and its keys.
  const keys = (fieldOf(recorded(step.input), 'keys') ?? {}) as BusinessKeys;
  const contract = landscape.of('contract').get(step.name);
  const type = processTypeOf(step.name, keys);
  if (!type) return undefined;
  const isOver = run.endedMs !== undefined;
  const state = step.done === undefined ? (isOver ? 'ended' : 'waiting') : recorded(step.output) === null ? 'timed-out' : 'answered';
  const atMs = step.endedMs ?? (step.done === undefined ? run.endedMs : undefined) ?? step.issuedMs;
  return process(type, keyFor(type, keys, run.key), [...Object.values(keys), run.key], state, contract?.title ?? step.name, atMs, {
    system: undefined,
    run: run.id,
  });
}

function inputKeys(map: Readonly<Partial<Record<keyof BusinessKeys, string>>>, input: unknown): BusinessKeys {
  const pairs = Object.entries(map).flatMap(([key, field]) => {
    const value = fieldOf(input, field);
    return typeof value === 'string' ? [[key, value] as const] : [];
  });
  return Object.fromEntries(pairs);
}

function eventProcess({ type: eventName, keys, data, receivedMs, source }: EventRecord, landscape: Landscape): Process | undefined {
  // What the hub asks of itself is told by the effects that follow.
  const type = eventName.startsWith('lineshaft.') ? undefined : processTypeOf(eventName, keys);
  if (!type) return undefined;
  const body = recorded(data);
  const told = ['state', 'status', 'milestone'].map((field) => fieldOf(body, field)).find((value) => typeof value === 'string');
  const contract = landscape.contractOfType(eventName);
  const system = /^\/systems\/([^/]+)/.exec(source)?.[1];
  return process(
    type,
    keyFor(type, keys, eventName),
    Object.values(keys),
    typeof told === 'string' ? told : (contract?.name.split('.').at(-1) ?? 'told'),
    contract?.title ?? eventName,
    receivedMs,
    { system, run: undefined },
  );
}

function exceptionProcess({ id, keys, status, summary, changedMs, run }: ExceptionRecord): Process {
  return process('exception-resolution', keyFor('exception-resolution', keys, id), [...Object.values(keys), id], status, summary, changedMs, { system: undefined, run });
}

function process(
  type: ProcessType,
  key: string,
  keys: readonly string[],
  state: string,
  title: string,
  atMs: number,
  { system, run }: { readonly system: string | undefined; readonly run: string | undefined },
): Process {
  return {
    family: 'supply-chain',
    type,
    key,
    keys: [...new Set([key, ...keys])],
    state,
    title,
    at: instant(atMs),
    atMs,
    ...(system !== undefined && { system }),
    ...(run !== undefined && { run }),
  };
}
