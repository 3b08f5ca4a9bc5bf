import { chain, digest } from '../../kernel/hash-chain.ts';
import { keysOf } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import { spanMs, type LimitValues } from '../../model/limit.ts';
import type { AuditRecord, EventRecord, ExceptionRecord, KeyTrail, RunRecord, StepRecord, Store } from '../../store/store.ts';
import { detailsOf, linkOf, type ChainedStore } from '../audit/audit-chain.ts';
import { readBackWords } from '../effects/doubt.ts';
import { beginsAnew, errandKey, isHandedOver, sentKey } from '../effects/errand.ts';
import { historyOf, type HistoryEntry } from '../effects/history.ts';
import { evidenceOf } from '../exceptions/case-facts.ts';
import { decisionOrigin } from '../stories/origin-text.ts';
import { withCounted } from '../exceptions/counted-cases.ts';
import { messageId } from '../flows/key-lines.ts';
import { quarantineSubject } from '../quarantine/ward.ts';
import { fieldOf, instant, objectOf, recorded } from '../stories/recorded-json.ts';
import { proofFormat, proofVersion, type ProofAttempt, type ProofEntry, type ProofGuarantee } from './proof-entry.ts';

export interface ProofParts {
  readonly store: ChainedStore;
  readonly landscape: Landscape;
  readonly limits: LimitValues;
  readonly hub: string;
  /** Of the program. */
  readonly version: string;
  readonly key: string;
  readonly nowMs: number;
}

/** Events, runs and exceptions of one key that a proof holds at most, each; and entries of all kinds. */
const recordsMax = 2_000;
const entriesMax = 100_000;
/** Exceptions of one further key that are looked through, and audit entries of one subject. */
const casesMax = 1_000;

type Body = Exclude<ProofEntry, { readonly kind: 'head' }>;

/** Characters of all entries together, which are held until the last is known: the head tells how many there are. */
const charactersMax = 64 * 1024 * 1024;

/** What a proof is made of, as JSON texts, and whether that is all. */
interface Gathered {
  readonly bodies: string[];
  readonly instants: { from: string | undefined; to: string | undefined };
  characters: number;
  isComplete: boolean;
}

/**
 * Everything that the hub knows of one business key's effects, as the lines of a proof (without line ends); undefined where it knows
 * nothing. They are made as they are asked for, so that a large proof does not hold up the hub. What people must not read in a file that goes to others (data of events, inputs of decisions) stands there as its digest.
 */
export async function proofOf(parts: ProofParts): Promise<Iterable<string> | undefined> {
  const { store, landscape, key, hub, version, nowMs } = parts;
  const trail = await store.byKey(key, recordsMax);
  if (trail.events.length + trail.runs.length + trail.exceptions.length === 0) return undefined;
  const instants = { from: undefined, to: undefined };
  const gathered: Gathered = { bodies: [], instants, characters: 0, isComplete: [trail.events, trail.runs, trail.exceptions].every((list) => list.length < recordsMax) };
  for (const event of await eventsOf(store, trail)) put(gathered, eventBody(event));
  const steps: StepRecord[] = [];
  for (const { id } of trail.runs) {
    // Read again: it may have gone on since.
    const run = await store.run(id);
    if (run) put(gathered, runBody(run));
    for (const step of await store.steps(id)) {
      const body = stepBody(step, parts);
      if (body) put(gathered, body);
      if (step.kind === 'effect' || step.kind === 'raise') steps.push(step);
    }
    if (isFull(gathered)) break;
  }
  // After the steps: a case that one of them opened meanwhile is there too.
  const cases = await casesOf(parts, trail.runs, steps);
  for (const each of cases) put(gathered, exceptionBody(each));
  const subjects = [...mendedAs(trail.events), ...cases.map(({ id }) => id), ...trail.runs.map(({ id }) => id)];
  for (const subject of subjects) for (const record of await deedsOf(store, subject)) put(gathered, deedBody(record));
  const head: Extract<ProofEntry, { kind: 'head' }> = {
    kind: 'head',
    format: proofFormat,
    version: proofVersion,
    key,
    hub,
    lineshaft: version,
    release: landscape.release,
    at: instant(nowMs),
    from: gathered.instants.from ?? instant(nowMs),
    to: gathered.instants.to ?? instant(nowMs),
    entries: gathered.bodies.length,
    complete: gathered.isComplete,
  };
  return linked([JSON.stringify(head), ...gathered.bodies]);
}

