import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { memoryStore } from '../../store/memory/memory-store.ts';
import type { EdgeLife } from '../edge/edge-life.ts';
import { edgeRegister } from './edge-register.ts';

const hourMs = 3_600_000;
const life = (identity: string, starts = 1, boot = `${identity}-${starts}`, before?: string): EdgeLife => ({ identity, starts, boot, ...(before !== undefined && { before }) });
const taken = { code: 'EDGE_NAME_TAKEN' };

function rig() {
  const clock = virtualClock(1_700_000_000_000);
  const store = memoryStore();
  const cases = new Set<string>();
  const told = {
    heard: async (_edge: string, { notices = [] }: { readonly notices?: readonly { readonly id: string }[] }) => {
      for (const { id } of notices) cases.add(id);
    },
  };
  const open = (isShared = false) => edgeRegister({ store, pipeline: store, told, clock, isShared, log: () => undefined });
  return { clock, store, cases, open, register: open() };
}

test('a name is that of the first that came, also in the next process of the hub; another store is refused with one case, however often it comes', async () => {
  const { register, open, cases, clock } = rig();
  expect(await register.admit('edge-1', life('first-edge'))).toMatchObject({ identity: 'first-edge', sinceMs: 0 });
  for (let times = 0; times < 5; times++) await expect(register.admit('edge-1', life('second-edge'))).rejects.toMatchObject(taken);
  await expect(register.admit('edge-1', life('second-edge', 2))).rejects.toThrow(
    /that of the edge first-edge, heard \S+ ago, and second-edge .*lineshaft edge accept --name edge-1 --identity second-edge/,
  );
  expect(cases.size).toBe(1);
  const next = open();
  await expect(next.admit('edge-1', life('second-edge'))).rejects.toMatchObject(taken);
  await clock.advance(5 * 60_000);
  expect(await next.admit('edge-1', life('first-edge', 2))).toMatchObject({ identity: 'first-edge', sinceMs: 0 });
  expect(await next.admit('edge-2', life('second-edge'))).toMatchObject({ identity: 'second-edge' });
  await expect(next.admit('edge-1', undefined)).rejects.toMatchObject(taken);
});

test('all names that somebody wants in vain are listed, until one is accepted', async () => {
  const { register } = rig();
  for (const edge of ['edge-2', 'edge-1', 'edge-3']) await register.admit(edge, life('first-edge'));
  expect(await register.contested()).toEqual([]);
  for (const edge of ['edge-2', 'edge-1']) await expect(register.admit(edge, life('second-edge', 2))).rejects.toMatchObject(taken);
  expect(await register.contested()).toMatchObject([
    { edge: 'edge-1', holder: { identity: 'first-edge' }, rivals: [{ identity: 'second-edge', starts: 2 }] },
    { edge: 'edge-2', rivals: [{ identity: 'second-edge' }] },
  ]);
  await register.accept('edge-1', { identity: 'second-e', by: 'maria', note: 'new gateway' });
  expect((await register.contested()).map(({ edge }) => edge)).toEqual(['edge-2']);
});

test('who is refused is known after a restart, too, and is accepted there; who was accepted is forgotten for good', async () => {
  const { register, open } = rig();
  await register.admit('edge-1', life('first-edge'));
  await expect(register.admit('edge-1', life('second-edge', 2))).rejects.toMatchObject(taken);
  const next = open();
  expect(await next.contested()).toMatchObject([{ edge: 'edge-1', holder: { identity: 'first-edge' }, rivals: [{ identity: 'second-edge', starts: 2 }] }]);
  expect(await next.accept('edge-1', { identity: 'second', by: 'anna', note: 'new gateway' })).toMatchObject({ holder: { identity: 'second-edge' }, rivals: [] });
  await expect(next.admit('edge-1', life('first-edge'))).rejects.toMatchObject(taken);
  await next.accept('edge-1', { identity: 'first', by: 'anna', note: 'the old one again' });
  expect(await open().contested()).toEqual([]);
});

