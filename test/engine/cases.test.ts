// One case per cause: counted, bounded, exact across a kill; passed on to the next owner where nobody acts.
import { defineException, defineFlow, defineOwner } from 'lineshaft';
import { expect, test } from 'vitest';
import type { ExceptionRecord } from '../../src/store/store.ts';
import { factsOf, recentMax } from '../../src/engine/exceptions/case-facts.ts';
import { escalationsOf } from '../../src/engine/exceptions/escalation.ts';
import { killAt, playAll } from './kill-at.ts';
import { begun, otherSide, owner, rig } from './rig.ts';

const head = defineOwner({ name: 'head', title: 'Plant management', mail: 'head@example.invalid', side: 'ot' });
const shift = defineOwner({ name: 'shift', title: 'Shift lead', mail: 'shift@example.invalid', side: 'ot', escalatesTo: head, resolveWithin: '2h' });
const line = defineOwner({ name: 'line', title: 'Line', mail: 'line@example.invalid', side: 'ot', escalatesTo: shift, acknowledgeWithin: '15m', resolveWithin: '1h' });

const alarm = defineException<{ readonly code: string; readonly text: string }>({
  name: 'alarm',
  title: 'Alarm',
  owner: line,
  class: 'machine-event',
  severity: 'high',
  due: '30m',
  summary: ({ code, text }) => `Alarm ${code}: ${text}`,
  cause: ({ code }) => code,
  impact: ({ text }) => [{ order: text.slice(0, 4), quantity: { amount: '10', unit: 'PCE' }, value: { amount: '2.50', unit: 'EUR' } }],
  reopenWithin: '10m',
});

function alarms() {
  return defineFlow({
    name: 'alarms',
    title: 'Alarms',
    owner,
    on: begun,
    key: (event) => `${event.order} ${event.note}`,
    whenRunning: 'queue',
    async run(flow, { order, note }) {
      await flow.raise(alarm, { evidence: { code: note, text: `${order} stands` } });
    },
  });
}

async function stageOf() {
  const world = otherSide();
  const stage = await rig(world, [head, shift, line, alarm, alarms()]);
  const cases = async (): Promise<readonly ExceptionRecord[]> => stage.store.exceptions({ limit: 100 });
  const only = async (): Promise<ExceptionRecord> => {
    const [first, ...others] = await cases();
    expect(others).toEqual([]);
    if (!first) throw new Error('there is no case');
    return first;
  };
  return { ...stage, cases, only };
}

const act = (record: ExceptionRecord, action: 'acknowledge' | 'resolve' | 'escalate') => ({ id: record.id, version: record.version, by: 'maria', note: 'looked', action });

test('a thousand occurrences of one cause are one case with a count, one notice per owner, and a handful of records', async () => {
  const stage = await stageOf();
  let sets = 0;
  const { commit } = stage.store;
  stage.store.commit = async (changes) => {
    sets += changes.filter(({ change }) => change === 'exception.set').length;
    return commit(changes);
  };
  for (let at = 0; at < 1_000; at += 1) await stage.engine().intake.accept([eventOf(`PO-${at % 4}`, `a-${at}`, 'E7')], 'edge');
  await stage.settle();
  await stage.clock.advance(1_000);
  const facts = factsOf(await stage.only());
  expect(facts).toMatchObject({ count: 1_000, lastMs: expect.any(Number) });
  expect(facts.recent).toHaveLength(recentMax);
  expect(facts.recent.at(-1)?.evidence).toEqual({ code: 'E7', text: 'PO-3 stands' });
  expect(facts.impact.orders.map(({ order }) => order).toSorted()).toEqual(['PO-0', 'PO-1', 'PO-2', 'PO-3']);
  expect(stage.mails).toHaveLength(1);
  expect(sets).toBeLessThanOrEqual(3);
  expect(stage.bugs).toEqual([]);
});

test('another cause is another case', async () => {
  const stage = await stageOf();
  for (const [id, note] of [
    ['1', 'E7'],
    ['2', 'E8'],
    ['3', 'E7'],
  ] as const)
    await stage.send(begun, 'PO-1', id, note);
  await stage.clock.advance(1_000);
  expect((await stage.cases()).map((record) => factsOf(record).count)).toEqual([1, 2]);
});

test('the count is exact when the process is killed before its record was written', async () => {
  const stage = await stageOf();
  for (let at = 0; at < 20; at += 1) await stage.send(begun, 'PO-1', `a-${at}`, 'E7');
  expect(factsOf(await stage.only()).count).toBe(1);
  await stage.killAndRestart();
  await stage.clock.advance(1_000);
  expect(factsOf(await stage.only()).count).toBe(20);
  await stage.send(begun, 'PO-1', 'later', 'E7');
  await stage.clock.advance(1_000);
  expect(factsOf(await stage.only()).count).toBe(21);
});

test('who saw the case before it was counted further can act on it; who saw it before somebody else acted cannot', async () => {
  const stage = await stageOf();
  await stage.send(begun, 'PO-1', '1', 'E7');
  const seen = await stage.only();
  await stage.send(begun, 'PO-1', '2', 'E7');
  await stage.clock.advance(1_000);
  expect((await stage.only()).version).toBeGreaterThan(seen.version);
  await stage.engine().desk.act(act(seen, 'acknowledge'));
  await expect(stage.engine().desk.act(act(seen, 'resolve'))).rejects.toMatchObject({ code: 'CONFLICT' });
  await stage.engine().desk.act(act(await stage.only(), 'resolve'));
});

