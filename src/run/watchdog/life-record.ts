import { AsyncLocalStorage } from 'node:async_hooks';
import { closeSync, constants, openSync, realpathSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { getCallSites } from 'node:util';
import { subjectId, type Subject, type Watch } from '../../engine/watch/watch.ts';
import { messageOf } from '../../kernel/errors.ts';
import { makeDataDir } from '../data-dir.ts';
import { foundPlace, type Told } from './found-place.ts';
import { acquitted, carriedOut, firstLife, judged, lifeShape, markShape, passed, stallShape, type Life, type Mark } from './life.ts';
import { teller } from './stall-worker-data.ts';
import { firstLine, removeFile, writeWhole } from '../whole-file.ts';

/** How the processes before this one ended, and how this one does. */
export interface LifeRecord {
  readonly watch: Watch;
  /** This process ends as it should. */
  close(): void;
}

export interface LifeOptions {
  /** The folder of the landscape. */
  readonly landscape: string;
  /** Where it keeps what must outlive the process. */
  readonly dir: string;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** Where a watching thread leaves what it found. */
export function stallFileIn(dir: string): string {
  return join(dir, 'stall.json');
}

/** Judges how the process before this one ended, and counts from now on. Nobody else may hold the data directory. Raises STORE_UNAVAILABLE. */
export function lifeRecord({ dir, landscape, log }: LifeOptions): LifeRecord {
  makeDataDir(dir);
  const stallFile = stallFileIn(dir);
  const lifeFile = join(dir, 'life.json');
  const markFile = join(dir, 'mark');
  const before = firstLine(lifeFile);
  const [stall, lastMark] = [firstLine(stallFile), firstLine(markFile)];
  const { life: first, alert } = judged(
    lifeShape.check(before) ? before : firstLife,
    stallShape.check(stall) ? stall : undefined,
    markShape.check(lastMark) ? lastMark : undefined,
    Date.now(),
  );
  let life: Life = first;
  writeWhole(lifeFile, life);
  const open = openSync(markFile, constants.O_RDWR | constants.O_CREAT, 0o600);
  removeFile(stallFile);

  /** Only what is counted gets lost where the disk is full; the work goes on. */
  function attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      log('the watchdog cannot write', { error: messageOf(error) });
    }
  }

  let marked: readonly Subject[] = [];
  function mark(subjects: readonly Subject[], more: Omit<Mark, 'subjects'> = { left: true, stack: [] }): void {
    marked = subjects;
    // Not through to the disk: it has to outlive this process, not the machine.
    attempt(() => writeSync(open, `${subjects.length > 0 ? JSON.stringify({ subjects: subjects.map(plain), ...more }) : ''}\n`, 0));
  }

  function change(next: Life): void {
    if (next === life) return;
    life = next;
    barred = new Set(life.barred);
    attempt(() => writeWhole(lifeFile, life));
  }

  let barred: ReadonlySet<string> = new Set(life.barred);
  mark([]);
  const caller = callerByName();
  // Who ends the process from a timer or an answer, where nobody is marked, is still known in that moment.
  const onExit = (): void => {
    const subject = caller.current();
    if (subject) attempt(() => mark([subject], { left: marked.some((each) => subjectId(each) === subjectId(subject)), ...placeOfExit(realpathSync(landscape)) }));
  };
  process.once('exit', onExit);
  return {
    watch: {
      within: caller.within,
      during: caller.during,
      isForeign: (file) => !file.startsWith(ourFolder),
      alert,
      convictions: life.convictions,
      get barred() {
        return barred;
      },
      blamed: new Set(first.deaths.map(({ subject }) => subjectId(subject))),
      mark: (...subjects) => mark(subjects),
      passed: (subjects) => change(passed(life, subjects)),
      carriedOut: (conviction, bar) => change(carriedOut(life, conviction, bar)),
      acquit: (subject) => change(acquitted(life, subject)),
    },
    close() {
      process.off('exit', onExit);
      change({ ...life, running: false, unnamed: false });
      closeSync(open);
      caller.close();
    },
  };
}

/** Where our own code lies, as definitions name files. */
const ourFolder = new URL('../..', import.meta.url).pathname;

/** Frames of a stack that are looked at. */
const framesMax = 50;

/** Calls code of the landscape so that the watching thread can ask on whose behalf the main thread runs. */
function callerByName(): Pick<Watch, 'within' | 'during'> & { current(): Subject | undefined; close(): void } {
  const inherited = new AsyncLocalStorage<Subject>();
  let inTurn: Subject | undefined;
  const name = Symbol.for(teller);
  Reflect.set(globalThis, name, () => {
    const begunFor = inherited.getStore();
    const said: Told = { ...(inTurn && { inTurn: plain(inTurn) }), ...(begunFor && { inherited: plain(begunFor) }) };
    return JSON.stringify(said);
  });
  return {
    // 0.35 µs a run; none for the promises that follow, which carry it anyway.
    within: (subject, work) => inherited.run(subject, work),
    during(subject, work) {
      const before = inTurn;
      inTurn = subject;
      try {
        return work();
      } finally {
        inTurn = before;
      }
    },
    current: () => inTurn ?? inherited.getStore(),
    close: () => void Reflect.deleteProperty(globalThis, name),
  };
}

/** Where code of the landscape calls for the end of the process. */
function placeOfExit(landscape: string): Pick<Mark, 'at' | 'stack'> {
  const [here, ...others] = getCallSites(framesMax);
  const sites = others.filter(({ scriptName }) => scriptName !== here?.scriptName && !scriptName.startsWith('node:'));
  const frames = sites.map(({ functionName, scriptName, lineNumber, columnNumber }) => ({ name: functionName, url: scriptName, line: lineNumber, column: columnNumber }));
  const { at, stack } = foundPlace(frames, undefined, landscape);
  // Where nothing of it is on the stack, an error that nobody caught has ended the process, and is in its log.
  return at === undefined ? { stack: [] } : { at, stack };
}

/** Without all that a definition holds. */
function plain({ kind, key, of }: Subject): Subject {
  return { kind, key, of: { kind: of.kind, name: of.name } };
}
