// The thread that watches the main thread: tells an endless loop from a machine that slept, finds out where it is, and ends the process.
import { writeSync } from 'node:fs';
import { Session, type Debugger, type Runtime } from 'node:inspector';
import { workerData } from 'node:worker_threads';
import { foundPlace, type Place } from './found-place.ts';
import { cell, teller, type StallWorkerData } from './stall-worker-data.ts';
import { removeFile, writeWhole } from '../whole-file.ts';

const tickMinMs = 10;
const tickMaxMs = 500;
/** On a busy machine it takes the debugger that long to come, and without its answer the loop has no name. */
const answerWithinMs = 5_000;
/** Two answers are waited for. */
const endWithinMs = 15_000;

// `watchdog.ts` is the only one that starts this file.
const { cells, name, landscape, stallMs, file, exitCode } = workerData as StallWorkerData;
const beats = (): number => Atomics.load(cells, cell.beats);

/** Resolves nothing until the main thread has been silent for `stallMs`; gives its last beat, or undefined when the process closes. */
function lastBeat(): number | undefined {
  const tickMs = Math.min(tickMaxMs, Math.max(tickMinMs, stallMs / 20));
  let last = beats();
  let silentMs = 0;
  while (silentMs < stallMs) {
    if (Atomics.wait(cells, cell.closes, 0, tickMs) !== 'timed-out') return undefined;
    const now = beats();
    // A person who looks at it in a debugger may take all the time in the world.
    const isAlive = now !== last || Atomics.load(cells, cell.debugged) === 1;
    // Counted in ticks of this thread, not by the clock: a machine that slept, or a process that was stopped, stood still here too.
    silentMs = isAlive ? 0 : silentMs + tickMs;
    last = now;
  }
  return last;
}

function within<Value>(ms: number, answer: Promise<Value>): Promise<Value | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, undefined);
    answer.then(resolve, () => resolve(undefined)).finally(() => clearTimeout(timer));
  });
}

function evaluated(session: Session, expression: string): Promise<Runtime.EvaluateReturnType | undefined> {
  return new Promise((resolve) => session.post('Runtime.evaluate', { expression, silent: true }, (error, result) => resolve(error ? undefined : result)));
}

/** Stops the main thread where it is, and asks it for whom it runs. Native code that does not come back is not stopped: then nothing is found. */
async function look(session: Session): Promise<Place> {
  // A frame names its script only, and what that is called was told when the debugger came.
  const urls = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => void urls.set(scriptId, url));
  const paused = new Promise<Debugger.PausedEventDataType>((resolve) => session.once('Debugger.paused', ({ params }) => resolve(params)));
  session.connectToMainThread();
  session.post('Debugger.enable');
  session.post('Debugger.pause');
  const at = await within(answerWithinMs, paused);
  const told = await within(answerWithinMs, evaluated(session, `globalThis[Symbol.for('${teller}')]?.()`));
  const frames = (at?.callFrames ?? []).map(({ functionName, location }) => ({
    name: functionName,
    url: urls.get(location.scriptId) ?? '',
    line: location.lineNumber + 1,
    column: (location.columnNumber ?? 0) + 1,
  }));
  return foundPlace(frames, told?.result.value, landscape);
}

/** Whatever goes wrong here, e.g. a disk that takes nothing, the process must still end. */
function attempt(what: () => void): void {
  try {
    what();
  } catch (error) {
    say(`The watchdog of the ${name} cannot write down what it found: ${String(error)}`);
  }
}

/** Straight to standard error: what goes by way of the main thread would never come. */
function say(sentence: string): void {
  try {
    writeSync(2, `${sentence}\n`);
  } catch {
    // Nobody listens, or cannot follow; the file has it too.
  }
}

/** Ends the process, unless the main thread has come back meanwhile. */
async function stop(last: number): Promise<void> {
  const lastResort = setTimeout(() => process.kill(process.pid, 'SIGKILL'), endWithinMs);
  const found = { atMs: Date.now(), forMs: stallMs };
  attempt(() => writeWhole(file, { ...found, stack: [] }));
  const session = new Session();
  const place = await look(session).catch((error: unknown): Place => {
    say(`The watchdog of the ${name} cannot look where it is: ${String(error)}`);
    return { stack: [] };
  });
  if (beats() !== last) {
    clearTimeout(lastResort);
    attempt(() => removeFile(file));
    session.disconnect();
    return;
  }
  attempt(() => writeWhole(file, { ...found, ...place }));
  const where = place.at === undefined ? '' : ` at ${place.at}`;
  const whose = place.subject ? ` in the ${place.subject.of.kind} "${place.subject.of.name}" (${place.subject.kind} ${place.subject.key})` : '';
  say(
    `The ${name} has not come back for ${stallMs / 1_000} s${where}${whose}: it looks like an endless loop. ` +
      `This process ends with code ${exitCode}; started again, it sets that aside as a case of its owner and goes on with everything else.`,
  );
  // Not process.exit: its listeners may be where it loops. Without standard error, on which Node would say that it waits for a debugger.
  await evaluated(session, `process.getBuiltinModule('fs').closeSync(2), process.reallyExit(${exitCode})`);
  await new Promise(() => undefined);
}

for (let last = lastBeat(); last !== undefined; last = lastBeat()) await stop(last);
