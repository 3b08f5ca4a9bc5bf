import { createRequire } from 'node:module';
import { createServer, type Server } from 'node:net';
import { Aedes, type AedesOptions } from 'aedes';
import { afterEach, expect, test } from 'vitest';
import { realPorts } from '../../test/recorded-sink.ts';
import { openMqttLink, type MqttLinkOptions } from './mqtt-link.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listen(handle: Parameters<typeof createServer>[1]): Promise<{ port: number; server: Server }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, server };
}

async function brokerWith(options: AedesOptions) {
  const broker = await Aedes.createBroker(options);
  const { port } = await listen(broker.handle);
  closing.push(() => new Promise<void>((resolve) => broker.close(resolve)));
  return { broker, port };
}

/** What the link tells, as it comes. */
async function linkTo(port: number, options: Partial<MqttLinkOptions> = {}) {
  const told: string[] = [];
  const waiting = new Set<() => void>();
  const tell = (what: string) => {
    told.push(what);
    for (const look of waiting) look();
  };
  const link = await openMqttLink(
    { url: `mqtt://127.0.0.1:${port}`, clientId: 'link', clean: true, filters: ['a'], qos: 1, ...options },
    { up: () => tell('up'), down: (detail) => tell(`down ${detail}`), message: (_, payload) => tell(`message ${String(payload)}`) },
    realPorts('floor'),
  );
  closing.push(() => link.close());
  const until = (start: string, times = 1) =>
    new Promise<string>((resolve) => {
      const look = () => {
        const found = told.filter((what) => what.startsWith(start))[times - 1];
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return { link, told, until };
}

test('refused credentials are told as what they are, and tried again', async () => {
  let allowed = false;
  const { port } = await brokerWith({ authenticate: (_client, username, password, done) => done(null, allowed && username === 'u' && String(password) === 'p') });
  const { until } = await linkTo(port, { credentials: { kind: 'basic', username: 'u', password: 'p' } });
  expect(await until('down')).toMatch(/^down Cannot reach mqtt:\/\/127\.0\.0\.1:\d+ \(floor\): Connection refused: Not authorized; next try in 0\.\d s\.$/);
  allowed = true;
  await until('up');
});

test('a subscription that the broker refuses is no connection: it is told by its name and tried again', async () => {
  const { port } = await brokerWith({ authorizeSubscribe: (_client, subscription, done) => done(null, subscription.topic === 'a' ? null : subscription) });
  const { told, until } = await linkTo(port, { filters: ['b', 'a'] });
  expect(await until('down', 2)).toMatch(/refuses to let us read a; next try/);
  expect(told).not.toContain('up');
});

test('a peer that speaks something else than MQTT is told and tried again', async () => {
  const { port } = await listen((socket) => {
    socket.on('error', () => undefined).resume();
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  const { until } = await linkTo(port);
  await until('down', 2);
});

test('waiting between tries grows', async () => {
  const { port } = await listen((socket) => socket.destroy());
  const { told, until } = await linkTo(port);
  await until('down', 3);
  const waits = told.map((what) => Number(/in ([\d.]+) s/.exec(what)?.[1]));
  expect(waits[2]).toBeGreaterThan(waits[0] ?? 0);
});

test('what is published while the link is down is dropped, not sent later', async () => {
  const { broker, port } = await brokerWith({});
  const seen: string[] = [];
  broker.on('publish', (packet, client) => {
    if (client) seen.push(packet.topic);
  });
  const { link, until } = await linkTo(port);
  link.publish({ topic: 'too-early', payload: 'x', qos: 1, retain: false });
  await until('up');
  await new Promise<void>((resolve) => link.publish({ topic: 'in-time', payload: 'x', qos: 1, retain: false }, resolve));
  expect(seen).toEqual(['in-time']);
});

test('closing while no broker is there ends at once, and nothing is tried any more', async () => {
  const { port, server } = await listen((socket) => socket.destroy());
  const { link, told, until } = await linkTo(port);
  await until('down');
  await link.close({ topic: 'bye', payload: 'x', qos: 1, retain: true });
  const connections = new Promise((resolve) => server.once('connection', resolve));
  const silence = new Promise((resolve) => setTimeout(() => resolve('silence'), 500));
  expect(await Promise.race([connections, silence])).toBe('silence');
  expect(told).toHaveLength(1);
});

test('mqtt.js writes with the mqtt-packet that is told to keep no table of all numbers', async () => {
  const { port } = await brokerWith({});
  await linkTo(port);
  const ofLink = createRequire(import.meta.url);
  const ofMqtt = createRequire(ofLink.resolve('mqtt'));
  expect(ofMqtt.resolve('mqtt-packet')).toBe(ofLink.resolve('mqtt-packet'));
  expect(ofMqtt('mqtt-packet').writeToStream.cacheNumbers).toBe(false);
});

test('credentials that the url carries reach the broker', async () => {
  const { port } = await brokerWith({ authenticate: (_client, username, password, done) => done(null, username === 'u' && String(password) === 'p') });
  const { until } = await linkTo(port, { url: `mqtt://u:p@127.0.0.1:${port}` });
  expect(await until('up')).toBe('up');
});
