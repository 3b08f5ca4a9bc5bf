import type { SuiteKit } from '../kernel/suite-kit.ts';
import { exceptionOpen, exceptionRecord, noticePut, startMs } from './store-samples.ts';
import type { Change } from './store.ts';
import type { WithStore } from './store-subject.ts';

/** Exceptions with their versions, and the notices about them. */
export function caseTests(kit: SuiteKit, withStore: WithStore): void {
  exceptionTests(kit, withStore);
  noticeTests(kit, withStore);
  releaseTests(kit, withStore);
}

function exceptionTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  const ids = (exceptions: readonly { readonly id: string }[]): readonly string[] => exceptions.map(({ id }) => id);

  test(
    'an exception is opened once and keeps all that it came with',
    withStore(async (store) => {
      const given = exceptionRecord('x1', { run: 'r1', step: 's1', owners: ['planning', 'packaging'], actions: [], keys: { order: 'PO-1', line: 'L1' } });
      expect(await store.commit([{ change: 'exception.open', ...given }, exceptionOpen('x1', { summary: 'other', keys: { batch: 'B-1' } })])).toEqual([
        { taken: true },
        { taken: false },
      ]);
      expect(await store.commit([exceptionOpen('x1', { summary: 'other' })])).toEqual([{ taken: false }]);
      expect(await store.exception('x1')).toEqual(given);
      expect(await store.exception('x2')).toBe(undefined);
      expect((await store.byKey('B-1', 10)).exceptions).toEqual([]);
    }),
  );

  test(
    'of two who change one version, the first is taken and the second is not',
    withStore(async (store) => {
      await store.commit([exceptionOpen('x1')]);
      const first = exceptionRecord('x1', { version: 2, status: 'acknowledged', changedMs: startMs + 1 });
      const second = exceptionRecord('x1', { version: 2, status: 'resolved', keys: { batch: 'B-1' } });
      expect(
        await store.commit([
          { change: 'exception.set', record: first },
          { change: 'exception.set', record: second },
        ]),
      ).toEqual([{ taken: true }, { taken: false }]);
      for (const version of [1, 2, 4, 5]) expect(await store.commit([{ change: 'exception.set', record: { ...second, version } }])).toEqual([{ taken: false }]);
      expect(await store.commit([{ change: 'exception.set', record: exceptionRecord('nobody', { version: 1 }) }])).toEqual([{ taken: false }]);
      expect(await store.exception('x1')).toEqual(first);
      expect((await store.byKey('B-1', 10)).exceptions).toEqual([]);
      expect(await store.commit([{ change: 'exception.set', record: { ...second, version: 3 } }])).toEqual([{ taken: true }]);
      expect(await store.exception('x1')).toEqual({ ...second, version: 3 });
    }),
  );

  test(
    'an exception is found by the keys that it has now',
    withStore(async (store) => {
      await store.commit([exceptionOpen('x1', { keys: { order: 'PO-1', item: 'I' } })]);
      await store.commit([{ change: 'exception.set', record: exceptionRecord('x1', { version: 2, keys: { order: 'PO-2', item: 'I' } }) }]);
      const found = async (key: string): Promise<readonly string[]> => ids((await store.byKey(key, 10)).exceptions);
      expect([await found('PO-1'), await found('PO-2'), await found('I')]).toEqual([[], ['x1'], ['x1']]);
      expect(ids(await store.exceptions({ key: 'PO-1', limit: 10 }))).toEqual([]);
      expect(ids(await store.exceptions({ key: 'PO-2', limit: 10 }))).toEqual(['x1']);
    }),
  );

  test(
    'exceptions are listed newest first by status, owner, key and type',
    withStore(async (store) => {
      await store.commit([
        exceptionOpen('x1'),
        exceptionOpen('x2', { owners: ['planning', 'it'], status: 'acknowledged' }),
        exceptionOpen('x3', { owners: ['it'], keys: { line: 'L1' } }),
        exceptionOpen('x4', { type: 'line-bottleneck', status: 'resolved', keys: { line: 'L1', asset: 'L1' } }),
      ]);
      const list = async (filter: Partial<Parameters<typeof store.exceptions>[0]>): Promise<readonly string[]> => ids(await store.exceptions({ limit: 10, ...filter }));
      expect(await list({})).toEqual(['x4', 'x3', 'x2', 'x1']);
      expect(await list({ limit: 2 })).toEqual(['x4', 'x3']);
      expect(await list({ status: 'open' })).toEqual(['x3', 'x1']);
      expect(await list({ status: 'acknowledged' })).toEqual(['x2']);
      expect(await list({ status: 'resolved' })).toEqual(['x4']);
      expect(await list({ status: 'unresolved' })).toEqual(['x3', 'x2', 'x1']);
      expect(await list({ owner: 'it' })).toEqual(['x3', 'x2']);
      expect(await list({ owner: 'i' })).toEqual([]);
      expect(await list({ key: 'L1' })).toEqual(['x4', 'x3']);
      expect(await list({ type: 'line-bottleneck' })).toEqual(['x4']);
      expect(await list({ status: 'unresolved', owner: 'it', key: 'L1', type: 'order-not-revisable' })).toEqual(['x3']);
      expect((await store.counts()).openExceptions).toBe(3);
    }),
  );
}

function releaseTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  test(
    'a release is kept as it was first given until it is dropped',
    withStore(async (store) => {
      const release = (name: string, keptMs: number): Change => ({ change: 'release.keep', release: name, keptMs, body: `{"of":"${name} ${keptMs}"}` });
      await store.commit([release('r1', startMs), release('r2', startMs + 5), release('r1', startMs + 9)]);
      await store.commit([release('r2', startMs + 20), { change: 'release.drop', release: 'nothing' }]);
      expect(await store.release('r1')).toEqual({ release: 'r1', keptMs: startMs, body: `{"of":"r1 ${startMs}"}` });
      expect(await store.releases()).toEqual([
        { release: 'r2', keptMs: startMs + 5 },
        { release: 'r1', keptMs: startMs },
      ]);
      await store.commit([{ change: 'release.drop', release: 'r2' }, { change: 'release.drop', release: 'r1' }, release('r1', startMs + 30)]);
      await store.commit([release('r3', startMs), { change: 'release.drop', release: 'r3' }]);
      expect(await store.releases()).toEqual([{ release: 'r1', keptMs: startMs + 30 }]);
      expect(await store.release('r2')).toBe(undefined);
    }),
  );
}

function noticeTests({ test, expect }: SuiteKit, withStore: WithStore): void {
  test(
    'a notice is open until it is done or expired, listed oldest first with its last state',
    withStore(async (store) => {
      await store.commit([noticePut('n1'), noticePut('n2', { channel: 'webhook', to: 'https://chat.example' }), noticePut('n3', { status: 'expired' })]);
      await store.commit([noticePut('n1', { attempts: 2, changedMs: startMs + 3 })]);
      const { change: _change, ...first } = noticePut('n1', { attempts: 2, changedMs: startMs + 3 });
      const { change: _other, ...second } = noticePut('n2', { channel: 'webhook', to: 'https://chat.example' });
      expect(await store.openNotices()).toEqual([first, second]);
      await store.commit([noticePut('n1', { status: 'done' }), noticePut('n2', { status: 'expired' })]);
      expect(await store.openNotices()).toEqual([]);
    }),
  );
}
