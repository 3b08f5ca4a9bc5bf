// The process of one backtest: it is given its order, may ask for what the hub's log says, tells what came out, and ends.
import { constants, setPriority } from 'node:os';
import type { AnsweringLog } from '../../engine/backtest/backtest-order.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { useBuiltSelf } from '../built-processes.ts';
import { useBundledTypebox } from '../bundled-typebox.ts';
import type { FromChild, ToChild } from './backtest-words.ts';

useBundledTypebox();
useBuiltSelf();
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
// The hub has gone: nobody waits for this any more.
process.once('disconnect', () => process.exit());

const waiting = new Map<number, PromiseWithResolvers<unknown>>();
let asked = 0;

async function tell(message: FromChild): Promise<void> {
  await new Promise<void>((resolve, reject) => process.send?.(message, undefined, {}, (error) => (error ? reject(error) : resolve())));
}

async function ask(question: { readonly what: 'runs' } | { readonly what: 'run' | 'steps'; readonly run: string }): Promise<unknown> {
  const id = ++asked;
  const answer = Promise.withResolvers<unknown>();
  waiting.set(id, answer);
  await tell({ kind: 'ask', id, ...question });
  return answer.promise;
}

const log: AnsweringLog = {
  // The hub answers with what its own store gives for the same call; likewise below.
  runs: async () => (await ask({ what: 'runs' })) as Awaited<ReturnType<AnsweringLog['runs']>>,
  // As above.
  run: async (run) => (await ask({ what: 'run', run })) as Awaited<ReturnType<AnsweringLog['run']>>,
  // As above.
  steps: async (run) => (await ask({ what: 'steps', run })) as Awaited<ReturnType<AnsweringLog['steps']>>,
};

async function work(given: Extract<ToChild, { kind: 'order' }>): Promise<void> {
  try {
    const { runBacktest } = await import('./backtest-run.ts');
    await tell({ kind: 'done', outcome: await runBacktest(given, log) });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    await tell({ kind: 'fault', code: error.code, message: messageOf(error), details: error.details });
  }
  process.disconnect();
}

// Sent by the hub's own module, of this very build.
process.on('message', (message: ToChild) => {
  if (message.kind === 'order') return void work(message);
  const answer = waiting.get(message.id);
  waiting.delete(message.id);
  if (message.trouble === undefined) answer?.resolve(message.value);
  else answer?.reject(new Fault('STORE_UNAVAILABLE', message.trouble));
});
await tell({ kind: 'ready' });
