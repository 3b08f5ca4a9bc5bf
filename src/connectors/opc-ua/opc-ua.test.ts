import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOpcUa, type OpcUaProcess } from '../../../test/opc-ua-process.ts';
import { realPorts, recordedSink, type RecordedSink } from '../../../test/recorded-sink.ts';
import { runningCommand } from '../../../test/running-command.ts';
import { tcpGate } from '../../../test/services/tcp-gate.ts';
import { until } from '../../../test/until.ts';
import { addressOf } from './address.ts';
import type { OpcUaOptions } from './options.ts';
import { opcUa } from './opc-ua.ts';

let server: OpcUaProcess;
let folder: string;
beforeAll(async () => {
  server = await startOpcUa('--items', '5', '--per-call', '3');
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-certificates-'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const counter = (index: number): string => addressOf(server.namespace, `s=Counter.${index}`);
const node = (name: string): string => addressOf(server.namespace, `s=${name}`);

interface Heard extends AsyncDisposable {
  readonly sink: RecordedSink;
}

async function listening(addresses: readonly string[], more: Partial<OpcUaOptions> = {}): Promise<Heard> {
  const sink = recordedSink();
  const source = await opcUa.open({ url: server.url, security: 'none', intervalMs: 50, ...more }, addresses, sink, { ...realPorts('press'), folder });
  return { sink, [Symbol.asyncDispose]: () => source.close() };
}

const write = (name: string, value: unknown, more: Readonly<Record<string, unknown>> = {}) => server.ask({ do: 'write', node: name, value, ...more });

test('values arrive at their source time, more nodes than the server takes in one request, and one that it does not have spoils nothing', async () => {
  const addresses = [counter(0), node('Nowhere'), counter(1), counter(2), addressOf('urn:nobody', 's=X'), counter(3), counter(4)];
  await using heard = await listening(addresses);
  await heard.sink.until(() => heard.sink.all.length >= 5);
  await server.ask({ do: 'say' });
  await heard.sink.until(() => heard.sink.all.length >= 10);
  expect(new Set(heard.sink.all.map(({ address }) => address))).toEqual(new Set([0, 1, 2, 3, 4].map(counter)));
  expect(heard.sink.all.every(({ quality, atMs }) => quality === 'good' && Math.abs(atMs - Date.now()) < 60_000)).toBe(true);
  expect(heard.sink.quarantined).toEqual([
    { address: addressOf('urn:nobody', 's=X'), reason: 'The server has no namespace urn:nobody.', raw: '' },
    { address: node('Nowhere'), reason: 'The server does not report this node: BadNodeIdUnknown.', raw: '' },
  ]);
  expect(heard.sink.missing).toEqual([]);
  expect(heard.sink.links.at(-1)).toMatchObject({ up: true, detail: 'Listening to 5 of 7 nodes.' });
});

test('each kind of scalar is what it says; a list is refused with its reason', async () => {
  const values = [
    ['Text', 'String', '007', '007'],
    ['Truth', 'Boolean', true, true],
    ['Whole', 'Int32', -18, -18],
    ['Wide', 'Int64', [0xffff_ffff, 0xffff_ffee], -18],
    ['WideUnsigned', 'UInt64', [0, 4_000_000_000], 4_000_000_000],
    ['Real', 'Float', 0.5, 0.5],
  ] as const;
  for (const [name, type, value] of values) await write(name, value, { type });
  await write('List', [1, 2], { type: 'Double', list: true });
  await write('Huge', [0x7fff_ffff, 0], { type: 'Int64' });
  await using heard = await listening([...values.map(([name]) => node(name)), node('List'), node('Huge')]);
  await heard.sink.until(() => heard.sink.all.length >= values.length && heard.sink.quarantined.length >= 2);
  expect(heard.sink.all.map(({ address, value }) => [address, value]).sort()).toEqual(values.map(([name, , , is]) => [node(name), is]).sort());
  expect(heard.sink.quarantined.map(({ address, reason }) => [address, reason]).sort()).toEqual([
    [node('Huge'), expect.stringContaining('beyond 2^53')],
    [node('List'), expect.stringContaining('a list')],
  ]);
});

test('what the server thinks of a value is its quality', async () => {
  await write('Sensor', 1);
  await using heard = await listening([node('Sensor')]);
  await heard.sink.until(() => heard.sink.all.length === 1);
  await write('Sensor', 2, { status: 'UncertainSensorNotAccurate' });
  await write('Sensor', 3, { status: 'BadSensorFailure' });
  await write('Sensor', 4);
  await heard.sink.until(() => heard.sink.all.length === 4);
  expect(heard.sink.all.map(({ value, quality }) => [value, quality])).toEqual([
    [1, 'good'],
    [2, 'uncertain'],
    [null, 'bad'],
    [4, 'good'],
  ]);
});

test('the unit that the server says is told, where it says one', async () => {
  await write('Hot', 77, { euId: 4_604_232, euName: '°F' });
  await using heard = await listening([node('Hot'), counter(0)]);
  await heard.sink.until(() => heard.sink.toldUnits.length > 0);
  expect(heard.sink.toldUnits).toEqual([{ address: node('Hot'), unit: '[degF]' }]);
});

test("the server's clock is compared with ours", async () => {
  await using heard = await listening([counter(0)]);
  const { aheadMs, withinMs } = await heard.sink.until(() => heard.sink.skews[0]);
  expect(Math.abs(aheadMs)).toBeLessThan(withinMs + 1_000);
});

test('a server whose certificate nobody trusts is refused with what to do; once trusted, messages are signed and encrypted', { timeout: 240_000 }, async () => {
  await using heard = await listening([counter(0)], { security: 'sign-and-encrypt' });
  const down = await heard.sink.until(() => heard.sink.links[0]);
  expect(down).toMatchObject({ up: false, detail: expect.stringContaining('"lineshaft edge trust press"') });
  // As the edge's own command does it: seen first, then trusted by its thumbprint.
  const trust = (...more: readonly string[]) => command('edge', 'trust', 'press', ...more, '--certificates', join(folder, 'certificates'));
  const listed = await trust();
  expect(listed).toMatch(/^[0-9a-f]{40}\n {2}.*CN=/);
  expect(await trust('0'.repeat(40))).toContain('was refused');
  expect(await trust(listed.slice(0, 40).toUpperCase())).toContain('Trusted from the next connection on');
  await heard.sink.until(() => heard.sink.all.length > 0);
  expect(await server.ask({ do: 'channels' })).toContainEqual(['SignAndEncrypt', 'Basic256Sha256']);
  expect(await trust()).toContain('No certificate was refused');
});

/** What a command of ours prints, on both ways. */
async function command(...args: readonly string[]): Promise<string> {
  await using running = runningCommand(args, { cwd: folder });
  const { stdout, stderr } = await running.ended;
  return stdout + stderr;
}

test('Sign, with a user; a wrong password is told as such', async () => {
  await using wrong = await listening([counter(0)], { security: 'sign', credentials: { kind: 'basic', username: 'operator', password: 'guessed' } });
  expect(await wrong.sink.until(() => wrong.sink.links[0])).toMatchObject({ up: false, detail: expect.stringContaining('refused our credentials') });
  await using heard = await listening([counter(0)], { security: 'sign', credentials: { kind: 'basic', username: 'operator', password: 'open sesame' } });
  await heard.sink.until(() => heard.sink.all.length > 0);
  expect(await server.ask({ do: 'channels' })).toContainEqual(['Sign', 'Basic256Sha256']);
});

test('a server that is not there is told with its address; opening does not wait for it, and closing ends it', async () => {
  await using heard = await listening([counter(0)], { url: 'opc.tcp://127.0.0.1:1' });
  expect(await heard.sink.until(() => heard.sink.links[0])).toMatchObject({
    up: false,
    detail: expect.stringMatching(/Cannot reach opc\.tcp:\/\/127\.0\.0\.1:1 \(press\): .*next try in/),
  });
});

test('nothing stays at the server when the source is closed', async () => {
  const before = await server.ask({ do: 'sessions' });
  {
    await using heard = await listening([counter(0)]);
    await heard.sink.until(() => heard.sink.all.length > 0);
  }
  expect(await server.ask({ do: 'sessions' })).toEqual(before);
});

test('where a queue overflowed there is a gap of the item that overflowed, and nowhere else', async () => {
  const sinceMs = Date.now() - 60_000;
  await write('Fast', 0, { at: sinceMs });
  await using gate = await tcpGate('127.0.0.1', server.port);
  await using heard = await listening([node('Fast'), counter(0)], { url: `opc.tcp://127.0.0.1:${gate.port}`, queueSize: 5 });
  await heard.sink.until(() => heard.sink.all.length >= 2);
  gate.shut();
  gate.cut();
  await heard.sink.until(() => heard.sink.links.some(({ up }) => !up));
  for (let value = 1; value <= 40; value++) await write('Fast', value, { at: sinceMs + value });
  gate.open();
  await heard.sink.until(() => heard.sink.all.some(({ value }) => value === 40));
  const values = heard.sink.all.filter(({ address }) => address === node('Fast')).map(({ value }) => Number(value));
  // How many arrive beside the last five depends on what the server believed to have sent when the line was cut.
  expect(values.slice(-5)).toEqual([36, 37, 38, 39, 40]);
  expect(values.length).toBeLessThan(40);
  const missing = values.flatMap((value, index) => (index > 0 && value !== (values[index - 1] ?? 0) + 1 ? [[values[index - 1], value]] : []));
  await heard.sink.until(() => heard.sink.missing.length >= missing.length);
  expect(heard.sink.missing.map(({ address, afterMs, beforeMs }) => [address, afterMs - sinceMs, beforeMs - sinceMs])).toEqual(missing.map((ends) => [node('Fast'), ...ends]));
  expect(heard.sink.missing[0]?.reason).toContain('overflowed');
  expect(heard.sink.links.at(-1)?.detail).toContain('with the subscription of before');
});

test('a session that ended before its subscription hands it over to the next one, and nothing is lost or doubled', async () => {
  await write('Passed', 0);
  await using heard = await listening([node('Passed')], { security: 'sign-and-encrypt' });
  await heard.sink.until(() => heard.sink.all.length === 1);
  for (let value = 1; value <= 30; value++) {
    if (value === 10) await server.ask({ do: 'end sessions' });
    await write('Passed', value);
  }
  await heard.sink.until(() => heard.sink.all.some(({ value }) => value === 30));
  expect(heard.sink.all.map(({ value }) => value)).toEqual(Array.from({ length: 31 }, (_, index) => index));
  expect(heard.sink.missing).toEqual([]);
  expect(heard.sink.links.at(-1)?.detail).toContain('with the subscription of before');
});

test('where nobody may hand it over, as of a stranger on an open line, there is a gap instead', async () => {
  await write('Passed', 100);
  await using heard = await listening([node('Passed')]);
  await heard.sink.until(() => heard.sink.all.length === 1);
  await server.ask({ do: 'end sessions' });
  await write('Passed', 101);
  await write('Passed', 102);
  await heard.sink.until(() => heard.sink.all.some(({ value }) => value === 102) && heard.sink.missing.length === 1);
  const [first, second] = heard.sink.all;
  expect(heard.sink.missing).toMatchObject([{ address: node('Passed'), afterMs: first?.atMs, beforeMs: second?.atMs }]);
});

test('a line that is silent, with nobody hanging up, is given up and what was said meanwhile arrives', async () => {
  await write('Quiet', 0);
  await using gate = await tcpGate('127.0.0.1', server.port);
  await using heard = await listening([node('Quiet')], { url: `opc.tcp://127.0.0.1:${gate.port}`, keepAliveMs: 300 });
  await heard.sink.until(() => heard.sink.all.length === 1);
  gate.mute();
  for (let value = 1; value <= 5; value++) await write('Quiet', value);
  await until('it notices', () => heard.sink.links.some(({ up, detail }) => !up && detail.includes('said nothing')));
  gate.cut();
  await heard.sink.until(() => heard.sink.all.some(({ value }) => value === 5));
  expect(heard.sink.all.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(heard.sink.missing).toEqual([]);
});

test('a server that was started anew is listened to again, and each node whose value is another one has a gap', async () => {
  const first = await startOpcUa('--items', '2');
  await using heard = await listening(
    [0, 1].map((index) => addressOf(first.namespace, `s=Counter.${index}`)),
    { url: first.url },
  );
  await heard.sink.until(() => heard.sink.all.length === 2);
  await first.kill();
  await using second = await startOpcUa('--items', '2', '--port', String(first.port));
  await second.ask({ do: 'say' });
  await heard.sink.until(() => heard.sink.missing.length === 2);
  expect(heard.sink.missing.map(({ reason }) => reason)).toEqual(
    Array.from({ length: 2 }, () => 'the server no longer had the subscription, and the server keeps no history of it'),
  );
  await first[Symbol.asyncDispose]();
});

test('a user may be a certificate', async () => {
  const own = join(folder, 'certificates', 'own');
  const credentials = { kind: 'certificate', certificateFile: join(own, 'certs', 'client_certificate.pem'), privateKeyFile: join(own, 'private', 'private_key.pem') } as const;
  await using heard = await listening([counter(0)], { security: 'sign-and-encrypt', credentials });
  await heard.sink.until(() => heard.sink.all.length > 0);
  await expect(listening([counter(0)], { credentials: { ...credentials, privateKeyFile: join(own, 'nowhere.pem') } })).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' });
});

test('addresses and options that are none are refused when the source is opened', async () => {
  await expect(listening(['Counter.0'])).rejects.toMatchObject({ code: 'LANDSCAPE_INVALID' });
  expect(opcUa.options.check({ url: 'http://plc' })).toBe(false);
});
