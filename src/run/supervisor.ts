import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Fault } from '../kernel/errors.ts';
import { makeDataDir } from './data-dir.ts';
import { heapEnvironment, heapFlags } from './heap-flags.ts';
import { childCommand, compiledCode, prepare } from './preparation.ts';
import { revival, type Revival } from './revival.ts';

/** A process to run: one of our commands, or a file of ours. */
export interface Service {
  readonly name: string;
  /** A `lineshaft` command … */
  readonly command?: string;
  /** … or a module to run. */
  readonly module?: URL;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Start it again when it ends by itself. */
  readonly restart?: boolean;
  /** A program that runs it, with the options before it: a tracer, a name space of its own. The process must stay the child. */
  readonly within?: readonly string[];
}

/** What a process said when it was ready. */
export type Ready = Readonly<Record<string, unknown>>;

/** Runs child processes that never outlive this one: their standard input ends with it. */
export interface Supervisor {
  /** Resolves when the process says that it is ready. Raises what it said instead. */
  start(service: Service): Promise<Ready>;
  /** Ends a process as a crash would, with SIGKILL: what is to be started again is. False where it does not run. */
  kill(name: string): boolean;
  /** Ends a process as hard as the system can, or asks it to stop, for good. Resolves when it is gone. */
  stop(name: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  running(name: string): boolean;
  /** Sends a process a signal that it lives on with, e.g. SIGSTOP. False where it does not run. */
  signal(name: string, signal: NodeJS.Signals): boolean;
  pid(name: string): number | undefined;
  /** Resolves when the process has ended, with its exit code or signal. */
  exited(name: string): Promise<number | string>;
  close(): Promise<void>;
}

export interface SupervisorOptions {
  readonly logDir: string;
  readonly say: (line: string) => void;
  readonly readyWithinMs?: number;
  /** Told of each process that is ready, and of each that has ended. */
  readonly onLife?: (name: string, life: Life) => void;
}

export type Life = 'ready' | 'ended';

interface Running {
  readonly child: ChildProcess;
  readonly exited: Promise<number | string>;
  readyAtMs: number | undefined;
  wanted: boolean;
}

/** A hub that stops waits some seconds for the answers of systems. */
const stopWithinMs = 9_000;
const preparedCommands: readonly (string | undefined)[] = ['hub', 'edge'];

export function supervisor({ logDir, say, readyWithinMs = 30_000, onLife }: SupervisorOptions): Supervisor {
  const all = new Map<string, Running>();
  const revivals = new Map<string, Revival>();
  let closing = false;
  makeDataDir(logDir);

  function launch(service: Service, file: string): { readonly running: Running; readonly ready: Promise<Ready> } {
    // Nobody would end it any more, and it would keep this process.
    if (closing) throw new Fault('PROCESS_ENDED', `${service.name} is not started: what is started here is being ended.`, { service: service.name });
    const args = [...(service.command === undefined ? [] : [service.command]), ...service.args, '--die-with-parent'];
    const flags = [...process.execArgv, '--disable-warning=ExperimentalWarning', ...heapFlags(service.command, service.environment)];
    const [program, before] = programOf(service);
    const child = spawn(program, [...before, ...flags, file, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...heapEnvironment, ...process.env, ...compiledCode(), ...service.environment },
    });
    const logFile = join(logDir, `${service.name}.log`);
    const log = createWriteStream(logFile, { flags: 'a' });
    // A full disk costs the log, not whom it is about.
    log.once('error', (error) => say(`The log of ${service.name} cannot be written any more: ${error.message}`));
    let tail = '';
    child.stderr.on('data', (chunk: Buffer) => {
      log.write(chunk);
      tail = `${tail}${chunk.toString()}`.slice(-2_000);
      for (const urgent of urgentWords(chunk.toString())) say(`${service.name}: ${urgent}`);
    });
    child.once('close', () => {
      log.end();
      // Why its watchdog ended it is told to whoever looks on, not only to the log.
      const last = plainWords(tail).split('\n').at(-1) ?? '';
      if (last.startsWith(`The ${service.name} has not come back `)) say(last);
    });
    // A child that is gone cannot take the end of its input: its exit tells.
    child.stdin.on('error', () => undefined);
    const exited = new Promise<number | string>((resolve) => {
      child.once('exit', (code, signal) => {
        onLife?.(service.name, 'ended');
        resolve(signal ?? code ?? 0);
      });
    });
    const running: Running = { child, exited, readyAtMs: undefined, wanted: true };
    const ready = new Promise<Ready>((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Fault('PROCESS_ENDED', `${service.name} was not ready within ${readyWithinMs / 1_000} s. Its log: ${logFile}. ${lastWords(tail)}`, {
              service: service.name,
            }),
          ),
        readyWithinMs,
      );
      createInterface({ input: child.stdout }).on('line', (line) => {
        const said = readyLine(line);
        if (!said) return;
        clearTimeout(timer);
        running.readyAtMs = performance.now();
        onLife?.(service.name, 'ready');
        resolve(said);
      });
      void exited.then((code) => {
        clearTimeout(timer);
        reject(new Fault('PROCESS_ENDED', `${service.name} ended (${code}) before it was ready. Its log: ${logFile}. ${lastWords(tail)}`, { service: service.name }));
      });
    });
    all.set(service.name, running);
    if (service.restart) void exited.then((end) => (running.readyAtMs === undefined ? undefined : again(service, running, end)));
    return { running, ready };
  }

  /** Starts a process until it is ready, or it is certain that it will not be. */
  async function launchUntilReady(service: Service): Promise<Ready> {
    const file = service.module ? fileURLToPath(service.module) : (await childCommand()).file;
    const { running, ready } = launch(service, file);
    try {
      return await ready;
    } catch (error) {
      if (!service.restart || !(error instanceof Fault) || error.code !== 'PROCESS_ENDED') throw error;
      const pauseMs = pauseAfter(service, running, await running.exited);
      if (pauseMs === undefined) throw error;
      say(`${service.name} ended before it was ready; it is started again`);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (closing) throw error;
      return launchUntilReady(service);
    }
  }

  function again(service: Service, before: Running, end: number | string): void {
    const pauseMs = pauseAfter(service, before, end);
    if (pauseMs === undefined) return;
    say(`${service.name} ended; it is started again`);
    setTimeout(() => {
      if (!closing) launchUntilReady(service).catch((error: unknown) => say(String(error)));
    }, pauseMs);
  }

  function pauseAfter({ name }: Service, { wanted, readyAtMs }: Running, end: number | string): number | undefined {
    if (closing || !wanted) return undefined;
    const one = revivals.get(name) ?? revival();
    revivals.set(name, one);
    return one.after(end, readyAtMs === undefined ? undefined : performance.now() - readyAtMs);
  }

  async function stop(name: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const running = all.get(name);
    if (!running) return;
    running.wanted = false;
    if (running.child.exitCode === null && running.child.signalCode === null) running.child.kill(signal);
    const hard = setTimeout(() => running.child.kill('SIGKILL'), stopWithinMs);
    await running.exited;
    clearTimeout(hard);
  }

  return {
    async start(service) {
      if (preparedCommands.includes(service.command)) await prepare(service.args[service.args.indexOf('--landscape') + 1] ?? '.');
      return launchUntilReady(service);
    },
    kill: (name) => all.get(name)?.child.kill('SIGKILL') ?? false,
    signal: (name, signal) => all.get(name)?.child.kill(signal) ?? false,
    stop,
    running(name) {
      const child = all.get(name)?.child;
      return child !== undefined && child.exitCode === null && child.signalCode === null;
    },
    pid: (name) => all.get(name)?.child.pid,
    exited: async (name) => (await all.get(name)?.exited) ?? 0,
    async close() {
      closing = true;
      await Promise.all([...all.keys()].map((name) => stop(name, 'SIGTERM')));
    },
  };
}

