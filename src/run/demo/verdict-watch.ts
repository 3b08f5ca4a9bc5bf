// Looks into the systems' books while a visitor plays, and knows when nothing moves any more.
import type { DemoRow, DemoVerdict } from '../../api/demo-state.ts';
import type { Agreement } from '../../counterparts/verdict/free-facts.ts';
import { freeVerdictOn, type FreeRow } from '../../counterparts/verdict/free-verdict.ts';
import { systemNames } from '../../counterparts/verdict/testimony.ts';
import type { TestimonyReader } from '../../counterparts/verdict/testimony-reader.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { DeedLog } from './deed-log.ts';
import type { PlayWorld } from './director.ts';
import type { Tempo } from './tempo.ts';

export interface VerdictWatch extends AsyncDisposable {
  readonly verdict: DemoVerdict;
  /** Looks soon, however long nothing moved. */
  wake(this: void): void;
}

export interface VerdictWatchParts {
  readonly world: PlayWorld;
  readonly agreement: Agreement;
  readonly tempo: Tempo;
  readonly reader: TestimonyReader;
  readonly log: DeedLog;
  /** Whether the hub has something to send, to repeat or to read back; only for knowing when to stop waiting, never for what is found. */
  readonly underWay: () => Promise<boolean>;
  readonly onVerdict: () => void;
}

/** After so much quiet what is still missing never comes. */
const hopelessMs = 40_000;
/** Where the hub never comes to rest, e.g. with a case that waits for its owner, nothing written for so long is the end too. */
const restlessMax = 60_000;
/** Between two looks while nothing moves. */
const idleLookMs = 3_000;
const textMax = 600;

export function verdictWatch({ world, agreement, tempo, reader, log, underWay, onVerdict }: VerdictWatchParts): VerdictWatch {
  let verdict: DemoVerdict = { settled: false, ok: null, takenAtMs: 0, rows: [] };
  let size = -1;
  let writtenMs = Date.now();
  let busyMs = Date.now();
  let failed = false;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    const testimony = await reader.read();
    const nowMs = Date.now();
    if (reader.size !== size) writtenMs = nowMs;
    size = reader.size;
    if (await underWay()) busyMs = nowMs;
    const { rows, openUntilMs } = freeVerdictOn({ ...world, agreement, deeds: log.deeds, nowMs }, testimony);
    const isSettled = settled(
      rows.every(({ ok }) => ok),
      Math.max(writtenMs, log.changedMs, openUntilMs),
      nowMs,
    );
    verdict = shown(rows, isSettled, nowMs);
    onVerdict();
  }

  function settled(allOk: boolean, movedMs: number, nowMs: number): boolean {
    const { transport, link, hub, edge } = log.switches;
    const isWhole = transport === 'up' && link === 'whole' && hub === 'up' && edge === 'up';
    const quietMs = nowMs - Math.max(movedMs, busyMs);
    if (allOk) return quietMs >= tempo.quietMs;
    return isWhole && (quietMs >= hopelessMs || nowMs - movedMs >= restlessMax);
  }

  function follow(ms: number): void {
    clearTimeout(timer);
    if (over) return;
    timer = setTimeout(() => {
      looking = look()
        .then(() => {
          failed = false;
        })
        .catch((error: unknown) => {
          // At the end of the demo the systems go first.
          if (!over && !failed) log.say(`The systems' books cannot be read: ${messageOf(error)}`);
          failed = true;
        })
        .finally(() => follow(verdict.settled ? idleLookMs : tempo.lookMs));
    }, ms);
  }

  follow(0);
  return {
    get verdict() {
      return verdict;
    },
    wake() {
      verdict = { ...verdict, settled: false, ok: verdict.ok === true ? null : verdict.ok };
      void looking.then(() => follow(tempo.lookMs));
    },
    async [Symbol.asyncDispose]() {
      over = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

function shown(rows: readonly FreeRow[], isSettled: boolean, takenAtMs: number): DemoVerdict {
  const all = rows.map((row): DemoRow => {
    const { id, question, expected, found } = row;
    const system = systemNames.find((name) => id.startsWith(`${name}.`));
    return { id, question, expected: shortened(expected), found: shortened(found), ok: row.ok || (isSettled || row.isFinal ? false : null), ...(system && { system }) };
  });
  const ok = all.some((row) => row.ok === false) ? false : isSettled ? true : null;
  return { settled: isSettled, ok, takenAtMs, rows: all };
}

/** The end of a long text: what came last is what somebody looks for. */
function shortened(text: string): string {
  return text.length <= textMax ? text : `… ${text.slice(-textMax)}`;
}
