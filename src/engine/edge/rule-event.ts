import { Type } from 'typebox';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import type { TraceContext } from '../../kernel/traceparent.ts';
import { assetPath, type Asset } from '../../model/asset.ts';
import { eventType, keysOf, type Contract } from '../../model/contract.ts';
import { rankOf } from '../../model/priority.ts';
import type { Rule } from '../../model/rule.ts';
import type { Turn } from '../rules/evaluation.ts';
import { spanIdOf, traceparentOf } from '../trace/trace-context.ts';
import type { RuleGuard } from './rule-guard.ts';

/** A governed event, ready for the buffer. */
export interface RuleEvent {
  readonly id: string;
  /** The name of its contract. */
  readonly contract: string;
  /** CloudEvents 1.0, structured JSON text. */
  readonly body: string;
  /** What it must stay behind: its business keys, and the other events of its rule. */
  readonly keys: readonly string[];
  readonly rank: 0 | 1 | 2;
}

const bodyShape = schema(Type.Object({ dataschema: Type.String() }));

/** Characters of one event; less than a batch, so that every event can be sent. */
const bodyMax = 128 * 1024;

/**
 * The event that a rule gives for a turn of an episode; undefined where the rule declares none for it. `trace` is that of the message whose value decided.
 * Raises LANDSCAPE_STALLED where the rule is or is now set aside, LANDSCAPE_THREW where its own code throws, CONTRACT_BROKEN where its result does not fit, and TOO_LARGE.
 */
export function ruleEvent(edge: string, rule: Rule, turn: Turn, guard: Pick<RuleGuard, 'call'>, trace?: TraceContext): RuleEvent | undefined {
  const judged: Judged = { edge, rule, guard, trace };
  const { episode } = turn;
  const { clears, cleared, update } = rule;
  if (turn.kind === 'fired') return cloudEvent(judged, rule.emit, turn, episode.id, () => rule.event(episode));
  if (turn.kind === 'updated') return update && cloudEvent(judged, update.emit, turn, `${episode.id}.update-${turn.update ?? 0}`, () => update.event(episode));
  if (!clears || !cleared) return undefined;
  return cloudEvent(judged, clears, turn, `${episode.id}.cleared`, () => cleared.call(rule, episode));
}

interface Judged {
  readonly edge: string;
  readonly rule: Rule;
  readonly guard: Pick<RuleGuard, 'call'>;
  readonly trace: TraceContext | undefined;
}

function cloudEvent({ edge, rule, guard, trace }: Judged, contract: Contract, { episode }: Turn, id: string, dataOf: () => unknown): RuleEvent {
  const data = checked(rule, guard, contract, dataOf);
  // The message's span is the parent of what is done with it. Without one, both events of an episode are spans of one trace, the same after any restart.
  const traced = trace ?? { traceparent: traceparentOf(episode.id, spanIdOf(id)) };
  const body = eventBody({ edge, asset: rule.on.asset, contract, id, atMs: episode.atMs, traced, data });
  if (body.length > bodyMax) throw new Fault('TOO_LARGE', `The rule "${rule.name}" gave an event of ${body.length} characters; ${bodyMax} are allowed.`, { rule: rule.name });
  const keys = [`rule ${rule.name}`, ...Object.values(keysOf(contract.keys, data)).map((key) => `key ${key}`)];
  return { id, contract: contract.name, body, keys, rank: rankOf(contract) };
}

/** What an event of an edge tells. */
export interface Told {
  readonly edge: string;
  /** What it is about. */
  readonly asset: Asset;
  readonly contract: Contract;
  readonly id: string;
  /** Event time, epoch milliseconds. */
  readonly atMs: number;
  readonly traced: TraceContext;
  readonly data: unknown;
}

/** CloudEvents 1.0, structured JSON text. */
export function eventBody({ edge, asset, contract, id, atMs, traced, data }: Told): string {
  const path = assetPath(asset);
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: `/edge/${edge}/${path}`,
    type: eventType(contract),
    subject: path,
    time: new Date(atMs).toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:lineshaft:contract:${contract.name}:${contract.version}`,
    ...traced,
    data,
  });
}

/** The data as it will be read by others: after the rule's code, JSON and the contract. */
function checked(rule: Rule, guard: Pick<RuleGuard, 'call'>, contract: Contract, dataOf: () => unknown): unknown {
  let judged: { readonly data: unknown; readonly difference: ReturnType<Contract['schema']['difference']> };
  try {
    // One call for both: each takes a third of a millisecond, since a watch is set over it.
    judged = guard.call(rule, () => {
      const data: unknown = JSON.parse(JSON.stringify(dataOf()) ?? 'null');
      return { data, difference: contract.schema.difference(data) };
    });
  } catch (error) {
    if (error instanceof Fault && error.code === 'LANDSCAPE_STALLED') throw error;
    throw new Fault('LANDSCAPE_THREW', `The rule "${rule.name}" (${rule.site.file}:${rule.site.line}) threw: ${messageOf(error)}`, { rule: rule.name }, error);
  }
  const { data, difference } = judged;
  if (!difference) return data;
  throw new Fault('CONTRACT_BROKEN', `The rule "${rule.name}" gave a ${eventType(contract)} that breaks its contract at ${difference.path}: ${difference.reason}.`, {
    rule: rule.name,
    ...difference,
  });
}

/** The name of the contract of a buffered event. */
export function contractOf(body: string): string {
  const event: unknown = JSON.parse(body);
  return bodyShape.check(event) ? (event.dataschema.split(':')[3] ?? '') : '';
}
