// The connectors for MQTT against a broker that others wrote: Mosquitto.
import { createHash, randomBytes } from 'node:crypto';
import { connect, connectAsync } from 'mqtt';
import { describe, expect, test } from 'vitest';
import { mqttJson } from '../../src/connectors/mqtt-json/mqtt-json.ts';
import { sparkplug } from '../../src/connectors/sparkplug/sparkplug.ts';
import { realPorts, recordedSink } from '../recorded-sink.ts';
import { until } from '../until.ts';
import { foreignClient } from './foreign-client.ts';
import { hasMosquitto, ownMosquitto } from './own-mosquitto.ts';
import { sparkplugNode } from './sparkplug-node.ts';
import { tcpGate } from './tcp-gate.ts';

const given = process.env['LINESHAFT_MOSQUITTO'];
const broker = given ?? 'mqtt://127.0.0.1:1883';
const hasProgram = hasMosquitto();

test('Mosquitto is there', ({ skip }) => {
  const missing = [
    ...(given === undefined ? ['LINESHAFT_MOSQUITTO names no broker: start one with "scripts/services.sh start mosquitto", and give the address that it prints'] : []),
    ...(hasProgram ? [] : ['the program mosquitto is not on this machine']),
  ];
  if (process.env['CI'] === 'true') expect(missing).toEqual([]);
  skip(missing.length > 0, missing.join('; '));
});

/** Other runs of this test may use the same broker. */
const fresh = (): string => `t${randomBytes(6).toString('hex')}`;
const { hostname, port } = new URL(broker);
const gateToBroker = () => tcpGate(hostname, Number(port === '' ? '1883' : port));
const message = (value: number | string): string => JSON.stringify({ ts: Date.now(), v: value });

async function listening(url: string, topic: string, options: { readonly clientId?: string; readonly credentials?: { kind: 'basic'; username: string; password: string } } = {}) {
  const sink = recordedSink();
  const source = await mqttJson.open({ url, clientId: fresh(), ...options }, [`${topic}#/v`], sink, realPorts('floor'));
  return { sink, values: () => sink.all.map(({ value }) => value), close: () => source.close(), [Symbol.asyncDispose]: () => source.close() };
}

async function hosting(url: string, hostId: string, group = fresh()) {
  const sink = recordedSink();
  const addresses = [`${group}/gw/sealer/Rate`, `${group}/gw/sealer/Tunnel`];
  const source = await sparkplug.open({ url, hostId, reorderTimeoutMs: 100, rebirthEveryMs: 50 }, addresses, sink, realPorts('floor'));
  return { sink, group, close: () => source.close(), [Symbol.asyncDispose]: () => source.close() };
}

interface State {
  readonly online: boolean;
  readonly timestamp: number;
}

