import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { memoryStore } from '../../store/memory/memory-store.ts';
import { backtestDesk } from './backtest-desk.ts';
import type { BacktestOrder } from './backtest-order.ts';

const order: BacktestOrder = { kind: 'rule', name: 'r', edge: 'edge-1', fromMs: undefined, toMs: undefined, limits: {}, labels: undefined, samplesMax: 1 };

function desk() {
  const clock = virtualClock(1_000_000);
  const store = memoryStore();
  let made = 0;
  const works = {
    recordings: async () => ['edge-1'],
    /** Never ends by itself. */
    run: async (_order: BacktestOrder, _log: unknown, signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  };
  const parts = { works, log: store, pipeline: store, clock, ids: { uuid: () => `b-${++made}` }, timeMaxMs: 60_000, keptMax: 2 };
  return { clock, desk: backtestDesk(parts) };
}

test('a backtest that takes too long is ended, says what to do instead, and leaves room for the next', async () => {
  const { clock, desk: bench } = desk();
  const { id } = await bench.start({ order, tried: {}, by: 'a' });
  await clock.advance(59_000);
  expect(bench.ticket(id).status).toBe('running');
  await clock.advance(2_000);
  expect(bench.ticket(id)).toMatchObject({ status: 'failed', fault: { code: 'TOO_LARGE', message: expect.stringContaining('lineshaft rules backtest') } });
  expect((await bench.start({ order, tried: {}, by: 'b' })).status).toBe('running');
  await bench.close();
});

test('only the newest are kept; one that is over is not ended again', async () => {
  const { desk: bench } = desk();
  for (const by of ['a', 'b', 'c']) await bench.cancel((await bench.start({ order, tried: {}, by })).id, by);
  expect(() => bench.ticket('b-1')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  expect(bench.newestOf('rule', 'r')?.id).toBe('b-3');
  expect((await bench.cancel('b-2', 'd')).fault?.message).toContain('ended by b');
});

test('of two that are asked for at once, the second is refused by name, also before the first is in the audit', async () => {
  const { desk: bench } = desk();
  const [first, second] = await Promise.allSettled([bench.start({ order, tried: {}, by: 'a' }), bench.start({ order, tried: {}, by: 'b' })]);
  expect(first.status).toBe('fulfilled');
  expect(second).toMatchObject({ reason: { code: 'CONFLICT', message: expect.stringContaining('for a') } });
  await bench.close();
});
