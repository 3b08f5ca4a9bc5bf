import { Worker } from 'node:worker_threads';
import { assert } from '../../kernel/assert.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Answer, Call } from './thread-service.ts';

/** A store in a thread of its own: `node:sqlite` blocks the thread it runs in for as long as a disk takes to answer. */
export interface StoreThread {
  call(method: string, args: readonly unknown[]): Promise<unknown>;
  /** The same for small reads of which many are asked for in one turn: they go in one message, and so do their answers. */
  callTogether(method: string, args: readonly unknown[]): Promise<unknown>;
  /** Ends the thread after everything that was asked of it; a second call does nothing. */
  close(): Promise<void>;
}

export interface ThreadLimits {
  /** Calls under way at once; one more is refused with OVERLOADED. */
  readonly callsMax: number;
  /** Heap of the thread in MiB. */
  readonly heapMiB: number;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/**
 * Starts the thread of `module`, which calls `serve`; resolves when it is ready. Calls are done one after the other in the
 * order they were made. Where the thread dies, every call under way rejects with a bug: what became of it is not known.
 */
export async function openThread(module: URL, data: unknown, limits: ThreadLimits): Promise<StoreThread> {
  const worker = new Worker(module, {
    workerData: data,
    // Older Node 24 warns that node:sqlite is young; options of the main thread (loaders, inspectors) are not for this one.
    execArgv: ['--disable-warning=ExperimentalWarning'],
    resourceLimits: { maxOldGenerationSizeMb: limits.heapMiB },
  });
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  let together: Call[] = [];
  let ended: Error | undefined;
  let closed: Promise<void> | undefined;

  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      end(new Error('Bug: the thread of the store has ended'));
      resolve();
    });
  });
  worker.on('error', (error) => end(new Error('Bug: the thread of the store died; what became of its last calls is not known', { cause: error })));
  worker.on('message', (answers: Answer | readonly Answer[]) => {
    if (isOne(answers)) take(answers);
    else for (const answer of answers) take(answer);
  });

  function take(answer: Answer): void {
    const call = waiting.get(answer.call);
    assert(call !== undefined, `the store answers call ${answer.call} once`);
    waiting.delete(answer.call);
    if ('value' in answer) call.resolve(answer.value);
    else call.reject(thrownBy(answer));
  }

  function end(reason: Error): void {
    ended ??= reason;
    for (const call of waiting.values()) call.reject(ended);
    waiting.clear();
  }

  async function ask(method: string, args: readonly unknown[], send = (message: Call): void => worker.postMessage(message)): Promise<unknown> {
    if (ended) throw ended;
    const message: Call = { call: ++calls, method, args };
    return new Promise((resolve, reject) => {
      waiting.set(message.call, { resolve, reject });
      send(message);
    });
  }

  function sendTogether(message: Call): void {
    if (together.push(message) > 1) return;
    queueMicrotask(() => {
      const messages = together;
      together = [];
      worker.postMessage(messages);
    });
  }

  async function close(): Promise<void> {
    await ask('close', []);
    ended = new Error('Bug: a closed store is used');
    await worker.terminate();
    await exited;
  }

  try {
    await ask('open', []);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  function admit(method: string): void {
    assert(closed === undefined, `a closed store is not asked for ${method}`);
    if (waiting.size >= limits.callsMax) throw new Fault('OVERLOADED', `${limits.callsMax} calls wait for the store.`, { callsMax: limits.callsMax });
  }

  return {
    async call(method, args) {
      admit(method);
      return ask(method, args);
    },
    async callTogether(method, args) {
      admit(method);
      return ask(method, args, sendTogether);
    },
    close: async () => (closed ??= close()),
  };
}

function isOne(answers: Answer | readonly Answer[]): answers is Answer {
  return !Array.isArray(answers);
}

function thrownBy(answer: Exclude<Answer, { readonly value: unknown }>): Error {
  const cause = answer.cause === undefined ? undefined : new Error(answer.cause);
  if (answer.code !== undefined) return new Fault(answer.code, answer.message, answer.details, cause);
  return new Error(answer.message, { cause });
}
