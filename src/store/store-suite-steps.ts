import type { SuiteKit } from '../kernel/suite-kit.ts';
import { runStart, startMs, stepAdd, stepSet } from './store-samples.ts';
import { endedStatuses, type StepRecord, type StepStatus } from './store.ts';
import type { WithStore } from './store-subject.ts';

/** Steps of runs; effects, their revisions and their order. */
export function stepTests(kit: SuiteKit, withStore: WithStore): void {
  recordingTests(kit, withStore);
  effectTests(kit, withStore);
  revisionTests(kit, withStore);
}

function recordingTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  test(
    'a step keeps all that it was asked with, and what became of it',
    withStore(async (store) => {
      const { change: _change, ...wait } = stepAdd('r1', 'wait:1', {
        kind: 'wait',
        mode: 'none',
        name: 'variance.cleared',
        issue: 2,
        dueMs: startMs + 60_000,
        system: undefined,
        entity: undefined,
        input: '{"within":"1m"}',
      });
      const { change: _other, ...effect } = stepAdd('r1', 'revise:1');
      await store.commit([runStart('r1'), { change: 'step.add', ...wait }, { change: 'step.add', ...effect }]);
      const [first, second] = await store.steps('r1');
      expect(first).toEqual({ ...effect, revision: 1, order: first?.order });
      expect(second).toEqual({ ...wait, revision: undefined, order: undefined });
      await store.commit([stepSet('r1', 'revise:1', 'refused', { done: 3, output: '{"refusal":"closed"}', endedMs: startMs + 9, attempts: 2, history: '[{"at":1}]' })]);
      expect((await store.steps('r1'))[0]).toEqual({
        ...first,
        status: 'refused',
        done: 3,
        output: '{"refusal":"closed"}',
        endedMs: startMs + 9,
        attempts: 2,
        history: '[{"at":1}]',
      });
      await store.commit([stepSet('r1', 'revise:1', 'open', { attempts: 3 })]);
      expect((await store.steps('r1'))[0]).toMatchObject({ status: 'open', done: undefined, output: undefined, endedMs: undefined, attempts: 3 });
    }),
  );

  test(
    'a step is added once, in later commits and within one, and a second time writes nothing',
    withStore(async (store) => {
      const [, first, again] = await store.commit([runStart('r1'), stepAdd('r1', 's1'), stepAdd('r1', 's1', { input: '{}', name: 'other' })]);
      expect([first?.taken, again]).toEqual([true, { taken: false }]);
      expect(await store.commit([stepAdd('r1', 's1', { entity: 'other' })])).toEqual([{ taken: false }]);
      expect(await store.steps('r1')).toMatchObject([{ input: '{"order":"PO-4711"}', name: 'production-order.revise', entity: 'PO-4711' }]);
      expect(await store.commit([stepAdd('r1', 's2')])).toMatchObject([{ taken: true, revision: 2 }]);
    }),
  );

  test(
    'the same step id in two runs is two steps, each run lists its own in the order of issue',
    withStore(async (store) => {
      await store.commit([
        runStart('r1'),
        runStart('r2'),
        stepAdd('r1', 'b', { issue: 2 }),
        stepAdd('r2', 'b', { issue: 5 }),
        stepAdd('r1', 'a', { issue: 3 }),
        stepAdd('r1', 'c', { issue: 1 }),
      ]);
      expect((await store.steps('r1')).map(({ id }) => id)).toEqual(['c', 'b', 'a']);
      expect((await store.steps('r2')).map(({ id, run }) => [id, run])).toEqual([['b', 'r2']]);
      expect(await store.steps('nobody')).toEqual([]);
    }),
  );

  test(
    'the marks of several runs tell what became of their steps, in the order of the runs and of issue',
    withStore(async (store) => {
      await store.commit([
        runStart('r1'),
        runStart('r2'),
        stepAdd('r1', 'late', { issue: 2, kind: 'wait', mode: 'none' }),
        stepAdd('r1', 'early', { issue: 1 }),
        stepAdd('r2', 'came', { kind: 'wait', mode: 'none' }),
        stepAdd('r2', 'judged', { kind: 'decide', mode: 'none', issue: 9, status: 'done', output: 'null' }),
        stepSet('r1', 'early', 'refused', { done: 1, output: '{"ok":false}', endedMs: startMs + 9, attempts: 2 }),
        stepSet('r1', 'late', 'done', { done: 2, output: 'null', endedMs: startMs + 10 }),
        stepSet('r2', 'came', 'done', { done: 1, output: '{"position":1,"data":{}}', endedMs: startMs + 11 }),
      ]);
      const [judged] = (await store.steps('r2')).filter(({ id }) => id === 'judged');
      const marks = await store.stepMarks(['r2', 'nobody', 'r1']);
      expect(marks.map(({ run, id, cameToNothing }) => [run, id, cameToNothing])).toEqual([
        ['r2', 'came', false],
        ['r2', 'judged', false],
        ['r1', 'early', false],
        ['r1', 'late', true],
      ]);
      expect(marks[2]).toEqual({
        run: 'r1',
        id: 'early',
        kind: 'effect',
        mode: 'call',
        name: 'production-order.revise',
        issue: 1,
        done: 1,
        status: 'refused',
        issuedMs: startMs,
        endedMs: startMs + 9,
        attempts: 2,
        cameToNothing: false,
      });
      expect(marks[1]).toMatchObject({ issuedMs: judged?.issuedMs, done: judged?.done });
      expect(await store.stepMarks([])).toEqual([]);
    }),
  );

  test(
    'the steps of several runs are given as each of them alone gives them, in the order of the runs',
    withStore(async (store) => {
      await store.commit([
        runStart('r1'),
        runStart('r2'),
        runStart('r3'),
        stepAdd('r1', 'late', { issue: 2 }),
        stepAdd('r2', 's', { entity: undefined, input: '{"a":"ü"}' }),
        stepAdd('r1', 'early', { issue: 1 }),
      ]);
      await store.commit([stepSet('r1', 'late', 'sent', { attempts: 1, history: '[{"atMs":1}]' })]);
      const one = async (run: string): Promise<readonly StepRecord[]> => store.steps(run);
      expect(await store.stepsOf(['r2', 'nobody', 'r3', 'r1'])).toEqual([...(await one('r2')), ...(await one('r1'))]);
      expect((await store.stepsOf(['r1'])).map(({ id }) => id)).toEqual(['early', 'late']);
      expect(await store.stepsOf([])).toEqual([]);
    }),
  );

  test(
    'decisions are listed newest first',
    withStore(async (store) => {
      const decide = (run: string, id: string) => stepAdd(run, id, { kind: 'decide', mode: 'none', name: 'shortage', system: undefined, entity: undefined, status: 'done' });
      await store.commit([runStart('r1'), runStart('r2'), decide('r1', 'd1'), stepAdd('r1', 's1'), decide('r2', 'd1'), decide('r1', 'd2')]);
      expect((await store.decisions(10)).map(({ run, id }) => `${run} ${id}`)).toEqual(['r1 d2', 'r2 d1', 'r1 d1']);
      expect((await store.decisions(1)).map(({ id }) => id)).toEqual(['d2']);
    }),
  );
}

function effectTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  test(
    'an effect is open until it has ended, and open again where it is taken up; in the order of intent',
    withStore(async (store) => {
      await store.commit([
        runStart('r1'),
        runStart('r2'),
        stepAdd('r2', 'first'),
        stepAdd('r1', 'second'),
        stepAdd('r1', 'asked', { kind: 'query' }),
        stepAdd('r1', 'ended', { status: 'cancelled' }),
      ]);
      const open = async (): Promise<readonly string[]> => (await store.openEffects()).map(({ id }) => id);
      expect(await open()).toEqual(['first', 'second']);
      for (const status of ['open', 'sent', 'unknown', 'parked', 'done', 'refused', 'cancelled', 'expired'] satisfies StepStatus[]) {
        const hasEnded = endedStatuses.includes(status);
        await store.commit([stepSet('r2', 'first', status)]);
        expect(await open()).toEqual(hasEnded ? ['second'] : ['first', 'second']);
        expect((await store.counts()).openEffects).toBe(hasEnded ? 1 : 2);
      }
      await store.commit([stepSet('r2', 'first', 'open')]);
      expect(await open()).toEqual(['first', 'second']);
    }),
  );

  test(
    'effects are listed newest first, up to the limit; other steps are not effects',
    withStore(async (store) => {
      await store.commit([
        runStart('r1'),
        stepAdd('r1', 'a', { system: 'erp', entity: 'PO-1' }),
        stepAdd('r1', 'b', { system: 'wms', entity: 'PO-1' }),
        stepAdd('r1', 'c', { system: 'erp', entity: 'PO-2', name: 'other' }),
        stepAdd('r1', 'd', { system: 'erp', entity: 'PO-1', kind: 'query' }),
        stepAdd('r1', 'e', { system: 'erp', entity: 'PO-1', name: 'another', status: 'done' }),
      ]);
      const found = async (limit: number): Promise<readonly string[]> => (await store.effects(limit)).map(({ id }) => id);
      expect(await found(10)).toEqual(['e', 'c', 'b', 'a']);
      expect(await found(2)).toEqual(['e', 'c']);
    }),
  );
}

function revisionTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  test(
    'an effect has the next revision of its capability and entity, within a commit and across commits',
    withStore(async (store) => {
      const revisions = (results: readonly { readonly revision?: number }[]): readonly (number | undefined)[] => results.map(({ revision }) => revision);
      const first = await store.commit([
        runStart('r1'),
        runStart('r2'),
        stepAdd('r1', 'a'),
        stepAdd('r2', 'a'),
        stepAdd('r1', 'b', { entity: 'PO-2' }),
        stepAdd('r1', 'c', { name: 'other' }),
        stepAdd('r1', 'q', { kind: 'query' }),
        stepAdd('r1', 'd', { system: 'mes' }),
      ]);
      expect(revisions(first.slice(2))).toEqual([1, 2, 1, 1, undefined, 3]);
      expect(revisions(await store.commit([stepAdd('r1', 'e'), stepAdd('r1', 'f', { entity: 'PO-2' }), stepAdd('r1', 'g', { kind: 'compensate' })]))).toEqual([4, 2, undefined]);
      expect((await store.steps('r2'))[0]?.revision).toBe(2);
    }),
  );

  test(
    'effects without an entity count among themselves',
    withStore(async (store) => {
      const [, first, second, other] = await store.commit([
        runStart('r1'),
        stepAdd('r1', 'a', { entity: undefined }),
        stepAdd('r1', 'b', { entity: undefined }),
        stepAdd('r1', 'c'),
      ]);
      expect([first?.revision, second?.revision, other?.revision]).toEqual([1, 2, 1]);
    }),
  );

  test(
    'the order of intents grows over all runs and commits',
    withStore(async (store) => {
      const orders: number[] = [];
      await store.commit([runStart('r1'), runStart('r2')]);
      for (const id of ['a', 'b', 'c']) {
        const results = await store.commit([stepAdd('r2', id), stepAdd('r1', `${id}:query`, { kind: 'query' }), stepAdd('r1', id)]);
        orders.push(...results.flatMap(({ order }) => order ?? []));
      }
      expect(orders.length).toBe(6);
      expect(orders).toEqual([...new Set(orders)].toSorted((a, b) => a - b));
      expect((await store.openEffects()).map(({ order }) => order)).toEqual(orders);
    }),
  );
}
