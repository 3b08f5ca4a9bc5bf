// What the routes that the console reads give, as JSON Schema for OpenAPI. A test holds real answers to it, in both directions: what an
// answer must have is there, and what it has is declared. The types are those of the views; here they would cost the compiler 100,000 more.
import { schema, type Schema } from '../kernel/schema.ts';

/** Plain JSON Schema. */
type Shape = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, Shape>>;

// A plain JSON Schema is what `schema` takes; it would find a type of values from a source that has none: 400,000 types.
const shaped = schema as unknown as (source: Shape) => Schema<unknown>;

const text: Shape = { type: 'string' };
const instant: Shape = { type: 'string', format: 'date-time', description: 'RFC 3339, UTC.' };
const number: Shape = { type: 'number' };
const count: Shape = { type: 'integer', minimum: 0 };
const epochMs: Shape = { type: 'number', description: 'Epoch milliseconds.' };
const spanMs: Shape = { type: 'number', description: 'Milliseconds.' };
const ucum: Shape = { type: 'string', description: 'UCUM; 1 for none.' };
const flag: Shape = { type: 'boolean' };
const any: Shape = {};

function object(fields: Fields, optional: Fields = {}, description?: string): Shape {
  return { type: 'object', required: Object.keys(fields), properties: { ...fields, ...optional }, ...(description !== undefined && { description }) };
}
function list(items: Shape, description?: string): Shape {
  return { type: 'array', items, ...(description !== undefined && { description }) };
}
function map(values: Shape, description?: string): Shape {
  return { type: 'object', additionalProperties: values, ...(description !== undefined && { description }) };
}
function one(...values: readonly string[]): Shape {
  return { enum: values };
}

const keys = map(text, 'Business keys, by their names.');
const units = map(any, 'UCUM codes in the shape of what has them; a list has those of its items.');
const site = object({ file: text, line: count });

const person = object({ name: text, role: text }, { system: text });
const version = object({ name: text, hub: text, version: text, release: text });

const node = object(
  { id: text, kind: text, name: text, title: text, owners: list(text), site },
  {
    level: text,
    parent: text,
    timeZone: text,
    unit: ucum,
    type: one('number', 'text', 'boolean'),
    family: text,
    of: text,
    asset: text,
    line: text,
    role: text,
    domains: list(text),
    signal: text,
    context: map(text),
    emits: text,
    clears: text,
    windowMs: spanMs,
    direction: one('below', 'above'),
    limit: number,
    clearLimit: number,
    percentOf: text,
    sustainedMs: spanMs,
    isPlain: flag,
    clearMs: spanMs,
    words: text,
    units,
  },
  'What else it tells depends on its kind.',
);
const landscape = object({ release: text, nodes: list(node), edges: list(object({ from: text, to: text, verb: text })) });
const contract = { name: text, version: count, type: text, title: text, family: one('business', 'telemetry'), keys: map(text), owners: list(text) };
const contractDetail = object({ ...contract, schema: any, examples: list(any) });

const system = object(
  {
    name: text,
    title: text,
    role: text,
    owners: list(text),
    domains: list(text),
    connector: text,
    mode: text,
    named: text,
    queue: count,
    inFlight: count,
    waits: count,
    limits: object({ concurrencyMax: count, ratePerSecondMax: number }, { timeoutMs: spanMs, failuresMax: count }),
  },
  { release: text, pausedBy: text, since: instant, downMs: spanMs, answered: instant, answeredAgoMs: spanMs },
);
const modeWords = object({ name: text, means: text, allows: any }, { when: text });
const mode = object({ system: text, title: text, mode: text, since: instant, reason: text, by: text, allows: any, lane: text, waiting: count, modes: list(modeWords) });
const domain = object({ name: text, ownerTeams: list(text), writes: list(text), reads: list(text) }, { owner: text, ownerRole: text });

const edge = object({ edge: text, at: instant, ageMs: spanMs }, { status: any });
const point = object({ atMs: epochMs, average: number, lowest: number, highest: number }, { target: number });
const trend = object({ signal: text, unit: ucum, edge: text, points: list(point, 'Oldest first.') }, { target: number });
const signalText = object({ signal: text, value: text, sinceMs: epochMs, atMs: epochMs, edge: text });

const terms = object(
  { of: text, windowMs: spanMs, direction: one('below', 'above'), limit: number, clearLimit: number, sustainedMs: spanMs, clearMs: spanMs, unit: ucum, isPlain: flag, words: text },
  { percentOf: text },
);
const standing = object({ edge: text, phase: text }, { newestMs: epochMs, openSinceMs: epochMs, noDataSinceMs: epochMs, counts: map(count) });
const ruleFields: Fields = { name: text, title: text, owners: list(text), asset: text, signal: text, terms, limitsVersion: text, standings: list(standing) };
const limitValue: Shape = { type: ['number', 'string'] };
const loggedEpisode = object({ id: text, edge: text, firedMs: epochMs, position: count }, { clearedMs: epochMs, limitsVersion: text });
const ruleDetail = object(
  {
    ...ruleFields,
    limits: list(object({ name: text, value: limitValue, usual: limitValue, why: text })),
    changes: list(object({ limit: text, before: limitValue, after: limitValue, atMs: epochMs, by: text, audit: count }, { release: text }), 'Newest first.'),
    episodes: list(loggedEpisode, 'Newest first.'),
    recordings: list(text),
    mayTry: flag,
  },
  { backtest: text },
);
const trouble = object({ code: text, message: text });
const backtest = object(
  { id: text, rule: text, edge: text, status: one('running', 'done', 'failed', 'cancelled'), by: text, started: instant, tried: map(limitValue) },
  { ended: instant, trouble, outcome: any, live: list(loggedEpisode, 'What the edges really told, newest first.') },
);

