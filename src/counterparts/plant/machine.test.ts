import { expect, test } from 'vitest';
import { worldFrom } from '../frame/world.ts';
import { machineOf } from './machine.ts';

const epochMs = Date.parse('2026-11-02T06:00:00Z');

test('however late a machine is looked at, each state that it went through is told, and when it began', () => {
  const machine = machineOf('packer-3', worldFrom(7, epochMs), 0);
  machine.read(epochMs);
  machine.pace(0.5, epochMs + 10);
  machine.pace(1, epochMs + 20);
  const told = machine.readAll(epochMs + 60_000);
  expect(told.map(({ state }) => state)).toEqual(['Suspending', 'Suspended', 'Unsuspending', 'Execute', 'Holding', 'Held', 'Unholding', 'Execute']);
  expect(told.map(({ ts }) => ts)).toEqual(told.map(({ ts }) => ts).sort((a, b) => a - b));
  expect(told.slice(0, 2).map(({ ts }) => ts)).toEqual([epochMs + 10, epochMs + 110]);
  expect(machine.readAll(epochMs + 61_000).map(({ state }) => state)).toEqual(['Execute']);
});