test('hubs of one log tell of whom another one refuses, until one of them accepts it', async () => {
  const { open, clock } = rig();
  const [north, south] = [open(true), open(true)];
  await north.admit('edge-1', life('first-edge'));
  expect(await south.contested()).toEqual([]);
  await expect(north.admit('edge-1', life('second-edge'))).rejects.toMatchObject(taken);
  await clock.advance(5_000);
  expect(await south.contested()).toMatchObject([{ edge: 'edge-1', rivals: [{ identity: 'second-edge' }] }]);
  await clock.advance(1_000);
  await south.accept('edge-1', { identity: 'second-edge', by: 'anna', note: 'new gateway' });
  await clock.advance(5_000);
  expect(await north.contested()).toEqual([]);
});

test('who has not tried for a day is forgotten, and who goes on trying is written some times a day', async () => {
  const { register, open, clock, store } = rig();
  await register.admit('edge-1', life('first-edge'));
  await expect(register.admit('edge-1', life('gone-edge'))).rejects.toMatchObject(taken);
  for (let minute = 0; minute < 24 * 60; minute++) {
    await expect(register.admit('edge-1', life('second-edge'))).rejects.toMatchObject(taken);
    await register.admit('edge-1', life('first-edge'));
    await clock.advance(60_000);
  }
  for (const hub of [register, open()]) expect((await hub.contested()).map(({ rivals }) => rivals.map(({ identity }) => identity))).toEqual([['second-edge']]);
  expect((await store.audit({ subject: 'refused edges', limit: 100 })).length).toBeLessThan(27);
  await clock.advance(24 * hourMs);
  for (const hub of [register, open()]) expect(await hub.contested()).toEqual([]);
});

test('a flood of stores that want a name writes little, and the newest of them are told', async () => {
  const { register, store } = rig();
  await register.admit('edge-1', life('first-edge'));
  for (let number = 0; number < 1_000; number++) await expect(register.admit('edge-1', life(`store-${number}`))).rejects.toMatchObject(taken);
  const [told] = await register.contested();
  expect(told?.rivals.map(({ identity }) => identity)).toEqual(Array.from({ length: 20 }, (_, index) => `store-${980 + index}`));
  expect(await store.audit({ subject: 'refused edges', limit: 1_000 })).toHaveLength(200);
});

test('a store takes a name over when the one before has been silent for the declared time, and then does not know what was done before', async () => {
  const { register, clock } = rig();
  const first = await register.admit('edge-1', life('first-edge'));
  await clock.advance(hourMs - 1);
  await expect(register.admit('edge-1', life('second-edge'))).rejects.toMatchObject(taken);
  await register.admit('edge-1', life('first-edge'));
  await clock.advance(hourMs);
  expect(await register.admit('edge-1', life('second-edge'))).toMatchObject({ identity: 'second-edge', sinceMs: clock.now() });
  expect(first.holds()).toBe(false);
  await expect(register.admit('edge-1', life('first-edge'))).rejects.toMatchObject(taken);
});

test('a store that was moved waits a minute for the place that it was moved from', async () => {
  const { register, clock } = rig();
  await register.admit('edge-1', life('first-edge'));
  const moved = life('moved-edge', 2, 'b', 'first-edge');
  await expect(register.admit('edge-1', moved)).rejects.toMatchObject(taken);
  await clock.advance(60_000);
  expect(await register.admit('edge-1', moved)).toMatchObject({ identity: 'moved-edge', sinceMs: clock.now() });
});

test('a process that was started later takes over from the one before on its store; that one, or a copy that is behind, is refused', async () => {
  const { register, clock, cases } = rig();
  await register.admit('edge-1', life('first-edge', 5));
  const restarted = await register.admit('edge-1', life('first-edge', 6));
  expect(restarted).toMatchObject({ sinceMs: 0 });
  for (const one of [life('first-edge', 5), life('first-edge', 6, 'copy')])
    await expect(register.admit('edge-1', one)).rejects.toThrow(/a copy of the same store, or an earlier process/);
  expect(cases.size).toBe(2);
  expect(restarted.holds()).toBe(true);
  await clock.advance(60_000);
  expect(await register.admit('edge-1', life('first-edge', 6, 'copy'))).toMatchObject({ sinceMs: clock.now() });
});

