// Commands to a machine, from outside: a hub, an edge and a controller as processes of their own, killed with -9 at the points that matter.
// What was written, and how often, is what the controller's own record says.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { commandPlant, plantFile, type CommandPlant } from '../command-plant.ts';
import { until } from '../until.ts';

const patience = { timeout: 240_000 };
let plant: CommandPlant;
let number = 0;
beforeAll(async () => {
  plant = await commandPlant();
}, 240_000);
afterAll(async () => plant[Symbol.asyncDispose]());
beforeEach(async () => {
  number += 1;
  await plant.fresh();
});

/** Another speed for each test, so that what one leaves behind is no other's. */
const packs = () => 20 + number;
const speed = (value = packs()) => ({ machine: 'packer-1', speed: value, reason: 'film change' });
const key = (name: string) => `${name}-${number}`;
/** What function 6 writes into register 0 for a speed in tenths. */
const setTo = (value = packs()) => `6 0 ${(value * 10).toString(16).padStart(4, '0')}`;

test('what lists and interlocks allow is written once and read back; what they do not is refused with its reason, and nothing is written', patience, async () => {
  await plant.runHub();
  await plant.runEdge();
  const done = { status: 200, body: { value: { signal: 'packer-1.set-speed', value: packs(), readBack: packs() } } };
  expect(await plant.call('packer.change-speed', speed(), key('a'))).toMatchObject(done);
  // The same request again is the same effect.
  expect(await plant.call('packer.change-speed', speed(), key('a'))).toMatchObject(done);
  expect(plant.writes()).toEqual([setTo()]);

  const refusals = [
    [speed(19.5), { code: 'OUT_OF_RANGE', reason: 'packer-1.set-speed = 19.5 is below 20.' }],
    [speed(20.3), { code: 'OUT_OF_RANGE', reason: 'packer-1.set-speed = 20.3 is no step of 0.5 from 20.' }],
    // The landscape would let it; the plant does not.
    [speed(110), { code: 'OUT_OF_RANGE', reason: 'packer-1.set-speed = 110 is above 100.' }],
  ] as const;
  for (const [input, refusal] of refusals) expect(await plant.call('packer.change-speed', input, key(String(input.speed)))).toMatchObject({ status: 409, body: { refusal } });
  await plant.conduct({ state: 'Execute' });
  expect(await plant.call('packer.change-speed', speed(60), key('locked'))).toMatchObject({
    status: 409,
    body: { refusal: { code: 'INTERLOCK', reason: 'packer-1.state is "Execute", not "Idle" or "Stopped".', signal: 'packer-1.state', found: 'Execute' } },
  });
  await plant.conduct({ state: 'Stopped', refuse: 3 });
  expect(await plant.call('packer.change-speed', speed(60), key('machine'))).toMatchObject({ status: 409, body: { refusal: { code: 'MACHINE_REFUSED' } } });
  expect(plant.writes()).toEqual([setTo()]);

  // What people see: what was wanted and why, under which condition, and what came of it.
  const place = { capability: 'packer.change-speed', asset: 'packer-1', signal: 'packer-1.set-speed', source: 'plc', by: 'admin', why: 'film change', unit: '{pack}/min' };
  const listed = await plant.listed('plc');
  expect(listed.slice(0, 6).map(({ status, value, refusal }) => [status, value, refusal?.code])).toEqual([
    ['refused', 60, 'MACHINE_REFUSED'],
    ['refused', 60, 'INTERLOCK'],
    ['refused', 110, 'OUT_OF_RANGE'],
    ['refused', 20.3, 'OUT_OF_RANGE'],
    ['refused', 19.5, 'OUT_OF_RANGE'],
    ['done', packs(), undefined],
  ]);
  for (const one of listed.slice(0, 6)) expect(one).toMatchObject({ ...place, interlocks: ['packer-1.state is Idle or Stopped, not older than 5s'] });
  expect(listed[5]).toMatchObject({ readBack: packs() });
  for (const { asked, ended } of listed) expect(Date.parse(ended ?? '')).toBeGreaterThanOrEqual(Date.parse(asked ?? ''));
  expect(await plant.listed('another')).toEqual([]);

  // Who asked, why, and what the machine said, at both ends.
  const heard = await plant.audited();
  expect(heard.find(({ action }) => action === 'command.done')).toMatchObject({
    actor: 'admin',
    subject: 'packer-1.set-speed',
    details: { input: { reason: 'film change' }, result: { value: { readBack: packs() } } },
  });
  expect(heard.filter(({ action }) => action === 'command.refused').length).toBe(5);
  const book = await plant.command('edge', 'commands', '--data', 'state', '--name', 'bremen');
  expect(book).toMatch(/asked: \d+ by admin through packer\.change-speed: film change\n.* {2}meant: before: 0\n.* {2}written\n/);
  expect(book).toMatch(/refused: INTERLOCK: packer-1\.state is "Execute"/);

  await plant.conduct({});
  const asked = JSON.stringify(speed(packs() + 1));
  expect(JSON.parse(await plant.command('call', 'packer.change-speed', '--input', asked, '--data', 'state', '--hub', plant.url))).toMatchObject({
    ok: true,
    value: { readBack: packs() + 1 },
  });
  expect(await plant.command('call', 'packer.change-speed', '--input', JSON.stringify(speed(110)), '--data', 'state', '--hub', plant.url)).toMatch(/OUT_OF_RANGE/);
  expect(await plant.command('runs', '--limit', '2', '--data', 'state', '--hub', plant.url)).toMatch(
    /^\S+ {2}refused {2}.*\n.*\n {2}OUT_OF_RANGE: .* is above 100\.\n\n\S+ {2}done {2}/,
  );
  const elsewhere = JSON.stringify({ ...speed(70), machine: 'packer-2' });
  expect(await plant.command('call', 'packer.change-speed', '--input', elsewhere, '--data', 'state', '--hub', plant.url)).toMatch(/NOT_LISTED.*"packer-2\\?"/s);
  expect(await plant.command('check', '--landscape', 'landscape', '--commands', plantFile)).toMatch(/plant: to 100 \{pack\}\/min; by everybody whom the hub lets/);
});