const machineFields: Fields = { name: text, title: text, owners: list(text), asset: text, signal: text, dwellMs: spanMs };
const loggedChange = object({ id: text, edge: text, atMs: epochMs, from: text, to: text, lasted: spanMs, position: count }, { reason: text });
const machineDetail = object(
  {
    ...machineFields,
    limits: list(object({ name: text, value: limitValue, usual: limitValue, why: text })),
    states: list(loggedChange, 'Newest first.'),
    recordings: list(text),
    mayTry: flag,
  },
  { reason: text, backtest: text },
);
const recording = object(
  { id: text, edge: text, status: one('asked', 'coming', 'here', 'failed', 'cancelled'), bytes: count, bytesMax: count, bytesPerSecondMax: count, by: text, asked: instant },
  { from: instant, to: instant, begins: instant, total: count, bytesPerSecond: count, ended: instant, trouble },
);
const machineBacktest = object(
  { id: text, machine: text, edge: text, status: one('running', 'done', 'failed', 'cancelled'), by: text, started: instant, tried: map(limitValue) },
  { ended: instant, trouble, outcome: any, live: list(loggedChange, 'What the edges really told, newest first.') },
);

const caseCounts = object({ open: count, overdue: count });
const caseFields: Fields = {
  id: text,
  type: text,
  class: text,
  severity: text,
  status: one('open', 'acknowledged', 'resolved'),
  version: count,
  owner: text,
  owners: list(text),
  summary: text,
  keys,
  opened: instant,
  changed: instant,
  due: instant,
  overdue: flag,
  actions: list(text),
  needsNote: list(text),
};
const newest = object({ atMs: epochMs, at: instant, kind: text, title: text, status: text }, { key: text, system: text, run: text });
const overview = object(
  {
    at: instant,
    atMs: epochMs,
    release: text,
    exceptions: object({ open: count, overdue: count, counted: count, bySeverity: map(caseCounts), byOwner: map(caseCounts), next: list(object(caseFields)) }),
    systems: list(system),
    edges: list(edge),
    signals: list(object({ signal: text, unit: ucum, edge: text, atMs: epochMs, average: number }, { target: number })),
    texts: list(signalText),
    runs: map(count, 'By status.'),
    active: object({ counted: count, running: count, waiting: count }),
    effects: object({ open: count }),
    events: object({ total: count, lastMinute: count, lastHour: count, quarantined: count }),
    moments: list(newest, 'Newest first.'),
  },
  { timeZone: text },
);

const moment = object(
  { atMs: epochMs, at: instant, kind: text, title: text, status: text, detail: any },
  { system: text, durationMs: spanMs, run: text, step: text, definition: text, tries: list(object({ at: instant, what: text }, { note: text })) },
  'One thing that happened; `detail` depends on its kind.',
);
const systemState = object(
  { system: text, title: text, capability: text, capabilityTitle: text, entity: text, status: text, at: instant, ageMs: spanMs, agrees: flag },
  { revision: count },
);
const story = object(
  {
    key: text,
    at: instant,
    timeline: list(moment, 'Oldest first.'),
    runs: list(object({ id: text, flow: text, title: text, key: text, status: text, started: instant }, { ended: instant, reason: text })),
    exceptions: list(object({ id: text, type: text, status: text, owner: text, summary: text, due: instant })),
    systems: list(systemState, 'Each system side by side.'),
    disagreements: list(systemState),
    truncated: flag,
    units: map(units, 'By the `definition` of a moment.'),
  },
  { produced: object({ quantity: number, from: text, at: instant }, { unit: ucum }) },
);
const consistency = object({ key: text, systems: list(systemState), disagreements: list(systemState) });
const span = object(
  { traceId: text, spanId: text, name: text, kind: text, layer: text, startMs: epochMs, endMs: epochMs, status: one('ok', 'error', 'unset'), attributes: map(any) },
  { parentSpanId: text, message: text },
);
const search = object({ q: text, keys: list(text), kinds: object({ events: count, runs: count, exceptions: count }), link: text });

