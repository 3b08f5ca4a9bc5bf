import type { NextTurn } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { assetPath, type Signal } from '../../model/asset.ts';
import { eventType, keysOf, type Contract } from '../../model/contract.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { LimitValues } from '../../model/limit.ts';
import type { Machine } from '../../model/machine.ts';
import type { Rule } from '../../model/rule.ts';
import type { Change, EventRecord, Store } from '../../store/store.ts';
import type { ToldChange } from '../edge/machine-change.ts';
import type { Rehearsed } from '../replay/rehearsed.ts';
import { runIdOf } from '../flows/run-key.ts';
import { rehearse } from '../replay/rehearsal.ts';
import type { Turn } from '../rules/evaluation.ts';
import type { Oversight } from '../watch/oversight.ts';
import { answersIn, assumed } from './answers.ts';

/** One flow that would have started, with what it would have asked for; nothing of it is sent or written. */
export type Forecast = Rehearsed;

/** An event that would have been given; event time, epoch milliseconds. */
export interface GivenEvent {
  readonly contract: Contract;
  readonly id: string;
  readonly atMs: number;
  readonly data: unknown;
}

export interface ForecastParts {
  readonly landscape: Landscape;
  readonly limits: LimitValues;
  /** What the events are of. */
  readonly of: { readonly name: string; readonly on: Pick<Signal, 'asset'> };
  /** In the order of deciding. */
  readonly given: readonly GivenEvent[];
  /** An empty store in memory, for these events. */
  readonly scratch: Store;
  /** The log of the hub, for what systems answered then; undefined where there is none. */
  readonly log: Pick<Store, 'run' | 'runs' | 'steps'> | undefined;
  /** Whose recording it is: what really ran on its events is then found in the log. */
  readonly edge?: string | undefined;
  readonly oversight: Oversight;
  readonly nextTurn: NextTurn;
}

/** Flows that are played at most. */
const flowsMax = 200;

/** What would have become of the events of a backtest: flows in a time of their own, on answers of then or on declared stand-ins. */
export async function forecast(parts: ForecastParts): Promise<readonly Forecast[]> {
  const { landscape, limits, scratch, log, oversight, nextTurn } = parts;
  const changes = parts.given.map((event) => appended(parts, event));
  const results = changes.length === 0 ? [] : await scratch.commit(changes);
  const events = changes.map((change, index): EventRecord => ({ ...change, position: results[index]?.position ?? index + 1 }));
  const assume = assumed(landscape, log ? await answersIn(log) : new Map());
  const busy = new Map<string, { readonly run: string; readonly untilMs: number }>();
  const forecasts: Forecast[] = [];
  for (const event of events) {
    for (const flow of landscape.of('flow').values()) {
      if (eventType(flow.on) !== event.type || forecasts.length >= flowsMax) continue;
      const told = { position: event.position, id: event.id, type: event.type, taken: new Date(event.receivedMs).toISOString() };
      const run = runIdOf(flow, event);
      // The event was checked by the contract that the flow is declared on.
      const key = flow.key(JSON.parse(event.data) as never);
      const slot = `${flow.name} ${key}`;
      const before = flow.whenRunning === 'queue' ? undefined : busy.get(slot);
      if (before && before.untilMs > event.receivedMs) {
        forecasts.push({ run, flow: flow.name, key, event: told, was: undefined, end: 'left', why: `run ${before.run} has it`, steps: [] });
        continue;
      }
      const was = await log?.run(run);
      const steps = was && log ? await log.steps(run) : [];
      const subject = { kind: 'ask', key: `forecast ${run}`, of: flow } as const;
      const played = await rehearse(
        { landscape, limits, store: scratch, oversight, nextTurn, assume, nowMs: Number.MAX_SAFE_INTEGER },
        { flow, event, run, key, subject, was, steps },
      );
      busy.set(slot, { run, untilMs: played.endedMs });
      forecasts.push(played.rehearsed);
    }
  }
  return forecasts;
}

/** As the log would have it. */
function appended({ of, edge }: ForecastParts, { contract, id, atMs, data }: GivenEvent): Extract<Change, { change: 'event.append' }> {
  return {
    change: 'event.append',
    source: edge === undefined ? `/backtest/${of.name}` : `/edge/${edge}/${assetPath(of.on.asset)}`,
    id,
    type: eventType(contract),
    timeMs: atMs,
    receivedMs: atMs,
    keys: keysOf(contract.keys, data),
    traceparent: undefined,
    principal: 'backtest',
    data: JSON.stringify(data),
  };
}

/** The events of a machine's changes of state. */
export function machineEvents({ emit }: Machine, changes: readonly ToldChange[]): readonly GivenEvent[] {
  return changes.map(({ id, atMs, data }) => ({ contract: emit, id, atMs, data }));
}

/** The events that a rule gives for its turns, as far as it declares them. Raises LANDSCAPE_THREW and CONTRACT_BROKEN. */
export function ruleEvents(rule: Rule, turns: readonly Turn[]): readonly GivenEvent[] {
  return turns.flatMap((turn) => {
    const given = dataOf(rule, turn);
    if (!given) return [];
    const difference = given.contract.schema.difference(given.data);
    if (difference)
      throw new Fault('CONTRACT_BROKEN', `The rule "${rule.name}" gives a ${eventType(given.contract)} that breaks its contract at ${difference.path}: ${difference.reason}.`, {
        rule: rule.name,
      });
    return [{ ...given, atMs: turn.episode.atMs }];
  });
}

function dataOf(rule: Rule, { kind, episode, update }: Turn): Omit<GivenEvent, 'atMs'> | undefined {
  const asRead = (value: unknown): unknown => JSON.parse(JSON.stringify(value) ?? 'null');
  try {
    switch (kind) {
      case 'fired':
        return { contract: rule.emit, id: episode.id, data: asRead(rule.event(episode)) };
      case 'updated':
        return rule.update && { contract: rule.update.emit, id: `${episode.id}.update-${update ?? 0}`, data: asRead(rule.update.event(episode)) };
      case 'cleared':
        return rule.clears && { contract: rule.clears, id: `${episode.id}.cleared`, data: asRead(rule.cleared?.(episode)) };
    }
  } catch (error) {
    throw new Fault('LANDSCAPE_THREW', `The rule "${rule.name}" (${rule.site.file}:${rule.site.line}) threw: ${messageOf(error)}`, { rule: rule.name }, error);
  }
}
