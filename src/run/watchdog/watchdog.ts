import { AsyncLocalStorage } from 'node:async_hooks';
import { closeSync, constants, openSync, realpathSync, writeSync } from 'node:fs';
import { url as inspectorUrl } from 'node:inspector';
import { extname, join } from 'node:path';
import { getCallSites } from 'node:util';
import { Worker } from 'node:worker_threads';
import { subjectId, type Subject, type Watch } from '../../engine/watch/watch.ts';
import { messageOf } from '../../kernel/errors.ts';
import { exitCodes } from '../commands/failure.ts';
import { makeDataDir } from '../data-dir.ts';
import { foundPlace, type Told } from './found-place.ts';
import { acquitted, carriedOut, firstLife, judged, lifeShape, markShape, stallShape, type Life, type Mark } from './life.ts';
import { cell, teller, type StallWorkerData } from './stall-worker-data.ts';
import { firstLine, removeFile, writeWhole } from './whole-file.ts';

/** Watches over this process: ends it where code of the landscape does not come back, and knows how the processes before it ended. */
export interface Watchdog {
  /** Judges how the process before this one ended, and counts from now on. Nobody else may hold the data directory. */
  begin(): Watch;
  /** This process ends as it should. */
  close(): Promise<void>;
}

export interface WatchdogOptions {
  /** What this process is called, for people. */
  readonly name: string;
  /** The folder of the landscape. */
  readonly landscape: string;
  /** Where it keeps what must outlive the process. */
  readonly dir: string;
  /** How long the main thread may be silent. */
  readonly stallMs: number;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

const beatMinMs = 10;
const beatMaxMs = 1_000;
const framesMax = 50;
const heapMiB = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 };

/** Starts watching. Raises STORE_UNAVAILABLE. */
export function openWatchdog({ name, landscape, dir, stallMs, log }: WatchdogOptions): Watchdog {
  makeDataDir(dir);
  const stallFile = join(dir, 'stall.json');
  const cells = new Int32Array(new SharedArrayBuffer(cell.count * Int32Array.BYTES_PER_ELEMENT));
  const beat = (): void => {
    Atomics.add(cells, cell.beats, 1);
    Atomics.store(cells, cell.debugged, inspectorUrl() === undefined ? 0 : 1);
  };
  beat();
  const beats = setInterval(beat, Math.min(beatMaxMs, Math.max(beatMinMs, stallMs / 10)));
  const data: StallWorkerData = { cells, name, landscape: realpathSync(landscape), stallMs, file: stallFile, exitCode: exitCodes['stopped by its watchdog'] };
  const thread = new Worker(new URL(`./stall-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData: data,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: heapMiB,
  });
  const exited = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
  thread.on('error', (error) => log('nobody watches for endless loops any more', { error: messageOf(error), urgent: true }));
  beats.unref();
  thread.unref();
  let record: LifeRecord | undefined;
  return {
    begin() {
      record = lifeRecord({ dir, stallFile, landscape: data.landscape, log });
      return record.watch;
    },
    async close() {
      clearInterval(beats);
      Atomics.store(cells, cell.closes, 1);
      Atomics.notify(cells, cell.closes);
      thread.ref();
      await exited;
      record?.close();
    },
  };
}

interface LifeRecord {
  readonly watch: Watch;
  close(): void;
}

/** The durable side: whose code runs, and how often processes ended while it did. */
function lifeRecord({ dir, stallFile, landscape, log }: Pick<WatchdogOptions, 'dir' | 'landscape' | 'log'> & { readonly stallFile: string }): LifeRecord {
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

  let marked: Subject | undefined;
  function mark(subject: Subject | undefined, more: Omit<Mark, 'subject'> = { left: true, stack: [] }): void {
    marked = subject;
    // Not through to the disk: it has to outlive this process, not the machine.
    attempt(() => writeSync(open, `${subject ? JSON.stringify({ subject: plain(subject), ...more }) : ''}\n`, 0));
  }

  function change(next: Life): void {
    if (next === life) return;
    life = next;
    barred = new Set(life.barred);
    attempt(() => writeWhole(lifeFile, life));
  }

  let barred: ReadonlySet<string> = new Set(life.barred);
  mark(undefined);
  const caller = callerByName();
  // Who ends the process from a timer or an answer, where nobody is marked, is still known in that moment.
  const onExit = (): void => {
    const subject = caller.current();
    if (subject) mark(subject, { left: marked !== undefined && subjectId(marked) === subjectId(subject), ...placeOfExit(landscape) });
  };
  process.once('exit', onExit);
  return {
    watch: {
      within: caller.within,
      during: caller.during,
      alert,
      convictions: life.convictions,
      get barred() {
        return barred;
      },
      mark: (subject) => mark(subject),
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
  const sites = getCallSites(framesMax).filter(({ scriptName }) => scriptName !== import.meta.url && !scriptName.startsWith('node:'));
  const frames = sites.map(({ functionName, scriptName, lineNumber, columnNumber }) => ({ name: functionName, url: scriptName, line: lineNumber, column: columnNumber }));
  const { at, stack } = foundPlace(frames, undefined, landscape);
  // Where nothing of it is on the stack, an error that nobody caught has ended the process, and is in its log.
  return at === undefined ? { stack: [] } : { at, stack };
}

/** Without all that a definition holds. */
function plain({ kind, key, of }: Subject): Subject {
  return { kind, key, of: { kind: of.kind, name: of.name } };
}
