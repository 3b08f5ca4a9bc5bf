import { appendFileSync, mkdirSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../kernel/errors.ts';
import { exitCodes } from './failure.ts';

export type Log = (message: string, details?: Readonly<Record<string, unknown>>) => void;

/** One JSON line per entry, to standard error or to a file. */
export function jsonLog(process_: string, file: string | undefined): Log {
  if (file !== undefined) mkdirSync(dirname(file), { recursive: true });
  return (message, details = {}) => {
    const line = `${JSON.stringify({ at: new Date().toISOString(), process: process_, message, ...details })}\n`;
    if (file === undefined) process.stderr.write(line);
    else append(file, line);
  };
}

/** A log on a full disk stops nobody's work: what it cannot take goes to standard error. */
function append(file: string, line: string): void {
  try {
    appendFileSync(file, line);
  } catch {
    process.stderr.write(line);
  }
}

/** Tells whoever started this process that it is ready, as one JSON line on standard output. */
export function ready(details: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ ready: true, ...details })}\n`);
  // Node would do it at a clean exit only, and not every process gets to have one.
  setImmediate(flushCompileCache);
}

/** A bug leaves memory and store apart: say so and stop at once. */
export function stopOnBug(log: Log): (error: unknown) => void {
  return (error) => {
    log('bug: the process stops', { error: messageOf(error), stack: error instanceof Error ? error.stack : undefined });
    process.exit(exitCodes.bug);
  };
}

/** Another hub works on the store now: whatever this one still did would be done twice. */
export function stopOnTakeover(log: Log): (reason: unknown) => void {
  return (reason) => {
    log('another hub has taken the store over: the process stops', { reason: messageOf(reason), urgent: true });
    process.exit(exitCodes['another hub has taken over']);
  };
}

/**
 * A promise that landscape code dropped must not end the process for everybody: it is written down. What no landscape file is
 * part of is a bug of ours, and stops it. `folders` hold landscapes.
 */
export function guardRejections(folders: readonly string[], log: Log): void {
  const stop = stopOnBug(log);
  const places = folders.flatMap((folder) => [folder, pathToFileURL(folder).href]);
  process.on('unhandledRejection', (reason) => {
    const stack = reason instanceof Error ? (reason.stack ?? '') : '';
    // A refusal that a flow did not wait for is raised by us, for the flow.
    const isLandscapes = places.some((place) => stack.includes(place)) || (reason instanceof Error && reason.name === 'RefusedByBusiness');
    if (isLandscapes) log('the landscape dropped a failed promise: await it, or catch it', { error: messageOf(reason), stack });
    else stop(reason);
  });
}

/** Longer than the engine waits for answers that are under way, shorter than a supervisor waits for this process. */
const closeWithinMs = 8_000;

/**
 * Resolves after this process was asked to stop (Ctrl-C or SIGTERM; with `withParent`, SIGTERM or the end of its standard input) and
 * everything was closed. A second request, or a close that takes too long, ends it at once.
 */
export function untilStopped(close: () => Promise<void>, options: { readonly withParent: boolean; readonly log: Log }): Promise<void> {
  return new Promise<void>((resolve) => {
    let stopping = false;
    const stop = (): void => {
      if (stopping) process.exit(exitCodes.fine);
      stopping = true;
      setTimeout(() => process.exit(exitCodes.fine), closeWithinMs).unref();
      close().then(resolve, (error: unknown) => {
        options.log('closing failed', { error: messageOf(error) });
        resolve();
      });
    };
    process.on('SIGTERM', stop);
    if (!options.withParent) {
      process.on('SIGINT', stop);
      return;
    }
    // Ctrl-C in a terminal reaches the parent too, which asks us to stop in its turn: taken as well, that would be a second request.
    process.on('SIGINT', () => undefined);
    process.stdin.on('end', stop);
    process.stdin.on('error', stop);
    process.stdin.resume();
  }).then(() => process.exit(exitCodes.fine));
}
