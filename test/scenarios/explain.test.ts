// `lineshaft explain route` from outside: a landscape as a user has it, events in files and on standard input, no hub.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repository } from '../../scripts/package-binary.ts';
import { runningCommand, type Ended } from '../running-command.ts';

const plant = `import { defineContract, defineException, defineFlow, defineLimit, defineOwner, schema, Type } from 'lineshaft';
export const head = defineOwner({ name: 'head', title: 'Plant management', mail: 'head@plant.example', side: 'ot' });
export const shift = defineOwner({ name: 'shift', title: 'Shift', mail: 'shift@plant.example', side: 'ot', escalatesTo: head, acknowledgeWithin: '15m' });
export const patience = defineLimit({ name: 'patience', value: '2h', why: 'one shift' });
const stopped = schema(Type.Object({ machine: Type.String({ minLength: 1 }), order: Type.String() }));
export const lineStopped = defineContract({
  name: 'line.stopped', version: 1, title: 'A line has stopped', owner: shift, schema: stopped,
  keys: { asset: 'machine', order: 'order' }, examples: [{ machine: 'm-1', order: 'PO-1' }],
});
export const lineStarted = defineContract({ name: 'line.started', version: 1, title: 'A line goes again', owner: shift, schema: stopped, keys: { asset: 'machine' }, examples: [] });
export const lineLeft = defineContract({
  name: 'line.left', version: 1, title: 'A line is left', owner: shift, schema: stopped, keys: {}, examples: [], drop: [{ reason: 'of a trial', when: ({ order }) => order === 'TRIAL' }],
});
export const lineRate = defineContract({ name: 'line.rate', version: 1, title: 'Rate', owner: shift, family: 'telemetry', schema: stopped, keys: {}, examples: [] });
export const longStop = defineException<{ machine: string }>({
  name: 'long-stop', title: 'A line stands', owner: head, class: 'machine-event', severity: 'high', due: '1h', summary: ({ machine }) => machine,
});
export const standing = defineFlow({
  name: 'standing', title: 'A standing line', owner: shift, on: lineStopped, key: (event) => event.machine, whenRunning: 'queue', within: patience,
  async run(flow, event) {
    if (await flow.waitFor(lineStarted, { key: { asset: event.machine }, within: patience })) return;
    await flow.raise(longStop, { evidence: { machine: event.machine } });
  },
});
export const lamp = defineFlow({ name: 'lamp', title: 'The lamp', owner: shift, on: lineStopped, key: (event) => event.order, whenRunning: 'skip', async run() {} });
export const broken = defineFlow({
  name: 'broken', title: 'A broken one', owner: shift, on: lineStopped, key: () => { throw new Error('no key here'); }, whenRunning: 'queue', async run() {},
});
export const lineHeld = defineContract({
  name: 'line.held', version: 1, title: 'A line is held', owner: shift, schema: stopped, keys: {}, examples: [], drop: [{ reason: 'of a loop', when: ({ order }) => { while (order === 'LOOP'); return false; } }],
});
export const holding = defineFlow({
  name: 'holding', title: 'Holding', owner: shift, on: lineHeld, key: ({ order }) => { while (order === 'KEY'); return order; }, whenRunning: 'queue', async run() {},
});
`;

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lineshaft explain ')));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(repository, join(folder, 'node_modules', 'lineshaft'), 'junction');
  mkdirSync(join(folder, 'landscape'));
  writeFileSync(join(folder, 'landscape', 'plant.ts'), plant);
  writeFileSync(join(folder, 'shards.yaml'), 'store: { url: "postgres://db.example/lineshaft", shards: 4 }\nlimits: { patience: 3h }\n');
  writeFileSync(join(folder, 'shortly.yaml'), 'watchdog: { stallAfter: 300ms }\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lineOf = (declared: string): number => plant.split('\n').findIndex((line) => line.includes(`const ${declared} =`)) + 1;
const eventOf = (type: string, data: unknown): object => ({ specversion: '1.0', id: 'e-1', source: '//plant', type, data });

function explain(event: object | string, ...more: readonly string[]): Promise<Ended> {
  const file = `event-${readdirSync(folder).length}.json`;
  writeFileSync(join(folder, file), typeof event === 'string' ? event : JSON.stringify(event));
  return runningCommand(['explain', 'route', file, '--landscape', 'landscape', ...more], { cwd: folder }).ended;
}

test('an event that is taken is told with what starts, by which key, in which shard, and whose its cases are', async () => {
  const { code, stdout, stderr } = await explain(eventOf('line.stopped.v1', { machine: 'm-1', order: 'PO-1' }), '--env', 'shards.yaml', '--json');
  expect(stderr).toBe('');
  const route = JSON.parse(stdout);
  expect(code).toBe(0);
  expect(route).toMatchObject({ type: 'line.stopped.v1', keys: { asset: 'm-1', order: 'PO-1' }, shards: 4, ends: [], unread: [] });
  expect(route.contract).toEqual({ id: 'contract:line.stopped', title: 'A line has stopped', site: { file: 'plant.ts', line: lineOf('lineStopped') } });
  const [standing, lamp, broken] = route.starts;
  expect(standing).toMatchObject({ flow: { id: 'flow:standing', site: { file: 'plant.ts', line: lineOf('standing') } }, key: 'm-1', whenRunning: 'queue' });
  expect(standing.shard).toBeGreaterThanOrEqual(1);
  expect(standing.late).toMatchObject({ withinMs: 10_800_000, whenLate: 'compensate', case: { type: 'run-late', owners: [{ id: 'owner:shift' }] } });
  expect(lamp).not.toHaveProperty('late');
  expect(standing.case).toMatchObject({ type: 'run-parked', owners: [{ id: 'owner:shift' }], dueMs: 1_800_000 });
  expect(standing.case.escalations).toEqual([{ afterMs: 900_000, to: expect.objectContaining({ id: 'owner:head' }), why: 'Shift did not acknowledge it within 15m' }]);
  expect(standing.raises).toMatchObject([{ exception: { id: 'exception:long-stop' }, class: 'machine-event', owners: [{ id: 'owner:head' }], dueMs: 3_600_000, escalations: [] }]);
  expect(lamp).toMatchObject({ flow: { id: 'flow:lamp' }, key: 'PO-1', whenRunning: 'skip', raises: [] });
  expect(broken).toMatchObject({ flow: { id: 'flow:broken' }, noKey: 'A broken one could not start: its key() threw "no key here"', case: { type: 'run-not-started' } });
  expect(broken).not.toHaveProperty('key');
});

test('the words for people name the declaration of each, also what drops it', async () => {
  const { stdout } = await explain(eventOf('line.stopped.v1', { machine: 'm-1', order: 'PO-1' }));
  expect(stdout).toContain(`Starts flow:lamp for the key PO-1  (plant.ts:${lineOf('lamp')})`);
  expect(stdout).toContain("while a run of PO-1 is active: it is dropped and counted  (whenRunning: 'skip')");
  expect(stdout).toContain('a run that is not over within 2h is undone  (within)\n  a case run-late is for Shift');
  expect(stdout).toContain(`after 15m for Plant management (plant.ts:${lineOf('head')}) too`);
});

test('an event that a filter of its contract drops is told as dropped, with the reason and the contract', async () => {
  const { code, stdout } = await explain(eventOf('line.left.v1', { machine: 'm-1', order: 'TRIAL' }));
  expect(code).toBe(0);
  expect(stdout).toContain(`Dropped at the door, in no log and starting nothing, counted and named in the audit: of a trial  (drop of plant.ts:${lineOf('lineLeft')})`);
  expect((await explain(eventOf('line.left.v1', { machine: 'm-1', order: 'PO-1' }))).stdout).toContain('Taken.');
});

test('code that does not come to an end with an event is told with its place, and ends nothing but itself', async () => {
  const stuck = (order: string) => explain(eventOf('line.held.v1', { machine: 'm-1', order }), '--env', 'shortly.yaml');
  expect(await stuck('LOOP')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(
      `contract line.held (plant.ts:${lineOf('lineHeld')}): a filter in its "drop", or a key() of a flow on it, did not come back within 0.3 s with this event.`,
    ),
  });
  expect(await stuck('KEY')).toMatchObject({ code: 1, stderr: expect.stringContaining(`flow holding (plant.ts:${lineOf('holding')}): its key() did not come back`) });
  expect((await stuck('PO-1')).stdout).toContain('Starts flow:holding for the key PO-1');
});

