import { nextTick } from 'node:process';
import type { NextTurn } from '../../kernel/clock.ts';
import { runOfStep, subjectId, type Conviction, type Subject, type Watch } from './watch.ts';

/**
 * How code of the landscape is called: always by name, so that a watchdog can say whose it was; and, where the process before
 * this one ended badly, alone in its turn and under a durable mark, so that a next death names whoever caused it.
 */
export interface Oversight {
  readonly alert: boolean;
  within: Watch['within'];
  during: Watch['during'];
  isForeign: Watch['isForeign'];
  /** Whether this came from outside before and stopped a process. */
  isBarred(subject: Subject): boolean;
  /** What an earlier process may have ended by. */
  suspect(subject: Subject): void;
  isSuspect(subject: Subject): boolean;
  /** Does work in a turn of its own, under the subject's mark; `after` follows when all that it led to at once is done. */
  alone(subject: Subject, work: () => void, after?: () => void): void;
  /**
   * The same for what an earlier process did before: up to `groupMax` of them in one turn, under the mark of all (decision 039), unless a
   * process ended by it or by one of such a group.
   */
  again(subject: Subject, work: () => void, after?: () => void): void;
  /** Resolves when nothing waits to be done alone. */
  idle(): Promise<void>;
  /** The same, when all that an earlier process left was done again. */
  recovered(): Promise<void>;
  /** It went through, or committed something. */
  acquit(subject: Subject): void;
  /** Why it must not run again; told once. */
  conviction(subject: Subject): Conviction | undefined;
  isConvicted(subject: Subject): boolean;
  /** Those that were not asked for. */
  remaining(): readonly Conviction[];
  /** It is told for another subject, where its own left no record. */
  transfer(conviction: Conviction, to: Subject): void;
  /** What follows from it is durable; `bar` keeps what came from outside from being tried again. */
  carriedOut(conviction: Conviction, bar?: boolean): void;
}

interface Lone {
  readonly subject: Subject;
  /** May be done in one turn with others. */
  readonly joins: boolean;
  readonly work: () => void;
  readonly after: (() => void) | undefined;
}

/** Whose mark stands. */
interface Marked {
  readonly subjects: readonly Subject[];
  readonly ids: ReadonlySet<string>;
}

/** So many in one turn: their names fit a page of the file that they are marked in, which is written whole or not at all. */
const groupMax = 16;

const nobody: Marked = { subjects: [], ids: new Set() };

function markOf(subjects: readonly Subject[]): Marked {
  return { subjects, ids: new Set(subjects.map(subjectId)) };
}

export function oversight(watch: Watch, nextTurn: NextTurn = setImmediate): Oversight {
  const suspects = new Set<string>();
  const convicted = new Map(watch.convictions.map((conviction) => [subjectId(conviction.subject), conviction]));
  const lone: Lone[] = [];
  /** Blamed, and done again. */
  const cleared: Subject[] = [];
  let marked = nobody;
  let turning = false;
  let onIdle: (() => void)[] = [];

  function mark(next: Marked): void {
    if (next === marked) return;
    marked = next;
    watch.mark(...next.subjects);
  }

  function isSuspect({ kind, key }: Subject): boolean {
    if (suspects.has(subjectId({ kind, key }))) return true;
    // A query is on no record before its answer: it is as suspect as its run.
    return kind === 'effect' && suspects.has(subjectId({ kind: 'run', key: runOfStep(key) }));
  }

  function next(): void {
    const others = lone.findIndex(({ joins }, index) => !joins || index === groupMax);
    const group = lone.splice(0, others < 0 ? groupMax : Math.max(1, others));
    if (group.length === 0) {
      turning = false;
      const idle = onIdle;
      onIdle = [];
      for (const resolve of idle) resolve();
      return;
    }
    const under = markOf(group.map(({ subject }) => subject));
    for (const { work } of group) {
      mark(under);
      work();
    }
    // A tick that is asked for by a promise comes when no promise is left: before anybody else has a turn.
    queueMicrotask(() =>
      nextTick(() => {
        mark(nobody);
        for (const { after } of group) after?.();
        nextTurn(next);
      }),
    );
  }

  function queue(each: Lone): void {
    lone.push(each);
    if (turning) return;
    turning = true;
    nextTurn(next);
  }

  const idle = (): Promise<void> => (turning ? new Promise((resolve) => onIdle.push(resolve)) : Promise.resolve());

  return {
    alert: watch.alert,
    within(subject, work) {
      // A run that begins when a marked one ends is another's code.
      if (marked !== nobody && !marked.ids.has(subjectId(subject))) mark(nobody);
      return watch.within(subject, work);
    },
    during(subject, work) {
      if (suspects.size === 0 || !isSuspect(subject) || marked.ids.has(subjectId(subject))) return watch.during(subject, work);
      const before = marked;
      mark(markOf([subject]));
      try {
        return watch.during(subject, work);
      } finally {
        mark(before);
      }
    },
    isForeign: (file) => watch.isForeign(file),
    isBarred: (subject) => watch.barred.size > 0 && watch.barred.has(subjectId(subject)),
    suspect: (subject) => void suspects.add(subjectId(subject)),
    isSuspect: (subject) => suspects.size > 0 && isSuspect(subject),
    alone: (subject, work, after) => queue({ subject, work, after, joins: false }),
    again(subject, work, after) {
      const isBlamed = watch.blamed.size > 0 && watch.blamed.has(subjectId(subject));
      if (isBlamed) cleared.push(subject);
      queue({ subject, work, after, joins: !isBlamed });
    },
    idle,
    async recovered() {
      await idle();
      if (cleared.length > 0) watch.passed(cleared);
    },
    acquit(subject) {
      if (suspects.size > 0 && suspects.delete(subjectId(subject))) watch.acquit(subject);
    },
    conviction(subject) {
      if (convicted.size === 0) return undefined;
      const found = convicted.get(subjectId(subject));
      convicted.delete(subjectId(subject));
      return found;
    },
    isConvicted: (subject) => convicted.has(subjectId(subject)),
    remaining: () => [...convicted.values()],
    transfer(conviction, to) {
      convicted.delete(subjectId(conviction.subject));
      convicted.set(subjectId(to), conviction);
    },
    carriedOut: (conviction, bar = false) => watch.carriedOut(conviction, bar),
  };
}