test('a flow asks as anybody does, under its own name', patience, async () => {
  await plant.runHub();
  await plant.runEdge();
  await plant.tell({ specversion: '1.0', id: key('film'), source: '/mes', type: 'film.changed.v1', data: { machine: 'packer-1', speed: packs() } });
  await until('it is on record', async () => (await plant.audited()).some(({ actor, action }) => actor === 'flow:film-change' && action === 'command.done'), 120_000);
  expect(plant.writes()).toEqual([setTo()]);
});

test(
  'a plant’s list that names a capability which does not write the signal is refused, by check and at the start; a bound beyond the landscape’s is marked',
  patience,
  async () => {
    const file = join(plant.folder, 'list.yaml');
    const list = (capability: string, max: number) => writeFileSync(file, `commands: on\nallow: { packer-1.set-speed: { capabilities: [${capability}], max: ${max} } }\n`);
    const given = ['--landscape', 'landscape', '--commands', 'list.yaml'];
    list('packer.chnage-speed', 100);
    const words = /lets \\?"packer\.chnage-speed\\?" write packer-1\.set-speed, which the landscape has written by packer\.change-speed, line\.retune\. Correct the name/;
    expect(await plant.command('check', ...given)).toMatch(words);
    expect(await plant.command('edge', ...given, '--env', join('landscape', 'environments', 'test.yaml'), '--data', 'elsewhere', '--key', 'k')).toMatch(words);
    list('packer.change-speed', 500);
    expect(await plant.command('check', ...given)).toMatch(/note: the plant's max 500 is above 120, which is as far as the landscape goes/);
  },
);

test('an edge whose plant has switched nothing on refuses every write', patience, async () => {
  await plant.runHub();
  await plant.runEdge({}, '');
  expect(await plant.call('packer.change-speed', speed(), key('a'))).toMatchObject({ status: 409, body: { refusal: { code: 'COMMANDS_OFF' } } });
  expect(plant.writes()).toEqual([]);
});

test('a command that no edge came for in time is refused, and never carried out later', patience, async () => {
  await plant.runHub();
  await plant.killEdge();
  expect(await plant.call('packer.change-speed', speed(), key('late'))).toMatchObject({ status: 409, body: { refusal: { code: 'EXPIRED' } } });
  await plant.runEdge();
  expect(await plant.call('packer.change-speed', speed(60), key('next'))).toMatchObject({ status: 200 });
  expect(plant.writes()).toEqual([setTo(60)]);
});

test('of two at once on one signal the second is told that it is busy; what the machine took and does not follow is its owner’s, and is not written again', patience, async () => {
  await plant.runHub();
  await plant.runEdge();
  await plant.conduct({ stuck: true });
  const first = plant.call('packer.change-speed', speed(), key('first'));
  await until('the first is written', () => plant.writes().length === 1);
  expect(await plant.call('line.retune', { line: 'line-1', speed: 40, reason: 'retune' }, key('second'))).toMatchObject({ status: 409, body: { refusal: { code: 'BUSY' } } });
  const parked = await plant.parked();
  expect((await plant.listed('plc')).find(({ status }) => status === 'parked')).toMatchObject({ value: packs(), by: 'admin', note: expect.stringContaining('says') });
  expect(parked).toMatchObject({ owner: 'shift' });
  expect(JSON.stringify(parked)).toMatch(/says \d+, not /);
  expect(plant.writes()).toEqual([setTo()]);
  // One behind it for the same machine is told what it would wait for: at once, or, where it may wait, as soon as it is too old.
  expect(await plant.call('packer.change-speed', speed(61), key('behind'))).toMatchObject({
    status: 409,
    body: { refusal: { code: 'BUSY', reason: expect.stringMatching(/^An earlier command, packer\.change-speed \(\S+\), is a case of its owner, and nothing is written before/) } },
  });
  expect(await plant.call('packer.sound-horn', { machine: 'packer-1', reason: 'shift change' }, key('waiting'))).toMatchObject({
    status: 409,
    body: { refusal: { code: 'EXPIRED', reason: expect.stringMatching(/^It waited at the hub behind an earlier command, \S+, which is a case of its owner/) } },
  });
  // It follows at last: whoever has it tried again has it looked at, not written.
  await plant.conduct({ stuck: false, catchUp: true });
  await plant.settle(parked, 'retry');
  expect(await plant.settled('packer.change-speed', speed(), key('first'))).toMatchObject({ status: 200, body: { value: { readBack: packs() } } });
  expect(plant.writes()).toEqual([setTo()]);
  await first;
});

test('a machine that takes a write and does not answer is asked, not written again', patience, async () => {
  await plant.runHub();
  await plant.runEdge();
  await plant.conduct({ silent: true });
  expect(await plant.settled('packer.change-speed', speed(), key('a'))).toMatchObject({ status: 200, body: { value: { readBack: packs() } } });
  expect(plant.writes()).toEqual([setTo()]);
});

const expired = { status: 409, body: { refusal: { code: 'EXPIRED' } } };
/** Where a process is killed, and whether the machine was written by then. */
const points = [
  ['edge', 'edge.command-after-intent', false],
  ['edge', 'edge.command-after-write', true],
  ['edge', 'edge.command-after-outcome', true],
  ['hub', 'before-send:packer.change-speed#1', false],
  ['hub', 'after-answer:packer.change-speed#1', true],
] as const;

test.for(points)('%s killed with -9 at %s: the machine is written at most once, and the caller learns the truth', patience, async ([victim, point, isWritten]) => {
  const proof = join(plant.folder, `proof-${number}`);
  const kill = { LINESHAFT_KILL_AT: point, LINESHAFT_KILL_PROOF: proof };
  await plant.runHub(victim === 'hub' ? kill : {});
  await plant.runEdge(victim === 'edge' ? kill : {});
  const called = plant.settled('packer.change-speed', speed(), key('a'));
  await plant.gone(victim);
  expect(readFileSync(proof, 'utf8')).toBe(`${point}\n`);
  if (victim === 'hub') await plant.runHub();
  else await plant.runEdge();
  expect(await called).toMatchObject(isWritten ? { status: 200, body: { value: { value: packs(), readBack: packs() } } } : expired);
  expect(plant.writes()).toEqual(isWritten ? [setTo()] : []);
});

test('what is no set point, and may have been done, is never done again: its owner is asked', patience, async () => {
  await plant.conduct({ hornMs: 50 });
  await plant.runHub();
  await plant.runEdge({ LINESHAFT_KILL_AT: 'edge.command-after-write' });
  void plant.call('packer.sound-horn', { machine: 'packer-1', reason: 'shift change' }, key('horn')).catch(() => undefined); // it waits for its owner
  await plant.gone('edge');
  await plant.runEdge();
  const parked = await plant.parked();
  expect(parked).toMatchObject({ owner: 'shift' });
  expect(JSON.stringify(parked)).toMatch(/ended while it was under way/);
  expect(plant.writes()).toEqual(['5 0 ff00']);
});
