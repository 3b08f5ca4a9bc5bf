import { endedStatuses, type Change, type ChangeResult, type StepRecord, type Store } from '../../store/store.ts';
import { isCaseCount } from '../exceptions/case-book.ts';
import { filteredAction } from '../log/event-drop.ts';
import type { Pipeline } from '../log/pipeline.ts';
import { gauge, type Family } from './exposition.ts';
import { tally } from './tally.ts';

/** Counts what is committed, as it is committed. */
export interface HubTallies {
  families(nowMs: number): readonly Family[];
}

interface OpenEffect {
  readonly system: string;
  readonly capability: string;
  readonly issuedMs: number;
  parked: boolean;
}

export async function hubTallies({ pipeline, store }: { readonly pipeline: Pipeline; readonly store: Store }): Promise<HubTallies> {
  const events = tally('lineshaft_events_total', 'Events taken at the door, by type and what became of them.', ['type', 'outcome']);
  const lag = tally('lineshaft_event_lag_seconds_total', 'From the times of accepted events to their arrival at the hub, summed, by type.', ['type']);
  const filtered = tally('lineshaft_events_filtered_total', 'Events that were dropped at the door, as their contract or webhook declares, by reason.', [
    'type',
    'webhook',
    'reason',
  ]);
  const quarantined = tally('lineshaft_events_quarantined_total', 'Events put into quarantine with their reason.', []);
  const commits = tally('lineshaft_commits_total', 'Transactions of the commit pipeline.', []);
  const changes = tally('lineshaft_changes_total', 'Changes within those transactions, by kind.', ['change']);
  const started = tally('lineshaft_runs_started_total', 'Runs started, by flow.', ['flow']);
  const ended = tally('lineshaft_runs_ended_total', 'Runs that ended or parked, by flow and status.', ['flow', 'status']);
  const effects = tally('lineshaft_effects_total', 'Effects that ended, by system, capability and status.', ['system', 'capability', 'status']);
  const queries = tally('lineshaft_queries_total', 'Queries of flows that were answered, by system and status.', ['system', 'status']);
  const retries = tally('lineshaft_effect_retries_total', 'Tries after the first of effects that ended.', ['system']);
  const readBacks = tally('lineshaft_effect_read_backs_total', 'Read-backs of effects that ended.', ['system']);
  const parked = tally('lineshaft_effects_parked_total', 'Effects that parked because nobody but their owner can tell.', ['system']);
  const exceptions = tally('lineshaft_exceptions_opened_total', 'Exceptions opened, by type and what they touch.', ['type', 'class']);
  const repeats = tally('lineshaft_exceptions_repeated_total', 'Times that the cause of an open case struck again.', []);
  const open = new Map<string, OpenEffect>((await store.openEffects()).map((step) => [`${step.run}/${step.id}`, openEffect(step)]));

  function stepAdded(step: Extract<Change, { change: 'step.add' }>): void {
    const system = step.system ?? '';
    if (step.kind === 'query') queries.add([system, step.status]);
    if (step.kind === 'effect') open.set(`${step.run}/${step.id}`, openEffect(step));
  }

  function stepSet(step: Extract<Change, { change: 'step.set' }>): void {
    const key = `${step.run}/${step.id}`;
    const effect = open.get(key);
    if (!effect) return;
    if (step.status === 'parked' && !effect.parked) {
      effect.parked = true;
      parked.add([effect.system]);
    }
    if (!endedStatuses.includes(step.status)) return;
    open.delete(key);
    effects.add([effect.system, effect.capability, step.status]);
    if (step.attempts > 1) retries.add([effect.system], step.attempts - 1);
    const asked = step.history.split('"what":"read back"').length - 1;
    if (asked > 0) readBacks.add([effect.system], asked);
  }

  function drop(type: string, actor: string, details: string): void {
    // Written by dropEntries() only.
    const { reason, count } = JSON.parse(details) as { readonly reason: string; readonly count: number };
    events.add([type, 'filtered'], count);
    filtered.add([type, actor.startsWith('webhook:') ? actor.slice('webhook:'.length) : '', reason], count);
  }

  function count(change: Change, result: ChangeResult | undefined): void {
    changes.add([change.change]);
    switch (change.change) {
      case 'event.append':
        events.add([change.type, result?.duplicate ? 'duplicate' : 'accepted']);
        if (!result?.duplicate) lag.add([change.type], Math.max(0, change.receivedMs - change.timeMs) / 1_000);
        return;
      case 'quarantine.add':
        quarantined.add([]);
        return;
      case 'run.start':
        if (result?.taken !== false) started.add([change.flow]);
        return;
      case 'run.set':
        // A run's id is its flow's name, a colon and a hash.
        if (change.status !== 'active') ended.add([change.id.slice(0, change.id.lastIndexOf(':')), change.status]);
        return;
      case 'step.add':
        if (result?.taken !== false) stepAdded(change);
        return;
      case 'step.set':
        stepSet(change);
        return;
      case 'exception.open':
        if (result?.taken !== false) exceptions.add([change.type, change.class]);
        return;
      case 'cursor.set':
        if (isCaseCount(change.name)) repeats.add([]);
        return;
      case 'run.key':
      case 'run.move':
      case 'exception.set':
      case 'release.keep':
      case 'release.drop':
      case 'notice.put':
        return;
      case 'audit.add':
        if (change.action === filteredAction) drop(change.subject, change.actor, change.details);
    }
  }

  pipeline.watch((committed, results) => {
    commits.add([]);
    committed.forEach((change, index) => count(change, results[index]));
  });

  return {
    families(nowMs) {
      const oldest = [...open.values()].reduce((ms, effect) => Math.min(ms, effect.issuedMs), nowMs);
      return [
        ...[events, lag, filtered, quarantined, commits, changes, started, ended, effects, queries, retries, readBacks, parked, exceptions, repeats].map((one) => one.family()),
        gauge('lineshaft_effects_open', 'Effects that have not ended.', open.size),
        gauge('lineshaft_effect_lag_seconds', 'Age of the oldest effect that has not ended.', (nowMs - oldest) / 1_000),
      ];
    },
  };
}

function openEffect(step: Pick<StepRecord, 'system' | 'name' | 'issuedMs' | 'status'>): OpenEffect {
  return { system: step.system ?? '', capability: step.name, issuedMs: step.issuedMs, parked: step.status === 'parked' };
}
