// The thread in which dry runs are played: the landscape once more, and nothing of the hub but answers to questions.
import { parentPort, workerData } from 'node:worker_threads';
import { loadLandscape } from '../../engine/releases/load.ts';
import { rehearse } from '../../engine/replay/rehearsal.ts';
import { oversight } from '../../engine/watch/oversight.ts';
import { noWatch } from '../../engine/watch/watch.ts';
import { assert } from '../../kernel/assert.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Result } from '../../model/capability.ts';
import type { Flow } from '../../model/flow.ts';
import type { EventRecord } from '../../store/store.ts';
import { useBuiltSelf } from '../built-processes.ts';
import type { FromThread, RehearsalThreadData, ToThread } from './rehearsal-message.ts';

useBuiltSelf();
// `rehearsal-thread.ts` is the only one that starts this file.
const { folder, limits, beats, beatMs } = workerData as RehearsalThreadData;
const port = parentPort;
assert(port !== null, 'dry runs are played in a thread');
const say = (message: FromThread): void => port.postMessage(message);
const waiting = new Map<number, { readonly resolve: (value: unknown) => void; readonly reject: (reason: Error) => void }>();
let calls = 0;

function ask(question: (call: number) => FromThread): Promise<unknown> {
  const call = (calls += 1);
  return new Promise((resolve, reject) => {
    waiting.set(call, { resolve, reject });
    say(question(call));
  });
}

setInterval(() => Atomics.add(beats, 0, 1), beatMs);
const landscape = await loadLandscape(folder);
const over = oversight(noWatch);
const parts = {
  landscape,
  limits,
  oversight: over,
  nextTurn: setImmediate,
  // The main thread answers what it was asked for.
  store: { eventsMatching: async (filter: Extract<FromThread, { is: 'events' }>['filter']) => (await ask((call) => ({ is: 'events', call, filter }))) as readonly EventRecord[] },
};

function flowCalled(name: string): Flow {
  const flow = landscape.of('flow').get(name);
  assert(flow !== undefined, `the release has the flow ${name}`);
  return flow;
}

async function done(order: Extract<ToThread, { do: 'key' | 'rehearse' }>): Promise<FromThread> {
  // The event was checked by the contract that the flow is declared on.
  if (order.do === 'key') return { is: 'key', key: flowCalled(order.flow).key(JSON.parse(order.event.data) as never) };
  const { piece, nowMs, mayAsk } = order;
  const flow = flowCalled(piece.flow);
  // The main thread answers what it was asked for.
  const query = async (name: string, input: unknown) => (await ask((call) => ({ is: 'query', call, capability: name, input }))) as Result<unknown, unknown>;
  const subject = { kind: 'replay', key: piece.run, of: flow } as const;
  const played = await rehearse({ ...parts, nowMs, ask: mayAsk ? ({ name }, input) => query(name, input) : undefined }, { ...piece, flow, subject });
  return { is: 'played', played };
}

port.on('message', (order: ToThread) => {
  if (order.do === 'answer' || order.do === 'refuse') {
    const call = waiting.get(order.call);
    waiting.delete(order.call);
    if (order.do === 'answer') call?.resolve(order.value);
    else call?.reject(new Error(order.message));
    return;
  }
  done(order).then(say, (error: unknown) => say({ is: 'threw', message: messageOf(error) }));
});
say({ is: 'ready', release: landscape.release });
