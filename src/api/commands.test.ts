import { expect, test } from 'vitest';
import { commandDesk } from '../engine/commands/command-desk.ts';
import { edgeRegister } from '../engine/edges/edge-register.ts';
import { memoryStore } from '../store/memory/memory-store.ts';
import type { Principal } from '../engine/policy/key-ring.ts';
import { virtualClock } from '../kernel/virtual-clock.ts';
import { commandRoutes } from './commands.ts';
import type { RawCall } from './route.ts';

const desk = commandDesk({ clock: virtualClock(), prefix: 'hub' });
const store = memoryStore();
const register = edgeRegister({ store, pipeline: store, told: { heard: async () => undefined }, clock: virtualClock(), isShared: false, log: () => undefined });
const [taking, answering] = commandRoutes(desk, virtualClock(), register);

function call(name: string, body: object): RawCall {
  const principal: Principal = { name, role: 'edge', system: undefined };
  return { principal, params: {}, query: {}, headers: { 'content-type': 'application/json' }, raw: Buffer.from(JSON.stringify(body)), from: '127.0.0.1', session: undefined };
}

test('an edge with a key or certificate of its own takes no other edge’s commands, and answers for no other', async () => {
  const take = { edge: 'bremen', boot: 'b', waitMs: 0 };
  const answer = { edge: 'bremen', ticket: 't', reply: { kind: 'absent', reason: '' } };
  for (const name of ['edge', 'bremen']) {
    expect(await taking?.serve(call(name, take))).toHaveProperty('stream');
    expect(await answering?.serve(call(name, answer))).toMatchObject({ status: 200 });
  }
  await expect(taking?.serve(call('genoa', take))).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  await expect(answering?.serve(call('genoa', answer))).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
});

test('an answer in another shape than a reply is refused', async () => {
  for (const reply of [{ kind: 'done', done: { value: 1 } }, { kind: 'refused', refusal: { code: 'NO' } }, { kind: 'fine' }])
    await expect(answering?.serve(call('edge', { edge: 'bremen', ticket: 't', reply }))).rejects.toMatchObject({ code: 'INPUT_INVALID' });
});

test('only edges take commands', () => {
  expect([taking?.right, answering?.right]).toEqual(['take-commands', 'take-commands']);
  expect(commandRoutes(undefined, virtualClock(), register)).toEqual([]);
});
