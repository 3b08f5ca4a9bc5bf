import { sleep, type Clock, type Random } from '../../kernel/clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Probe } from '../../kernel/probe.ts';
import { delayBefore } from '../../kernel/retry.ts';
import type { EdgeStore } from '../../store/edge-store.ts';
import type { QuarantineDesk } from './quarantine-desk.ts';
import type { RuleEvent } from './rule-event.ts';

export interface RuleCommitterParts {
  readonly store: EdgeStore;
  readonly quarantine: QuarantineDesk;
  readonly clock: Clock;
  readonly random: Random;
  readonly probe: Probe;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** These are stored. */
  readonly onAppended: (events: readonly RuleEvent[]) => void;
  /** The disk does not take a commit. */
  readonly onRefused?: () => Promise<void>;
  readonly checkpointMs?: number;
}

/** What has a state, e.g. a rule or a machine, that is stored under this name. */
export interface Stateful {
  readonly storedAs: string;
  /** What is stored now. */
  stateText(): string;
}

/** Puts rule states and the events that go with them into the store, together, one commit after the other. */
export interface RuleCommitter {
  /** A state to store with the next checkpoint. */
  changed(rule: Stateful): void;
  /** An event to store in the next commit, together with the state that gave it. */
  append(rule: Stateful, event: RuleEvent): void;
  /** The rule's event went to quarantine, which has to be stored before the state that gave it. */
  refused(rule: Stateful): void;
  /** Commits what there is to commit, as soon as the commit before has returned. */
  kick(): void;
  /** Events that are not in the store yet. */
  waiting(): number;
  idle(): Promise<void>;
  close(): Promise<void>;
}

const backoff = { firstMs: 50, maxMs: 5_000 };

export function ruleCommitter({ store, quarantine, clock, random, probe, log, onAppended, onRefused, checkpointMs = 5_000 }: RuleCommitterParts): RuleCommitter {
  let events: RuleEvent[] = [];
  let underWay = 0;
  /** Rules whose state must go with the next commit, and those that may wait for the checkpoint. */
  let due = new Set<Stateful>();
  const quiet = new Set<Stateful>();
  let hasRefused = false;
  let committing: Promise<void> | undefined;
  let cancelCheckpoint: (() => void) | undefined;
  const closing = new AbortController();

  /** The states are read here, in the same turn as the events are taken: no state runs ahead of its events. */
  async function commitOnce(): Promise<void> {
    const taken = { events, due, hasRefused };
    events = [];
    underWay = taken.events.length;
    due = new Set();
    hasRefused = false;
    const states = new Map([...taken.due].map((rule) => [rule.storedAs, rule.stateText()]));
    for (const rule of taken.due) quiet.delete(rule);
    const appendedMs = clock.now();
    const only = taken.events.length === 1 ? `:${taken.events[0]?.contract}` : '';
    probe(`edge.before-commit${only}`);
    try {
      if (taken.hasRefused) await quarantine.flush();
      await store.commit({ states, append: taken.events.map(({ id, body, keys, rank }) => ({ id, body, appendedMs, keys, rank })) });
    } catch (error) {
      events = [...taken.events, ...events];
      due = due.union(taken.due);
      hasRefused ||= taken.hasRefused;
      throw error;
    } finally {
      underWay = 0;
    }
    probe(`edge.after-commit${only}`);
    if (taken.events.length > 0) onAppended(taken.events);
  }

  async function commitAll(): Promise<void> {
    for (let failures = 0; due.size > 0;) {
      try {
        await commitOnce();
        failures = 0;
      } catch (error) {
        failures++;
        if (!(error instanceof Fault) || closing.signal.aborted) throw error;
        log(`The edge's store does not take a commit (${error.message}); ${events.length} events wait, it is tried again.`, { failures, ...(failures === 1 && { urgent: true }) });
        if (error.code === 'STORE_UNAVAILABLE') await onRefused?.();
        await sleep(clock, delayBefore(failures, backoff, random), closing.signal).catch(() => undefined); // closing: one last try
      }
    }
  }

  function kick(): void {
    if (committing || due.size === 0 || closing.signal.aborted) return;
    committing = commitAll().finally(() => {
      committing = undefined;
      kick();
    });
  }

  function scheduleCheckpoint(): void {
    cancelCheckpoint ??= clock.after(checkpointMs, () => {
      cancelCheckpoint = undefined;
      due = due.union(quiet);
      kick();
    });
  }

  return {
    changed(rule) {
      if (due.has(rule) || closing.signal.aborted) return;
      quiet.add(rule);
      scheduleCheckpoint();
    },
    append(rule, event) {
      events.push(event);
      due.add(rule);
    },
    refused(rule) {
      hasRefused = true;
      due.add(rule);
    },
    kick,
    waiting: () => events.length + underWay,
    idle: async () => committing,
    async close() {
      closing.abort();
      cancelCheckpoint?.();
      await committing;
      due = due.union(quiet);
      quiet.clear();
      await commitAll();
    },
  };
}
