import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnsweringLog, BacktestOrder, BacktestOutcome, BacktestWorks, MachineOutcome } from '../../engine/backtest/backtest-order.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { compiledCode } from '../preparation.ts';
import { fetchedFile } from '../recordings/recording-files.ts';
import { runsMax, type FromChild, type ToChild } from './backtest-words.ts';

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const childFile = fileURLToPath(new URL(`./backtest-child${extension}`, import.meta.url));
/** MiB of its heap; a recording is read a file at a time and lies outside of it. */
const heapMax = 512;

export interface BacktestProcessParts {
  /** The landscape's folder. */
  readonly landscape: string;
  /** Where edges that run on this machine keep what they record, each in a folder of its own. */
  readonly data: string;
  /** Where recordings lie that the hub fetched. */
  readonly fetched?: string | undefined;
}

/** Runs each backtest in a process of its own, of low priority: what it needs, or does wrong, is not the hub's. */
export function backtestProcess({ landscape, data, fetched = join(data, 'recordings') }: BacktestProcessParts): BacktestWorks {
  const placeOf = ({ edge, recording }: BacktestOrder) =>
    recording === undefined ? { telemetry: join(data, edge, 'telemetry'), isFile: false } : { telemetry: fetchedFile(fetched, recording), isFile: true };
  return {
    recordings: async () => (existsSync(data) ? readdirSync(data).filter((name) => existsSync(join(data, name, 'telemetry'))) : []).sort(),
    run: async (order, log, signal) =>
      new Promise<BacktestOutcome | MachineOutcome>((resolve, reject) => {
        // Only a hub that is asked for a backtest needs it.
        const child = process.getBuiltinModule('node:child_process').fork(childFile, [], {
          serialization: 'advanced',
          stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
          execArgv: [...process.execArgv.filter((flag) => !flag.startsWith('--max-')), '--disable-warning=ExperimentalWarning', `--max-old-space-size=${heapMax}`],
          env: { ...process.env, ...compiledCode() },
        });
        let said = '';
        child.stderr?.on('data', (chunk: Buffer) => {
          said = `${said}${chunk.toString()}`.slice(-2_000);
        });
        const stop = (): void => void child.kill('SIGKILL');
        signal.addEventListener('abort', stop, { once: true });
        if (signal.aborted) stop();
        const send = (message: ToChild): void => {
          if (child.connected) child.send(message);
        };
        // Written by the child's own module, of this very build.
        child.on('message', (message: FromChild) => {
          switch (message.kind) {
            case 'ready':
              return send({ kind: 'order', landscape, ...placeOf(order), order });
            case 'ask':
              return void answer(log, message).then(send, (error: unknown) => send({ kind: 'answer', id: message.id, trouble: messageOf(error) }));
            case 'done':
              return resolve(message.outcome);
            case 'fault':
              return reject(new Fault(message.code, message.message, message.details));
          }
        });
        // Not once: whatever is sent to a process that has just ended fails by itself, and an error that nobody hears ends the hub.
        child.on('error', (error) => reject(new Fault('PROCESS_ENDED', `The backtest could not be started: ${error.message}`, {}, error)));
        child.once('exit', (code, by) => {
          signal.removeEventListener('abort', stop);
          // Without effect where it has told its outcome.
          reject(
            signal.aborted && signal.reason instanceof Fault ? signal.reason : new Fault('PROCESS_ENDED', `The backtest ended (${by ?? code}) before it was done. ${said.trim()}`),
          );
        });
      }),
  };
}

/** What the log says; each question in a turn of its own, so that nothing waits for all of them. */
async function answer(log: AnsweringLog, message: Extract<FromChild, { kind: 'ask' }>): Promise<ToChild> {
  const { id } = message;
  switch (message.what) {
    case 'runs':
      return { kind: 'answer', id, value: await log.runs({ limit: runsMax }) };
    case 'run':
      return { kind: 'answer', id, value: await log.run(message.run) };
    case 'steps':
      return { kind: 'answer', id, value: await log.steps(message.run) };
  }
}
