import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect, connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { worldFrom } from '../frame/world.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const epoch = Date.now();
const world = worldFrom(7, epoch);
const packerTopic = 'acme/bremen/packaging/line-1/packer-3/telemetry';

let child: ChildProcess;
let ready: { url: string; mqtt: string; sparkplug: boolean };
const clients: MqttClient[] = [];

beforeAll(async () => {
  child = spawn(process.execPath, [main, '--seed', '7', '--epoch', String(epoch), '--interval-ms', '20', '--die-with-parent'], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (!child.stdout) throw new Error('the plant has a stdout');
  for await (const line of createInterface(child.stdout)) {
    ready = JSON.parse(line);
    break;
  }
});

afterAll(async () => {
  for (const client of clients) await client.endAsync(true);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  expect(await ended).toBe(0);
});

async function connected(options: object = {}): Promise<MqttClient> {
  const client = await connectAsync(ready.mqtt, { protocolVersion: 4, ...options });
  clients.push(client);
  return client;
}

/** The first message that `wanted` takes, as it was on the wire. */
async function message(client: MqttClient, topic: string, wanted: (payload: Buffer, topic: string) => boolean = () => true): Promise<Buffer> {
  const found = new Promise<Buffer>((resolve) => {
    const listen = (name: string, payload: Buffer) => {
      if (!wanted(payload, name)) return;
      client.off('message', listen);
      resolve(payload);
    };
    client.on('message', listen);
  });
  await client.subscribeAsync(topic, { qos: 1 });
  return found;
}

async function ask(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${ready.url}${path}`, { method, ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}) });
  return { status: response.status, body: await response.json() };
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const untilMs = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > untilMs) throw new Error('it did not come about within a minute');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('the ready line names the broker and says that the Sparkplug node is there', () => {
  expect(ready).toMatchObject({ ready: true, name: 'plant', sparkplug: true });
  expect(ready.mqtt).toMatch(/^mqtt:\/\/127\.0\.0\.1:\d+$/);
});

test('a healthy packer reports the order of the world at about its target rate, with what is left of it', async () => {
  const client = await connected();
  const reading = JSON.parse(String(await message(client, packerTopic)));
  expect(reading).toMatchObject({ state: 'Execute', stateCurrent: 6, order: 'PO-4711', item: 'COFFEE-500G', target: world.order.targetRatePerMin, slotEnd: world.order.slotEnd });
  expect(Math.abs(reading.rate / world.order.targetRatePerMin - 1)).toBeLessThanOrEqual(0.0101);
  expect(reading.remaining + reading.produced).toBe(world.order.quantity);
  const minutes = (reading.ts - epoch) / 60_000;
  expect(Math.abs(world.order.quantity - world.order.produced - reading.remaining - minutes * world.order.targetRatePerMin)).toBeLessThanOrEqual(1);
});

test('a slowed packer reports the lower rate, the ledger keeps it, and a reset heals it', async () => {
  const client = await connected();
  expect(await ask('POST', '/_machine', { machine: 'packer-3', factor: 0.55 })).toMatchObject({ status: 200 });
  const low = JSON.parse(String(await message(client, packerTopic, (payload) => JSON.parse(String(payload)).rate < 0.6 * world.order.targetRatePerMin)));
  expect(Math.abs(low.rate / (world.order.targetRatePerMin * 0.55) - 1)).toBeLessThanOrEqual(0.0101);
  expect((await ask('GET', '/_ledger?type=machine.factor')).body).toMatchObject([{ key: 'packer-3', keys: ['packer-3', 'line-1', 'PO-4711'], data: { factor: 0.55, before: 1 } }]);
  await ask('POST', '/_reset', { seed: 7, epoch });
  await message(client, packerTopic, (payload) => JSON.parse(String(payload)).rate > 0.9 * world.order.targetRatePerMin);
  expect((await ask('GET', '/_ledger')).body).toEqual([]);
});

test('a packer goes through PackML states as its pace changes, tells their numbers, and its book says from when', async () => {
  const client = await connected();
  const seen: number[] = [];
  client.on('message', (_, payload) => {
    const { stateCurrent } = JSON.parse(String(payload));
    if (stateCurrent !== seen.at(-1)) seen.push(stateCurrent);
  });
  await client.subscribeAsync(packerTopic, { qos: 1 });
  await eventually(async () => seen.at(-1) === 6 || undefined);
  for (const factor of [0.55, 1, 0, 1]) await ask('POST', '/_machine', { machine: 'packer-3', factor });
  // Suspended where it comes slowly, held to be cleared and to be stopped; each state is gone through, also where the next is asked for at once.
  const states = [6, 13, 5, 14, 6, 10, 11, 12, 6, 10, 11, 12, 6];
  await eventually(async () => seen.length >= states.length || undefined);
  expect(seen).toEqual(states);
  const { body } = await ask('GET', '/_ledger?type=machine.state');
  expect(body).toMatchObject(
    ['Suspending', 'Suspended', 'Unsuspending', 'Execute', 'Holding', 'Held', 'Unholding', 'Execute', 'Holding', 'Held', 'Unholding', 'Execute'].map((state) => ({
      key: 'packer-3',
      data: { state },
    })),
  );
  await ask('POST', '/_machine', { machine: 'packer-3', state: 'Dancing' });
  await eventually(async () => seen.at(-1) === 0 || undefined);
  await ask('POST', '/_reset', { seed: 7, epoch });
});

test('the statistics count what the broker took from each machine', async () => {
  const count = await eventually(async () => {
    const { body } = await ask('GET', '/_stats');
    return JSON.stringify(body).includes('"palletizer-2":') ? body : undefined;
  });
  expect(count).toMatchObject({ published: { 'packer-3': expect.any(Number), 'sparkplug-line-1-gw': expect.any(Number) } });
});

test('an unknown machine or factor is refused by name', async () => {
  expect(await ask('POST', '/_machine', { machine: 'packer-9', factor: 1 })).toMatchObject({ status: 400, body: { field: 'machine' } });
  expect(await ask('POST', '/_machine', { machine: 'packer-3', factor: -1 })).toMatchObject({ status: 400, body: { field: 'factor' } });
});

test('a dead edge node is announced by NDEATH, and a rebirth request to the living one is obeyed and recorded', async () => {
  const client = await connected();
  await message(client, 'spBv1.0/acme/DDATA/line-1-gw/case-sealer-1');
  const death = message(client, 'spBv1.0/acme/NDEATH/line-1-gw');
  await ask('POST', '/_sparkplug', { action: 'death' });
  await death;
  const birth = message(client, 'spBv1.0/acme/DBIRTH/line-1-gw/case-sealer-1', (_, topic) => topic.includes('DBIRTH'));
  await ask('POST', '/_sparkplug', { action: 'birth' });
  expect(String(await birth)).toContain('TunnelTemperature');
  const again = message(client, 'spBv1.0/acme/NBIRTH/line-1-gw', (_, topic) => topic.includes('NBIRTH'));
  // Payload { timestamp: 1, metrics: [{ name: 'Node Control/Rebirth', datatype: 11, boolean_value: true }] }, written by hand.
  const name = Buffer.from('Node Control/Rebirth');
  const metric = Buffer.concat([Buffer.from([0x0a, name.length]), name, Buffer.from([0x20, 11, 0x70, 1])]);
  await client.publishAsync('spBv1.0/acme/NCMD/line-1-gw', Buffer.concat([Buffer.from([0x08, 1, 0x12, metric.length]), metric]));
  await again;
  expect((await ask('GET', '/_ledger?type=ncmd')).body).toMatchObject([{ key: 'line-1-gw', data: { metric: 'Node Control/Rebirth' } }]);
});

test('a dropped edge node dies by its will and comes back by itself', async () => {
  const client = await connected();
  const death = message(client, 'spBv1.0/acme/NDEATH/line-1-gw');
  const birth = message(client, 'spBv1.0/acme/NBIRTH/line-1-gw', (_, topic) => topic.includes('NBIRTH'));
  expect(await ask('POST', '/_disconnect', { clientIdPrefix: 'sparkplug-' })).toMatchObject({ body: { disconnected: ['sparkplug-line-1-gw'] } });
  await Promise.all([death, birth]);
});

/** The sequence number of a payload made by the foreign node: field 3, the last one that it writes. */
const seqOf = (payload: Buffer) => {
  const high = payload.at(-1) ?? 0;
  return payload.at(-2) === 0x18 ? high : high * 128 + ((payload.at(-2) ?? 0) & 0x7f);
};

test('a skipped message leaves a hole in the sequence, a late one comes behind the next', async () => {
  const client = await connected();
  const topic = 'spBv1.0/acme/DDATA/line-1-gw/case-sealer-1';
  const seqs: number[] = [];
  client.on('message', (_, payload) => void seqs.push(seqOf(payload)));
  await client.subscribeAsync(topic);
  const steps = () => seqs.slice(1).map((seq, index) => (seq - (seqs[index] ?? 0) + 256) % 256);
  await eventually(async () => (seqs.length > 3 ? true : undefined));
  expect(new Set(steps())).toEqual(new Set([1]));
  await ask('POST', '/_sparkplug', { action: 'skip-seq' });
  await eventually(async () => (steps().includes(2) ? true : undefined));
  await ask('POST', '/_sparkplug', { action: 'late' });
  await eventually(async () => (steps().join().includes('2,255,2') ? true : undefined));
});

test('anything can be published raw, and what is retained waits for those who come later', async () => {
  await ask('POST', '/_publish', { topic: 'poison/here', payloadBase64: Buffer.from([0xff, 0x00]).toString('base64'), retain: true });
  expect([...(await message(await connected(), 'poison/here'))]).toEqual([0xff, 0x00]);
});

test('a subscriber with a session gets the QoS 1 messages that came while it was away', async () => {
  const away = { clientId: 'away', clean: false };
  const first = await connected(away);
  await first.subscribeAsync('held/for/me', { qos: 1 });
  await first.endAsync();
  await ask('POST', '/_publish', { topic: 'held/for/me', payload: 'x', qos: 1 });
  const second = connect(ready.mqtt, { protocolVersion: 4, ...away });
  clients.push(second);
  expect(String(await new Promise((resolve) => second.once('message', (_, payload) => resolve(payload))))).toBe('x');
});

test('a reset ends the sessions of whoever is not there, and those of nobody else', async () => {
  const away = { clientId: 'gone for good', clean: false };
  const first = await connected(away);
  await first.subscribeAsync('held/for/nobody', { qos: 1 });
  await first.endAsync();
  await eventually(async () => JSON.stringify((await ask('POST', '/_disconnect', { clientIdPrefix: 'gone' })).body) === '{"disconnected":[]}' || undefined);
  const stays = await connected({ clientId: 'stays', clean: false });
  await stays.subscribeAsync('held/for/nobody', { qos: 1 });
  await ask('POST', '/_reset', { seed: 7, epoch });
  const heard = new Promise((resolve) => stays.once('message', (_, payload) => resolve(String(payload))));
  await ask('POST', '/_publish', { topic: 'held/for/nobody', payload: 'x', qos: 1 });
  expect(await heard).toBe('x');
  const second = connect(ready.mqtt, { protocolVersion: 4, ...away });
  clients.push(second);
  expect(await new Promise((resolve) => second.once('connect', ({ sessionPresent }) => resolve(sessionPresent)))).toBe(false);
});
