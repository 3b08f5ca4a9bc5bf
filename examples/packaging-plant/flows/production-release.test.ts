import { accepted, fake, playFlow, refused } from 'lineshaft/testing';
import { expect, test } from 'vitest';
import { releaseProductionOrder, unreleaseProductionOrder } from '../capabilities/production-order.ts';
import { dispatchWorkOrder } from '../capabilities/work-order.ts';
import { productionRelease } from './production-release.flow.ts';

const order = 'PO-2';
const state = { order, plannedEnd: '2026-11-02T18:30:00.000Z', quantity: 40_000, version: 2 };
const release = fake(releaseProductionOrder, () => accepted({ ...state, status: 'released' }));
const unrelease = fake(unreleaseProductionOrder, () => accepted({ ...state, status: 'created' }));

test('an order is released and dispatched', async () => {
  const { calls, run } = await playFlow(
    productionRelease,
    { order, revision: 1 },
    { fakes: [release, unrelease, fake(dispatchWorkOrder, () => accepted({ order, revision: 1, plannedEnd: '2026-11-02T18:30:00.000Z' }))] },
  );
  expect(calls.map(({ capability }) => capability)).toEqual(['production-order.release', 'work-order.dispatch']);
  expect(run?.status).toBe('done');
});

test('an order that the line does not take is not left released', async () => {
  const { calls, run, exceptions } = await playFlow(
    productionRelease,
    { order, revision: 1 },
    { fakes: [release, unrelease, fake(dispatchWorkOrder, () => refused({ code: 'LINE_DOWN', message: 'line-1 is down' }))] },
  );
  expect(calls.map(({ capability }) => capability)).toEqual(['production-order.release', 'work-order.dispatch', 'production-order.unrelease']);
  expect(run?.status).toBe('compensated');
  expect(exceptions).toMatchObject([{ type: 'dispatch-refused', owners: ['planning'] }]);
});
