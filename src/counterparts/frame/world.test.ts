import { expect, test } from 'vitest';
import { worldFrom } from './world.ts';

const epoch = 1_790_000_000_000;
const seeds = Array.from({ length: 500 }, (_, index) => index);
const sum = (rows: readonly { quantity: number }[]) => rows.reduce((total, { quantity }) => total + quantity, 0);

test('the same seed and epoch give the same world, another seed another one', () => {
  expect(worldFrom(7, epoch)).toEqual(worldFrom(7, epoch));
  expect(worldFrom(8, epoch)).not.toEqual(worldFrom(7, epoch));
});

test('what remains of the order is exactly the target rate times the minutes to the end of its slot', () => {
  for (const seed of seeds) {
    const { order } = worldFrom(seed, epoch);
    const minutes = (Date.parse(order.slotEnd) - epoch) / 60_000;
    expect(Number.isInteger(minutes) && minutes >= 180 && minutes <= 300).toBe(true);
    expect(order.targetRatePerMin).toBeGreaterThanOrEqual(100);
    expect(order.targetRatePerMin).toBeLessThanOrEqual(140);
    expect(order.produced).toBeGreaterThanOrEqual(5_000);
    expect(order.produced).toBeLessThanOrEqual(20_000);
    expect(order.quantity - order.produced).toBe(order.targetRatePerMin * minutes);
  }
});

test('losing 45 % of the rate is a clear shortage, losing nothing next to none', () => {
  const shortage = (seed: number, rateLost: number) => {
    const { order, stock, commitments, customerOrders } = worldFrom(seed, epoch);
    const demand = sum(customerOrders);
    const supply = stock.onHand - sum(commitments) + (order.quantity - order.produced) * (1 - rateLost);
    return (demand - supply) / demand;
  };
  for (const seed of seeds) {
    expect(shortage(seed, 0.45)).toBeGreaterThan(0.1);
    expect(shortage(seed, 0.05)).toBeLessThan(0.1);
    expect(shortage(seed, 0)).toBeLessThan(0.025);
  }
});

test('customer orders, components, commitments and the appointment fit around the slot', () => {
  for (const seed of seeds) {
    const { order, stock, components, commitments, customerOrders, appointment } = worldFrom(seed, epoch);
    const slotEnd = Date.parse(order.slotEnd);
    expect([3, 4]).toContain(customerOrders.length);
    for (const { shipBy, unitPrice, quantity } of customerOrders) {
      expect(Date.parse(shipBy)).toBeGreaterThan(slotEnd);
      expect(Date.parse(shipBy)).toBeLessThanOrEqual(slotEnd + 180 * 60_000);
      expect(unitPrice).toMatch(/^\d+\.\d\d$/);
      expect(quantity).toBeGreaterThan(0);
    }
    for (const { neededAt } of components) expect(Date.parse(neededAt)).toBeLessThan(slotEnd);
    expect(components[0]).toMatchObject({ component: 'FOIL-80', purchaseOrder: 'PU-3301', supplier: 'SUP-12' });
    expect(sum(commitments)).toBeGreaterThan(0);
    expect(sum(commitments)).toBeLessThan(stock.onHand);
    expect(Date.parse(appointment.from)).toBeGreaterThan(slotEnd);
    expect(Date.parse(appointment.from) % (30 * 60_000)).toBe(0);
    expect(Date.parse(appointment.to) - Date.parse(appointment.from)).toBe(60 * 60_000);
  }
});

test('overrides are merged into objects and replace arrays, and the world is frozen', () => {
  const world = worldFrom(7, epoch, { order: { produced: 1 }, supplierAnswer: { kind: 'confirmed' }, commitments: [] });
  expect(world.order).toEqual({ ...worldFrom(7, epoch).order, produced: 1 });
  expect(world.supplierAnswer).toEqual({ ...worldFrom(7, epoch).supplierAnswer, kind: 'confirmed' });
  expect(world.commitments).toEqual([]);
  expect(Object.isFrozen(world.order) && Object.isFrozen(world.customerOrders)).toBe(true);
});