test('an operator gives the name to one that was refused: it is audited with who and why, and the one before is refused from then on', async () => {
  const { register, store } = rig();
  const first = await register.admit('edge-1', life('first-edge'));
  await expect(register.accept('edge-1', { identity: 'second-e', by: 'anna', note: 'new gateway' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(register.admit('edge-1', life('second-edge'))).rejects.toMatchObject(taken);
  expect(await register.accept('edge-1', { identity: 'second-e', by: 'anna', note: 'new gateway' })).toMatchObject({ holder: { identity: 'second-edge' }, rivals: [] });
  expect(first.holds()).toBe(false);
  expect((await register.admit('edge-1', life('second-edge'))).holds()).toBe(true);
  await expect(register.admit('edge-1', life('first-edge'))).rejects.toMatchObject(taken);
  const [newest] = await store.audit({ subject: 'edge edge-1', limit: 1 });
  expect(newest).toMatchObject({ actor: 'anna', action: 'edge.claimed' });
  expect(JSON.parse(newest?.details ?? '')).toMatchObject({ identity: 'second-edge', before: 'first-edge', note: 'new gateway' });
});

test('hubs of one log agree on whose a name is, and none of them gives it away for a silence that another may not hear', async () => {
  const { open, clock } = rig();
  const [north, south] = [open(true), open(true)];
  const came = await Promise.allSettled([north.admit('edge-1', life('first-edge')), south.admit('edge-1', life('second-edge'))]);
  await clock.advance(5_000);
  const winners = await Promise.allSettled(['first-edge', 'second-edge'].flatMap((one) => [north.admit('edge-1', life(one)), south.admit('edge-1', life(one))]));
  const held = winners.map(({ status }) => status === 'fulfilled');
  expect(held.slice(0, 2)).toEqual([held[0], held[0]]);
  expect(held.slice(2)).toEqual([!held[0], !held[0]]);
  expect(came.some(({ status }) => status === 'fulfilled')).toBe(true);
  await clock.advance(10 * hourMs);
  await expect(north.admit('edge-1', life(held[0] ? 'second-edge' : 'first-edge'))).rejects.toMatchObject(taken);
});

test('a claim is written again before the audit forgets it', async () => {
  const { register, store, clock } = rig();
  for (let day = 0; day < 30; day++) {
    await register.admit('edge-1', life('first-edge', day + 1));
    await clock.advance(24 * hourMs);
  }
  const claims = await store.audit({ subject: 'edge edge-1', limit: 100 });
  expect(claims.length).toBeGreaterThan(2);
  expect(claims.length).toBeLessThan(6);
  expect(clock.now() - (claims[0]?.atMs ?? 0)).toBeLessThan(10 * 24 * hourMs);
});

test('a claim that cannot be read yet, as for a moment where hubs share a log, counts all the same', async () => {
  const { clock, store, cases } = rig();
  let isBehind = true;
  const behind = { audit: async (filter: Parameters<typeof store.audit>[0]) => (isBehind ? [] : store.audit(filter)) };
  const told = { heard: async (_edge: string, { notices = [] }: { readonly notices?: readonly { readonly id: string }[] }) => notices.forEach(({ id }) => cases.add(id)) };
  const register = edgeRegister({ store: behind, pipeline: store, told, clock, isShared: true, log: () => undefined });
  expect(await register.admit('edge-1', life('first-edge'))).toMatchObject({ identity: 'first-edge' });
  expect(cases.size).toBe(0);
  await expect(register.admit('edge-1', life('second-edge'))).rejects.toMatchObject(taken);
  await register.accept('edge-1', { identity: 'second-edge', by: 'ann', note: 'new gateway' });
  expect(await register.admit('edge-1', life('second-edge'))).toMatchObject({ identity: 'second-edge' });
  isBehind = false;
  await clock.advance(5_000);
  expect(await register.admit('edge-1', life('second-edge'))).toMatchObject({ identity: 'second-edge' });
  await expect(register.admit('edge-1', life('first-edge'))).rejects.toMatchObject(taken);
});

test('who asks whose a name is takes no room of the edges, however many names are asked for', async () => {
  const { register } = rig();
  for (let number = 0; number <= 10_000; number++) await register.standing(`unknown-${number}`);
  expect(await register.admit('edge-1', life('first-edge'))).toMatchObject({ identity: 'first-edge' });
});