function isFull({ bodies, characters }: Gathered): boolean {
  return bodies.length >= entriesMax || characters >= charactersMax;
}

function put(gathered: Gathered, body: Body): void {
  if (isFull(gathered)) {
    gathered.isComplete = false;
    return;
  }
  const text = JSON.stringify(body);
  gathered.bodies.push(text);
  gathered.characters += text.length;
  const { instants } = gathered;
  for (const at of instantsOf(body)) {
    if (instants.from === undefined || at < instants.from) instants.from = at;
    if (instants.to === undefined || at > instants.to) instants.to = at;
  }
}

function* linked(texts: readonly string[]): Generator<string, undefined> {
  const links = chain();
  // Texts of objects, written above.
  for (const text of texts) yield links.add(JSON.parse(text) as object);
  return undefined;
}

/** Those of the key, and those that its runs were started by. */
async function eventsOf(store: Store, { events, runs }: KeyTrail): Promise<readonly EventRecord[]> {
  const all = new Map(events.map((event) => [event.position, event]));
  for (const { position } of runs) {
    const event = all.has(position) ? undefined : await store.event(position);
    if (event) all.set(position, event);
  }
  return [...all.values()].toSorted((one, other) => one.position - other.position);
}

/** Those of the key, those that its effects opened under other keys, and those that count something of its runs. */
async function casesOf({ store, landscape, key }: ProofParts, runs: readonly RunRecord[], steps: readonly StepRecord[]): Promise<readonly ExceptionRecord[]> {
  const cases = new Map((await withCounted(store, (await store.byKey(key, recordsMax)).exceptions, runs, steps)).map((each) => [each.id, each]));
  const ours = new Set(runs.map(({ id }) => id));
  const effects = steps.filter(({ kind }) => kind === 'effect');
  const values = new Set(effects.flatMap(({ name, input }) => Object.values(keysOf(landscape.of('capability').get(name)?.keys ?? {}, recorded(input)))));
  for (const value of values) {
    if (value === key) continue;
    for (const each of await store.exceptions({ key: value, limit: casesMax })) if (each.run !== undefined && ours.has(each.run)) cases.set(each.id, each);
  }
  return [...cases.values()].toSorted((one, other) => one.openedMs - other.openedMs);
}

async function deedsOf(store: ChainedStore, subject: string): Promise<readonly AuditRecord[]> {
  return (await store.auditChain({ subject, limit: casesMax })).toReversed();
}

function eventBody({ position, id, source, type, timeMs, receivedMs, keys, principal, signed, data }: EventRecord): Body {
  return {
    kind: 'event',
    position,
    id,
    source,
    type,
    happened: instant(timeMs),
    received: instant(receivedMs),
    keys: { ...keys },
    principal,
    data: digest(recorded(data)),
    ...(signed && { signed }),
  };
}

function runBody({ id, flow, key, position, release, protocol, status, startedMs, endedMs, reason }: RunRecord): Body {
  const end = { ...(endedMs !== undefined && { ended: instant(endedMs) }), ...(reason !== undefined && { reason }) };
  return { kind: 'run', id, flow, key, event: position, release, protocol, status, started: instant(startedMs), ...end };
}

function stepBody(step: StepRecord, parts: ProofParts): Body | undefined {
  const { run, id, kind, name, input, output, issuedMs, endedMs } = step;
  if (kind === 'decide') {
    const version = decisionOrigin(step)?.version;
    const digests = { inputs: digest(recorded(input)), output: digest(recorded(output) ?? null) };
    return { kind: 'decision', run, step: id, decision: name, ...(version !== undefined && { version }), at: instant(issuedMs), ...digests };
  }
  if (kind !== 'effect') return undefined;
  const guarantee = guaranteeOf(step, parts);
  const history = historyOf(step);
  // Another shard carried it out: it is told as that shard's, with what was tried.
  if (isHandedOver(history)) return undefined;
  const identities = identitiesOf(step, history);
  return {
    kind: 'effect',
    key: errandKey(run, id),
    ...(identities.length > 1 && { sentAs: identities }),
    run,
    step: id,
    capability: name,
    system: step.system ?? '',
    entity: step.entity ?? '',
    revision: step.revision ?? 0,
    order: step.order ?? 0,
    mode: step.mode,
    ...(guarantee && { guarantee }),
    intended: instant(issuedMs),
    intent: recorded(input),
    status: step.status,
    ...(endedMs !== undefined && { ended: instant(endedMs) }),
    attempts: step.attempts,
    tries: history.map(attemptOf),
    ...(output !== undefined && { answer: recorded(output) }),
  };
}