const event = object(
  { position: count, id: text, source: text, type: text, time: instant, received: instant, keys, principal: text, data: any },
  { traceparent: text, signed: object({ key: text, signature: text }) },
);
const runFields: Fields = { id: text, flow: text, key: text, position: count, status: text, release: text, protocol: count, started: instant };
const runOptional: Fields = { ended: instant, deadline: instant, reason: text, refused: object({ text }, { refusal: any }) };
const step = object(
  { id: text, kind: text, mode: text, name: text, issue: count, status: text, attempts: count, issued: instant, input: any, history: list(any) },
  { done: count, system: text, entity: text, revision: count, ended: instant, due: instant, output: any, outline: text, outlineOneOf: list(text) },
);
const run = object(
  { ...runFields, steps: list(step, 'In the order in which the run asked for them.'), version: text, actions: list(text), stuck: list(text), deeds: list(any) },
  { ...runOptional, event, left: text },
);
const capability = object(
  { name: text, title: text, effect: text, domain: text, keys: map(text), entity: text, owners: list(text), input: any, output: any },
  { system: text, guarantee: text, refusal: any },
);

const flowStep = object({ id: text, line: count, verb: text }, { identifier: text, node: text, title: text, system: text });
const flowFields: Fields = { name: text, title: text, owners: list(text), site, on: text, whenRunning: text, systems: list(text), steps: list(flowStep), partial: flag };
const flowOptional: Fields = { note: text, withinMs: spanMs, whenLate: text };
const flow = object(flowFields, flowOptional);
const flowDetail = object({ ...flowFields, outline: list(any, 'Steps, forks, loops, parallel steps, parts and ends, as they stand in the source.') }, flowOptional);
const stepActivity = object(
  { node: text, done: count, refused: count, failed: count, cancelled: count, waiting: count, parked: count, timedOut: count, retried: count, undone: count, lastAt: instant },
  { p50Ms: spanMs, p95Ms: spanMs, sharedWith: list(text) },
);
const activity = object({
  flow: text,
  runs: map(count),
  sampled: count,
  steps: list(stepActivity),
  ends: list(object({ runs: count }, { node: text })),
  unplaced: count,
});

const scalar: Shape = { anyOf: [{ type: 'number' }, { type: 'string' }, { type: 'boolean' }] };
const command = object(
  {
    id: text,
    run: text,
    capability: text,
    asset: text,
    signal: text,
    source: text,
    by: text,
    interlocks: list(text),
    status: one('open', 'sent', 'unknown', 'parked', 'done', 'refused', 'cancelled', 'expired'),
  },
  {
    value: scalar,
    unit: ucum,
    why: text,
    asked: instant,
    ended: instant,
    before: scalar,
    readBack: scalar,
    readBackAt: instant,
    refusal: object({ code: text, reason: text }, { signal: text, found: scalar }),
    note: text,
  },
);

const spread = object({ count }, { p50Ms: spanMs, p99Ms: spanMs, maxMs: spanMs }, 'Nearest ranks.');
const undone = object({ count }, { oldestMs: spanMs });
const responseTimes = object(
  {
    at: instant,
    read: object({ events: count, runs: count, cases: count, eventsCut: flag, casesCut: flag }, { first: instant, last: instant }),
    detection: list(object({ of: text, received: spread, ahead: count })),
    action: list(
      object({
        of: text,
        runs: count,
        acted: spread,
        completed: spread,
        withoutEffect: count,
        open: undone,
        slowest: list(object({ run: text, tookMs: spanMs }, { key: text })),
      }),
    ),
    cases: list(object({ of: text, acknowledged: spread, resolved: spread, resolvedUnseen: count, unacknowledged: undone, unresolved: undone })),
  },
  { by: one('system', 'class', 'asset') },
);

/** The shapes of answers, by what they are. */
export const viewShapes = {
  me: shaped(person),
  version: shaped(version),
  landscape: shaped(landscape),
  contracts: shaped(list(object(contract))),
  contract: shaped(contractDetail),
  systems: shaped(list(system)),
  modes: shaped(list(mode)),
  domains: shaped(list(domain)),
  commands: shaped(list(command)),
  edges: shaped(list(edge)),
  edge: shaped(edge),
  rules: shaped(list(object(ruleFields))),
  rule: shaped(ruleDetail),
  backtest: shaped(backtest),
  machines: shaped(list(object(machineFields, { reason: text }))),
  machine: shaped(machineDetail),
  machineBacktest: shaped(machineBacktest),
  recording: shaped(recording),
  recordings: shaped(list(recording, 'The newest first.')),
  recordingBounds: shaped(object({ megabytes: count, kilobytesPerSecond: count })),
  /** Of one signal, or of each that was asked for. */
  trends: shaped({ anyOf: [trend, list(trend)] }),
  texts: shaped(list(signalText)),
  overview: shaped(overview),
  story: shaped(story),
  consistency: shaped(consistency),
  spans: shaped(list(span)),
  search: shaped(search),
  events: shaped(list(event)),
  runs: shaped(list(object(runFields, runOptional))),
  run: shaped(run),
  capabilities: shaped(list(capability)),
  exceptions: shaped(list(object(caseFields))),
  flows: shaped(list(flow)),
  flow: shaped(flowDetail),
  activity: shaped(activity),
  responseTimes: shaped(responseTimes),
} as const satisfies Readonly<Record<string, Schema<unknown>>>;