test('a cause that strikes again soon after its case was resolved opens that case again, later a new one', async () => {
  const stage = await stageOf();
  await stage.send(begun, 'PO-1', '1', 'E7');
  await stage.engine().desk.act(act(await stage.only(), 'resolve'));
  await stage.clock.advance(9 * 60_000);
  await stage.killAndRestart();
  await stage.send(begun, 'PO-1', '2', 'E7');
  await stage.clock.advance(1_000);
  expect(await stage.only()).toMatchObject({ status: 'open' });
  expect(factsOf(await stage.only()).count).toBe(2);
  expect(stage.mails).toHaveLength(2);
  await stage.engine().desk.act(act(await stage.only(), 'resolve'));
  await stage.clock.advance(11 * 60_000);
  await stage.send(begun, 'PO-1', '3', 'E7');
  await stage.clock.advance(1_000);
  expect((await stage.cases()).map((record) => [record.status, factsOf(record).count])).toEqual([
    ['open', 1],
    ['resolved', 2],
  ]);
});

test('a case that nobody acknowledges goes up the chain at its times, also where the process dies in between', async () => {
  const stage = await stageOf();
  await stage.send(begun, 'PO-1', '1', 'E7');
  await stage.clock.advance(14 * 60_000);
  await stage.killAndRestart();
  expect((await stage.only()).owners).toEqual(['line']);
  await stage.clock.advance(60_000);
  expect((await stage.only()).owners).toEqual(['line', 'shift']);
  stage.kill();
  // Away over the second deadline: passed on as soon as it is back.
  await stage.clock.advance(3 * 3_600_000);
  await stage.restart();
  await stage.settle();
  await stage.clock.advance(1);
  const record = await stage.only();
  expect(record.owners).toEqual(['line', 'shift', 'head']);
  expect(escalationsOf(record).map(({ from, to }) => [from, to])).toEqual([
    ['line', 'shift'],
    ['shift', 'head'],
  ]);
  expect(stage.mails.map(({ to }) => to)).toEqual(['line@example.invalid', 'shift@example.invalid', 'head@example.invalid']);
  await stage.clock.advance(24 * 3_600_000);
  expect(stage.mails).toHaveLength(3);
});

test('who acknowledges stops the first clock and not the second; who resolves stops both', async () => {
  const stage = await stageOf();
  await stage.send(begun, 'PO-1', '1', 'E7');
  await stage.send(begun, 'PO-1', '2', 'E8');
  const [second, first] = await stage.cases();
  if (!first || !second) throw new Error('there are two cases');
  await stage.engine().desk.act(act(first, 'acknowledge'));
  await stage.engine().desk.act(act(second, 'resolve'));
  await stage.clock.advance(59 * 60_000);
  expect((await stage.cases()).map(({ owners }) => owners)).toEqual([['line'], ['line']]);
  await stage.clock.advance(2 * 60_000);
  expect((await stage.cases()).map(({ owners }) => owners)).toEqual([['line'], ['line', 'shift']]);
});

test('a person passes a case on at once, and not beyond the last owner', async () => {
  const stage = await stageOf();
  await stage.send(begun, 'PO-1', '1', 'E7');
  await stage.engine().desk.act(act(await stage.only(), 'escalate'));
  await stage.engine().desk.act(act(await stage.only(), 'escalate'));
  expect((await stage.only()).owners).toEqual(['line', 'shift', 'head']);
  await expect(stage.engine().desk.act(act(await stage.only(), 'escalate'))).rejects.toMatchObject({ code: 'CONFLICT' });
  expect((await stage.store.audit({ limit: 10 })).map(({ action, actor }) => [action, actor])).toEqual([
    ['exception.escalated', 'maria'],
    ['exception.escalated', 'maria'],
  ]);
});

test('killed at any commit, every alarm is counted once, each owner is told, and what fell due goes up the chain', async () => {
  const plays = await playAll(async (kill) => {
    const stage = await stageOf();
    const { insist, hit } = killAt(stage, kill);
    for (let at = 0; at < 5; at += 1) await insist(() => stage.send(begun, 'PO-1', `a-${at}`, 'E7'));
    await stage.clock.advance(1_000);
    if (hit()) await stage.restart();
    await stage.clock.advance(20 * 60_000);
    if (hit()) await stage.restart();
    await stage.clock.advance(20 * 60_000);
    const record = await stage.only();
    expect([kill, factsOf(record).count, record.owners]).toEqual([kill, 5, ['line', 'shift']]);
    expect([...new Set(stage.mails.map(({ to }) => to))]).toEqual(['line@example.invalid', 'shift@example.invalid']);
    expect(stage.bugs).toEqual([]);
    return hit();
  });
  expect(plays).toBeGreaterThan(12);
});

function eventOf(order: string, id: string, note: string) {
  return { specversion: '1.0', id, source: '/edge', type: 'order.begun.v1', data: { order, note } };
}