/** Each time that somebody began it anew it got another one. */
function identitiesOf({ run, id }: StepRecord, history: readonly HistoryEntry[]): string[] {
  const begun = history.flatMap((entry, index) => (beginsAnew(entry) ? [index] : []));
  return [errandKey(run, id), ...begun.map((index) => sentKey(run, id, history.slice(0, index + 1)))];
}

function guaranteeOf({ name }: StepRecord, { landscape, limits }: ProofParts): ProofGuarantee | undefined {
  const guarantee = landscape.bindingOf(name)?.guarantee;
  if (guarantee?.kind !== 'read-back') return guarantee && { kind: guarantee.kind };
  const { settlesWithin, conditional, confirms = false } = guarantee;
  return { kind: 'read-back', settlesWithinMs: spanMs(settlesWithin, limits), conditional, confirms };
}

const foundBy: Readonly<Record<string, boolean>> = {
  [readBackWords.there]: true,
  [readBackWords.firstThere]: true,
  [readBackWords.absent]: false,
  [readBackWords.notYet]: false,
  [readBackWords.refused]: false,
};

function attemptOf({ atMs, what, note, by, input }: HistoryEntry): ProofAttempt {
  const found = what === 'read back' && note !== undefined ? foundBy[note] : undefined;
  return {
    at: instant(atMs),
    what,
    ...(note !== undefined && { note }),
    ...(found !== undefined && { found }),
    ...(by !== undefined && { by }),
    ...(input !== undefined && { input }),
  };
}

function exceptionBody(record: ExceptionRecord): Body {
  const { id, type, severity, status, owners, summary, keys, run, step, openedMs, dueMs, history } = record;
  const place = { ...(run !== undefined && { run }), ...(step !== undefined && { step }) };
  const told = recorded(history);
  const what = { type, severity, status, owners: [...owners], summary, keys: { ...keys } };
  const when = { opened: instant(openedMs), due: instant(dueMs) };
  return { kind: 'exception', id, ...what, ...place, ...when, evidence: digest(evidenceOf(record)), history: Array.isArray(told) ? told : [] };
}

/** What the audit calls the messages that these events may have been in quarantine. */
function mendedAs(events: readonly EventRecord[]): readonly string[] {
  return events.map(({ source, id }) => quarantineSubject(messageId(source, id)));
}

function deedBody(record: AuditRecord): Body {
  const { id, atMs, actor, action, subject } = record;
  const link = linkOf(record);
  const told = detailsOf(record);
  const details = action === 'quarantine.released' ? withDigests(told) : told;
  return { kind: 'deed', id, at: instant(atMs), actor, action, subject, details, ...(link && { audited: link.hash }) };
}

/** What a message said, and what a person made of it, stand in a proof like any event's data. */
function withDigests(told: unknown): unknown {
  const [before, data] = [fieldOf(told, 'before'), fieldOf(told, 'data')];
  return { ...objectOf(told), ...(before !== undefined && { before: digest(before) }), ...(data !== undefined && { data: digest(data) }) };
}

function instantsOf(body: Body): readonly string[] {
  switch (body.kind) {
    case 'event':
      return [body.happened, body.received];
    case 'run':
      return [body.started, ...(body.ended === undefined ? [] : [body.ended])];
    case 'effect':
      return [body.intended, ...(body.ended === undefined ? [] : [body.ended])];
    case 'exception':
      return [body.opened];
    case 'decision':
    case 'deed':
      return [body.at];
  }
}