test('an event from standard input that a run waits for is told with the place of the wait and its limit', async () => {
  const child = spawn(process.execPath, [join(repository, 'bin', 'lineshaft.mjs'), 'explain', 'route', '-', '--landscape', 'landscape', '--env', 'shards.yaml', '--json'], {
    cwd: folder,
  });
  child.stdin.end(JSON.stringify(eventOf('line.started.v1', { machine: 'm-1', order: 'PO-1' })));
  const route = JSON.parse(await text(child.stdout));
  const wait = plant.split('\n').findIndex((line) => line.includes('flow.waitFor')) + 1;
  expect(route.starts).toEqual([]);
  expect(route.ends).toMatchObject([{ flow: { id: 'flow:standing' }, line: wait, within: '3h' }]);
});

test('an event that breaks its contract is told with the reason, the lines that it would hold and its case; exit code 1', async () => {
  const { code, stdout } = await explain(eventOf('line.stopped.v1', { machine: 'm-1', order: 4711 }), '--json');
  const { quarantine, starts } = JSON.parse(stdout);
  expect(code).toBe(1);
  expect(starts).toEqual([]);
  expect(quarantine.reason).toMatch(/breaks its contract at .*order/);
  expect(quarantine.holds).toMatchObject([{ flow: { id: 'flow:standing' }, key: 'm-1', shard: 1 }]);
  expect(quarantine.case).toMatchObject({ type: 'event-quarantined', owners: [{ id: 'owner:shift' }], escalations: [{ to: { id: 'owner:head' } }] });
});

test.for([
  ['of no contract', { ...eventOf('line.moved.v1', {}) }, /No contract is called "line\.moved\.v1"/],
  ['of telemetry', { ...eventOf('line.rate.v1', { machine: 'm-1', order: 'PO-1' }) }, /is telemetry\. It stays at the plant/],
  ["of the engine's own", { ...eventOf('lineshaft.capability.requested.v1', {}) }, /is not taken from outside/],
  ['without an id', { specversion: '1.0', source: '//plant', type: 'line.stopped.v1', data: {} }, /\bid\b/],
] as const)('an event %s is not taken, and nobody has a case', async ([, event, reason]) => {
  const { code, stdout } = await explain(event);
  expect(code).toBe(1);
  expect(stdout).toMatch(reason);
  expect(stdout).toContain('No owner is told');
});

test('what is no JSON and a file that is not there are wrong use', async () => {
  expect(await explain('{ no')).toMatchObject({ code: 2, stdout: '' });
  expect(await runningCommand(['explain', 'route', 'nowhere.json', '--landscape', 'landscape'], { cwd: folder }).ended).toMatchObject({ code: 2, stdout: '' });
});