/** All STATE messages of a host, as an edge node that waits for it hears them. */
async function stateHeard(url: string, hostId: string) {
  const client = await foreignClient(url, `spBv1.0/STATE/${hostId}`);
  // A STATE message has exactly these two fields, or the comparisons below fail.
  const states = (): State[] => client.heard.map(({ text }) => JSON.parse(text) as State);
  return { states, heard: client.heard, [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

/** What the broker keeps for whoever comes next. */
async function retainedState(url: string, hostId: string): Promise<State> {
  await using late = await stateHeard(url, hostId);
  return await until('a retained STATE', () => late.heard.some(({ retained }) => retained) && late.states()[0]);
}

describe.skipIf(given === undefined)('JSON over MQTT (skipped without LINESHAFT_MOSQUITTO)', () => {
  test('what machines publish arrives, and a retained value even if it was published before', async () => {
    const topic = fresh();
    await using machine = await foreignClient(broker);
    await machine.publish(topic, message('kept'), { retain: true });
    await using heard = await listening(broker, topic);
    await heard.sink.until(() => heard.sink.all.length === 1);
    await machine.publish(topic, message(1), { qos: 0 });
    await machine.publish(topic, 'no JSON');
    await machine.publish(topic, message(2));
    await heard.sink.until(() => heard.sink.all.length === 3);
    expect(heard.values()).toEqual(['kept', 1, 2]);
    expect(heard.sink.quarantined.map(({ address, raw }) => [address, raw])).toEqual([[topic, 'no JSON']]);
    await machine.publish(topic, '', { retain: true });
  });

  test('messages of QoS 1 wait at the broker while the edge is away, and come once and in order', async () => {
    const [topic, clientId] = [fresh(), fresh()];
    await using machine = await foreignClient(broker);
    const before = await listening(broker, topic, { clientId });
    await before.sink.until(() => before.sink.links.some(({ up }) => up));
    await before.close();
    const values = Array.from({ length: 50 }, (_, index) => index);
    for (const value of values) await machine.publish(topic, message(value));
    await using after = await listening(broker, topic, { clientId });
    await after.sink.until(() => after.sink.all.length >= values.length);
    await machine.publish(topic, message('last'));
    await after.sink.until(() => after.values().includes('last'));
    expect(after.values()).toEqual([...values, 'last']);
  });

  test('nothing of QoS 1 is lost while the connection is cut', async () => {
    const topic = fresh();
    await using machine = await foreignClient(broker);
    await using gate = await gateToBroker();
    await using heard = await listening(`mqtt://127.0.0.1:${gate.port}`, topic);
    await heard.sink.until(() => heard.sink.links.length === 1);
    gate.shut();
    gate.cut();
    await heard.sink.until(() => heard.sink.links.some(({ up }) => !up));
    for (const value of [1, 2, 3]) await machine.publish(topic, message(value));
    gate.open();
    await heard.sink.until(() => heard.sink.links.at(-1)?.up);
    await machine.publish(topic, message(4));
    await heard.sink.until(() => heard.values().includes(4));
    expect(heard.values()).toEqual([1, 2, 3, 4]);
  });
});

describe.skipIf(given === undefined)('Sparkplug host application (skipped without LINESHAFT_MOSQUITTO)', () => {
  test('a connection cut hard: the broker publishes the will, offline with the timestamp of the birth, and keeps it; then a newer birth', async () => {
    const hostId = fresh();
    await using watcher = await stateHeard(broker, hostId);
    await using gate = await gateToBroker();
    await using host = await hosting(`mqtt://127.0.0.1:${gate.port}`, hostId);
    await host.sink.until(() => host.sink.links.length === 1);
    const birth = await until('a birth', () => watcher.states()[0]);
    expect(birth).toEqual({ online: true, timestamp: expect.any(Number) });
    expect(await retainedState(broker, hostId)).toEqual(birth);
    gate.shut();
    gate.cut();
    await until('the will', () => watcher.states().length === 2);
    expect(watcher.states()[1]).toEqual({ online: false, timestamp: birth.timestamp });
    expect(await retainedState(broker, hostId)).toEqual({ online: false, timestamp: birth.timestamp });
    gate.open();
    const again = await until('a second birth', () => watcher.states()[2]);
    expect(again).toEqual({ online: true, timestamp: expect.any(Number) });
    expect(again.timestamp).toBeGreaterThan(birth.timestamp);
    expect(await retainedState(broker, hostId)).toEqual(again);
  });

  test('a connection that only the broker still believes in: taken over, its late will does not stand', async () => {
    const hostId = fresh();
    await using watcher = await stateHeard(broker, hostId);
    await using gate = await gateToBroker();
    await using host = await hosting(`mqtt://127.0.0.1:${gate.port}`, hostId);
    await host.sink.until(() => host.sink.links.length === 1);
    gate.strand();
    await host.sink.until(() => host.sink.links.length === 3);
    const [first] = watcher.states();
    const newer = await until('a newer birth', () => watcher.states().find(({ online, timestamp }) => online && timestamp > (first?.timestamp ?? Infinity)));
    expect(watcher.states()).toContainEqual({ online: false, timestamp: first?.timestamp });
    // The host corrects its own old will where it hears it, so that the newer birth may be said twice.
    expect(watcher.states().at(-1)).toEqual(newer);
    expect(await retainedState(broker, hostId)).toEqual(newer);
  });

  test('a host that closes says so itself, later than its birth, and no will follows', async () => {
    const hostId = fresh();
    await using watcher = await stateHeard(broker, hostId);
    const host = await hosting(broker, hostId);
    await host.sink.until(() => host.sink.links.length === 1);
    await host.close();
    const [birth, death] = await until('a death', () => watcher.states().length === 2 && watcher.states());
    expect(death).toEqual({ online: false, timestamp: expect.any(Number) });
    expect(death?.timestamp).toBeGreaterThanOrEqual(birth?.timestamp ?? Infinity);
    expect(await retainedState(broker, hostId)).toEqual(death);
    expect(watcher.states()).toHaveLength(2);
  });

  test('a foreign edge node: births, data by alias, death and birth again', async () => {
    await using host = await hosting(broker, fresh());
    const { sink, group } = host;
    await sink.until(() => sink.links.length === 1);
    const node = sparkplugNode(broker, group, 'gw');
    await sink.until(() => sink.all.some(({ address }) => address.endsWith('/Tunnel')));
    expect(sink.all.find(({ address }) => address === `${node.device}Tunnel`)).toMatchObject({ value: -18, quality: 'good' });
    for (const rate of [51, 52, 53]) node.rate(rate);
    await sink.until(() => sink.all.at(-1)?.value === 53);
    const rates = sink.all.filter(({ address }) => address === `${node.device}Rate`);
    expect(rates.slice(-3).map(({ value, quality }) => [value, quality])).toEqual([
      [51, 'good'],
      [52, 'good'],
      [53, 'good'],
    ]);
    node.stop();
    expect(await sink.until(() => sink.stales[0])).toMatchObject({ prefix: `${group}/gw/` });
    using second = sparkplugNode(broker, group, 'gw');
    await sink.until(() => sink.all.at(-1)?.value === -18 && sink.all.at(-1)?.quality === 'good');
    second.rate(60);
    await sink.until(() => sink.all.at(-1)?.value === 60);
  });

  test('a node that was born before the host came is asked for its births', async () => {
    const group = fresh();
    using node = sparkplugNode(broker, group, 'gw');
    await using watcher = await foreignClient(broker, `spBv1.0/${group}/#`);
    await until('the births of the node', () => {
      node.rate(50); // nothing, before its birth
      return watcher.heard.some(({ topic }) => topic.includes('DDATA'));
    });
    await using host = await hosting(broker, fresh(), group);
    await host.sink.until(() => host.sink.all.some(({ value, quality }) => value === -18 && quality === 'good'));
    expect(node.rebirths).toBeGreaterThan(0);
  });

  test('a node whose connection was cut: the will that the broker publishes makes it stale, its birth brings it back', async () => {
    await using host = await hosting(broker, fresh());
    const { sink, group } = host;
    await sink.until(() => sink.links.length === 1);
    await using gate = await gateToBroker();
    using node = sparkplugNode(`mqtt://127.0.0.1:${gate.port}`, group, 'gw');
    await sink.until(() => sink.all.some(({ value }) => value === -18));
    gate.shut();
    gate.cut();
    expect(await sink.until(() => sink.stales[0])).toMatchObject({ prefix: `${group}/gw/` });
    const seen = sink.all.length;
    gate.open();
    await sink.until(() => sink.all.slice(seen).some(({ value, quality }) => value === -18 && quality === 'good'));
    node.rate(61);
    await sink.until(() => sink.all.at(-1)?.value === 61);
    expect(sink.stales).toHaveLength(1);
  });
});

describe.skipIf(!hasProgram)('a Mosquitto of its own (skipped without the program)', () => {
  test('killed and started again with nothing in its memory, it hears from the host and brings everybody back', async () => {
    await using own = await ownMosquitto(['allow_anonymous true', 'persistence false']);
    const [topic, hostId] = [fresh(), fresh()];
    await using heard = await listening(own.url, topic);
    await using host = await hosting(own.url, hostId);
    using node = sparkplugNode(own.url, host.group, 'gw');
    await host.sink.until(() => host.sink.all.some(({ value }) => value === -18));
    await heard.sink.until(() => heard.sink.links.length === 1);
    const birth = await retainedState(own.url, hostId);
    await own.stop('SIGKILL');
    await host.sink.until(() => host.sink.links.some(({ up }) => !up));
    await heard.sink.until(() => heard.sink.links.some(({ up }) => !up));
    const seen = host.sink.all.length;
    await own.start();
    await host.sink.until(() => host.sink.links.at(-1)?.up);
    await heard.sink.until(() => heard.sink.links.at(-1)?.up);
    const again = await retainedState(own.url, hostId);
    expect(again).toEqual({ online: true, timestamp: expect.any(Number) });
    expect(again.timestamp).toBeGreaterThan(birth.timestamp);
    await host.sink.until(() => host.sink.all.slice(seen).some(({ value, quality }) => value === -18 && quality === 'good'));
    node.rate(62);
    await host.sink.until(() => host.sink.all.at(-1)?.value === 62);
    await using machine = await foreignClient(own.url);
    await machine.publish(topic, message('after'));
    await heard.sink.until(() => heard.values().includes('after'));
  });

  test('a session outlives the restart of a broker that writes it down: what waited there arrives', async () => {
    await using own = await ownMosquitto(['allow_anonymous true', 'persistence true']);
    const [topic, clientId] = [fresh(), fresh()];
    const before = await listening(own.url, topic, { clientId });
    await before.sink.until(() => before.sink.links.some(({ up }) => up));
    await before.close();
    {
      await using machine = await foreignClient(own.url);
      for (const value of [1, 2, 3]) await machine.publish(topic, message(value));
    }
    await own.stop('SIGTERM');
    await own.start();
    await using after = await listening(own.url, topic, { clientId });
    await after.sink.until(() => after.sink.all.length >= 3);
    expect(after.values()).toEqual([1, 2, 3]);
  });

  test('a wrong password is told as what it is; the right one is let in', async () => {
    await using own = await ownMosquitto(['allow_anonymous false', 'password_file FOLDER/passwords'], { passwords: `edge:${passwordHash('right')}\n` });
    const topic = fresh();
    const as = (password: string) => ({ credentials: { kind: 'basic' as const, username: 'edge', password } });
    await using refused = await listening(own.url, topic, as('wrong'));
    const { detail } = await refused.sink.until(() => refused.sink.links[0]);
    expect(detail).toContain('Not authorized');
    expect(detail).not.toContain('wrong');
    await using heard = await listening(own.url, topic, as('right'));
    expect((await heard.sink.until(() => heard.sink.links[0])).up).toBe(true);
  });

  test('a command reaches the machine that is there, and no broker brings it late to one that was away', async () => {
    await using own = await ownMosquitto(['allow_anonymous true', 'persistence false']);
    const topic = fresh();
    const session = { clientId: fresh(), clean: false, protocolVersion: 4 as const, reconnectPeriod: 0 };
    // A machine with a session that the broker keeps messages for.
    const away = await connectAsync(own.url, session);
    await away.subscribeAsync(`${topic}/#`, { qos: 1 });
    await away.endAsync();
    await using there = await foreignClient(own.url, `${topic}/cmd`);
    const sink = recordedSink();
    const source = await mqttJson.open({ url: own.url, clientId: fresh() }, [`${topic}/state#/v`], sink, realPorts('floor'));
    try {
      await sink.until(() => sink.links.some(({ up }) => up));
      expect(await source.control?.write(`${topic}/cmd#/speed`, 90, { id: 'c1', deadlineMs: 1_000 })).toEqual({ kind: 'written' });
      await until('the machine has it', () => there.heard.length === 1);
      expect(JSON.parse(there.heard[0]?.text ?? '')).toEqual({ speed: 90, id: 'c1', deadline: 1_000 });
      await there.publish(`${topic}/marker`, 'x');
      const heard: string[] = [];
      const returned = connect(own.url, session).on('message', (name) => void heard.push(name));
      await until('what waited for it has come', () => heard.length > 0);
      expect(heard).toEqual([`${topic}/marker`]);
      await returned.endAsync(true);
    } finally {
      await source.close();
    }
  });
});

/** As mosquitto_passwd writes it: SHA-512 of password and salt. */
function passwordHash(password: string): string {
  const salt = randomBytes(12);
  return `$6$${salt.toString('base64')}$${createHash('sha512').update(password).update(salt).digest('base64')}`;
}