/** What is spawned, with what comes before Node's own flags. */
function programOf({ within: [program, ...options] = [] }: Service): readonly [program: string, before: readonly string[]] {
  return program === undefined ? [process.execPath, []] : [program, [...options, process.execPath]];
}

/** What a process said for people; its log lines are in its log. */
function plainWords(said: string): string {
  return said
    .split('\n')
    .filter((line) => !line.startsWith('{"at":'))
    .join('\n')
    .trim();
}

/** Why it is not ready, in its own words where it has any. */
function lastWords(said: string): string {
  const words = plainWords(said);
  return words === '' ? 'It said nothing.\n→ Look at its log; on a machine that is busy with other work, try again when it is not.' : `It said:\n\n${words}`;
}

/** What a process logged that a person must know of now. */
function urgentWords(said: string): readonly string[] {
  return said.split('\n').flatMap((line) => {
    if (!line.includes('"urgent":true')) return [];
    const entry = objectIn(line);
    return typeof entry?.['message'] === 'string' ? [[entry['message'], entry['reason']].filter((words) => typeof words === 'string').join(': ')] : [];
  });
}

function readyLine(line: string): Ready | undefined {
  const said = objectIn(line);
  return said?.['ready'] === true ? said : undefined;
}

/** The object of a line of JSON; not everything that a process prints is one. */
function objectIn(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
  } catch {
    // A line in plain words, or a part of one.
    return undefined;
  }
}
