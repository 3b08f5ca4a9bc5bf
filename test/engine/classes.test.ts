// Which of the four classes a failure touches: told by what is declared, over injected faults, as a confusion matrix.
import { defineContract, defineFlow, schema, Type, type Capability } from 'lineshaft';
import { expect, test } from 'vitest';
import { exceptionClasses, type ExceptionClass } from '../../src/model/exception-class.ts';
import { begun, otherSide, owner, rig, type Mood } from './rig.ts';

const shape = schema(Type.Object({ order: Type.String(), note: Type.String() }));
const machine = defineContract({
  name: 'machine.stopped',
  version: 1,
  title: 'Machine stopped',
  owner,
  schema: shape,
  keys: { order: 'order' },
  examples: [],
  touches: 'machine-event',
});

type World = ReturnType<typeof otherSide>;

/** The case that one fault leads to. */
async function classAfter(fault: {
  readonly of: (world: World) => Capability<{ order: string; value: string }>;
  readonly system: string;
  readonly mood: Mood;
}): Promise<readonly string[]> {
  const world = otherSide({ tms: { touches: 'supplier-workflow' }, cmms: { touches: 'reporting' } });
  world.set(fault.system, fault.mood);
  const flow = defineFlow({
    name: 'asks',
    title: 'Asks',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(run, event) {
      await run.call(fault.of(world), { order: event.order, value: 'x' });
    },
  });
  const stage = await rig(world, [flow]);
  await stage.send(begun, 'PO-1', '1');
  await stage.clock.advance(20 * 60_000);
  expect(stage.bugs).toEqual([]);
  return (await stage.store.exceptions({ limit: 10 })).map((record) => record.class);
}

/** The case that code of the landscape leads to which throws over an event. */
async function classOfThrow(contract: typeof begun, where: 'key' | 'run'): Promise<readonly string[]> {
  const thrown = (): never => {
    throw new Error('a mistake');
  };
  const flow = defineFlow({
    name: 'throws',
    title: 'Throws',
    owner,
    on: contract,
    key: (event) => (where === 'key' ? thrown() : event.order),
    whenRunning: 'queue',
    run: async () => thrown(),
  });
  const stage = await rig(otherSide(), [machine, flow]);
  await stage.send(contract, 'PO-1', '1');
  await stage.settle();
  return (await stage.store.exceptions({ limit: 10 })).map((record) => record.class);
}

test('every injected fault is told as what it touches, and as unknown where nothing declared says so', async () => {
  const systems: readonly { readonly system: string; readonly expected: ExceptionClass; readonly of: (world: World) => Capability<{ order: string; value: string }> }[] = [
    { system: 'erp', expected: 'erp-transaction', of: (world) => world.capabilities.revise },
    { system: 'tms', expected: 'supplier-workflow', of: (world) => world.capabilities.move },
    { system: 'cmms', expected: 'reporting', of: (world) => world.capabilities.request },
    { system: 'dumb', expected: 'unknown', of: (world) => world.capabilities.label },
  ];
  const moods: readonly Mood[] = ['refuses', 'is unreachable', 'neither commits nor answers', 'never answers'];
  const matrix = new Map<string, number>();
  const count = (expected: ExceptionClass, found: readonly string[]): void => {
    for (const each of found) matrix.set(`${expected} told as ${each}`, (matrix.get(`${expected} told as ${each}`) ?? 0) + 1);
  };
  for (const { system, expected, of } of systems) for (const mood of moods) count(expected, await classAfter({ system, of, mood }));
  for (const where of ['key', 'run'] as const) count('machine-event', await classOfThrow(machine, where));
  for (const where of ['key', 'run'] as const) count('unknown', await classOfThrow(begun, where));
  const onTheDiagonal = exceptionClasses.map((each) => `${each} told as ${each}`);
  expect([...matrix.keys()].toSorted()).toEqual(onTheDiagonal.toSorted());
  for (const each of onTheDiagonal) expect(matrix.get(each)).toBeGreaterThanOrEqual(2);
});
