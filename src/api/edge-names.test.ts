import { expect, test } from 'vitest';
import { edgeRegister } from '../engine/edges/edge-register.ts';
import { signatureBook } from '../engine/log/signature-book.ts';
import type { Principal } from '../engine/policy/key-ring.ts';
import { virtualClock } from '../kernel/virtual-clock.ts';
import { memoryStore } from '../store/memory/memory-store.ts';
import type { Change } from '../store/store.ts';
import { edgeNameRoutes } from './edge-names.ts';
import type { RawCall } from './route.ts';

const operator: Principal = { name: 'maria', role: 'operator', system: undefined };

function calling(identity: string): RawCall {
  const raw = Buffer.from(JSON.stringify({ identity, note: 'set up anew' }));
  return { principal: operator, params: { edge: 'bremen' }, query: {}, headers: { 'content-type': 'application/json' }, raw, from: '127.0.0.1', session: undefined };
}

test('who gets a name may sign in it by the same commit: there is no moment between', async () => {
  const store = memoryStore();
  const clock = virtualClock(1_700_000_000_000);
  const commits: (readonly Change[])[] = [];
  let isBroken = false;
  const pipeline: Pick<typeof store, 'commit'> = {
    async commit(changes) {
      if (isBroken) throw new Error('killed');
      commits.push(changes);
      return store.commit(changes);
    },
  };
  const register = edgeRegister({ store, pipeline, told: { heard: async () => undefined }, clock, isShared: false, log: () => undefined });
  const signatures = signatureBook({ store, pipeline, clock, policy: 'accepted', onRefused: async () => undefined, log: () => undefined });
  const life = (identity: string) => ({ identity, starts: 1, boot: identity });
  await register.admit('bremen', life('first-edge'));
  await expect(register.admit('bremen', life('second-edge'))).rejects.toMatchObject({ code: 'EDGE_NAME_TAKEN' });
  const [, accepting] = edgeNameRoutes(register, signatures);
  isBroken = true;
  await expect(accepting?.serve(calling('second-edge'))).rejects.toThrow('killed');
  isBroken = false;
  commits.length = 0;
  await expect(accepting?.serve(calling('nobody-here'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(commits).toEqual([]);
  expect(await accepting?.serve(calling('second-edge'))).toMatchObject({ status: 200 });
  expect(commits.map((changes) => changes.map((change) => (change.change === 'audit.add' ? change.action : change.change)))).toEqual([
    ['edge.claimed', 'edge.refused-no-more', 'edge-key.forgotten'],
  ]);
});
