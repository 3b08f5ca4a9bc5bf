// MQTT 5 at a broker that others wrote, Mosquitto: what a publisher says of its trace arrives in the event that its value raises.
import { connectAsync } from 'mqtt';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mqttEndpoint } from '../../src/connectors/mqtt-endpoint/mqtt-endpoint.ts';
import { mqttJson } from '../../src/connectors/mqtt-json/mqtt-json.ts';
import { defineSignal } from '../../src/model/asset.ts';
import { above } from '../../src/model/condition.ts';
import { defineRule } from '../../src/model/rule.ts';
import { defineSource } from '../../src/model/source.ts';
import { last } from '../../src/model/window.ts';
import { freePort } from '../../src/run/demo/port.ts';
import { startEdge } from '../../src/run/edge.ts';
import { edgeDisk } from '../edge-disk.ts';
import { edgeHub } from '../edge-hub.ts';
import { packer, plantTeam, varianceCleared } from '../edge-landscape.ts';
import { realPorts, recordedSink } from '../recorded-sink.ts';
import { until } from '../until.ts';
import { hasMosquitto, ownMosquitto } from './own-mosquitto.ts';

const trace = (digit: string): string => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;

/** A packer whose temperature comes over MQTT 5; `lateness` as its source declares it. */
function hotPacker(name: string, lateness?: '2s') {
  const source = defineSource({ name, title: 'Floor', owner: plantTeam, connector: mqttJson, ...(lateness && { lateness }) });
  const signal = defineSignal({ asset: packer, source, of: `${name}-temperature`, family: 'temperature', unit: 'Cel', address: 'packer-3#/v' });
  const rule = defineRule({
    name: `packaging.${name}-too-hot`,
    title: 'Too hot',
    owner: plantTeam,
    on: signal,
    with: {},
    when: above(last, { limit: 90 }),
    sustained: '0ms',
    clear: { limit: 80, for: '0ms' },
    emit: varianceCleared,
    event: ({ asset, id }) => ({ asset, episode: id }),
    clears: varianceCleared,
    cleared: ({ asset, id }) => ({ asset, episode: `${id} is over` }),
  });
  return { source, signal, rule };
}

async function edgeAt(url: string, hub: string, { source, signal, rule }: ReturnType<typeof hotPacker>) {
  const edge = await startEdge({
    landscape: { signals: [signal], rules: [rule], sources: [source], limits: {}, optionsOf: () => ({ url, version: 5 }) },
    openStore: async () => edgeDisk().open(),
    edgeName: 'edge-1',
    hubUrls: [hub],
    key: 'k',
    log: () => undefined,
  });
  onTestFinished(edge.close);
  await until('the broker', async () => (await edge.status()).sources.every(({ connected }) => connected));
}

describe.skipIf(!hasMosquitto())('MQTT 5 (skipped without Mosquitto)', () => {
  test('the trace of the message whose value decides is the one of the event, also where late values are waited for', async () => {
    await using own = await ownMosquitto(['allow_anonymous true', 'persistence false']);
    await using hub = await edgeHub();
    const machine = await connectAsync(own.url, { protocolVersion: 5, reconnectPeriod: 0 });
    onTestFinished(() => machine.endAsync(true));
    await edgeAt(own.url, hub.url, hotPacker('prompt'));
    await edgeAt(own.url, hub.url, hotPacker('patient', '2s'));
    const t0 = Date.now() - 60_000;
    const say = (atMs: number, v: number, traceparent?: string) =>
      machine.publishAsync('packer-3', JSON.stringify({ ts: t0 + atMs, v }), {
        qos: 1,
        ...(traceparent !== undefined && { properties: { userProperties: { traceparent, tracestate: 'mes=1' } } }),
      });
    await say(0, 20, trace('1'));
    await say(1_000, 95, trace('2'));
    await say(2_000, 20);
    await say(10_000, 20, trace('4'));
    const events = await hub.until(() => hub.log.length === 4 && hub.log);
    const [opened, over] = [events.filter(({ id }) => !id.endsWith('.cleared')), events.filter(({ id }) => id.endsWith('.cleared'))];
    expect(opened.map(({ traceparent, tracestate }) => [traceparent, tracestate])).toEqual([1, 2].map(() => [trace('2'), 'mes=1']));
    // The message that ended it said nothing of a trace: it has that of its episode.
    const ids = opened.map(({ id }) => id).toSorted();
    expect(over.map(({ id }) => id).toSorted()).toEqual(ids.map((id) => `${id}.cleared`));
    expect(over.map(({ traceparent }) => String(traceparent).slice(3, 35)).toSorted()).toEqual(ids);
    expect(over.map(({ tracestate }) => tracestate)).toEqual([undefined, undefined]);
  });

  test('what was published with QoS 1 while nobody listened arrives, but for what its publisher let expire', async () => {
    await using own = await ownMosquitto(['allow_anonymous true', 'persistence false']);
    const listen = async () => {
      const sink = recordedSink();
      const source = await mqttJson.open({ url: own.url, version: 5 }, ['away#/v'], sink, realPorts('floor'));
      await sink.until(() => sink.links.some(({ up }) => up));
      return { sink, source };
    };
    const before = await listen();
    await before.source.close();
    const machine = await connectAsync(own.url, { protocolVersion: 5, reconnectPeriod: 0 });
    onTestFinished(() => machine.endAsync(true));
    const say = (v: number, messageExpiryInterval: number) =>
      machine.publishAsync('away', JSON.stringify({ ts: Date.now(), v }), { qos: 1, properties: { messageExpiryInterval } });
    await say(1, 1);
    await say(2, 3_600);
    const fromMs = Date.now();
    await until('the expiry of the first', () => Date.now() - fromMs > 2_500);
    const after = await listen();
    await after.sink.until(() => after.sink.all.length > 0);
    expect(after.sink.all.map(({ value }) => value)).toEqual([2]);
    await after.source.close();
  });

  test('a broker hands on to the endpoint of the edge itself, in MQTT 5, and the trace arrives', async () => {
    const port = await freePort();
    const sink = recordedSink();
    const source = await mqttEndpoint.open({ url: `mqtt://127.0.0.1:${port}` }, ['packer-3#/v'], sink, realPorts('floor'));
    onTestFinished(source.close);
    const bridge = ['connection edge', `address 127.0.0.1:${port}`, 'bridge_protocol_version mqttv50', 'topic packer-3 out 2', 'try_private false', 'notifications false'];
    await using own = await ownMosquitto(['allow_anonymous true', 'persistence false', ...bridge]);
    const machine = await connectAsync(own.url, { protocolVersion: 5, reconnectPeriod: 0 });
    onTestFinished(() => machine.endAsync(true));
    // A bridge that is not there yet lets go of what has QoS 0.
    await sink.until(() => sink.links.at(-1)?.detail.includes('1 client.'));
    for (const qos of [0, 1, 2] as const) {
      const userProperties = qos === 1 ? { traceparent: trace('1') } : { shift: 'early' };
      await machine.publishAsync('packer-3', JSON.stringify({ ts: Date.now(), v: qos }), { qos, properties: { contentType: 'application/json', userProperties } });
      await sink.until(() => sink.all.length > qos);
    }
    expect(sink.all.map(({ value, trace: told }) => [value, told])).toEqual([
      [0, undefined],
      [1, { traceparent: trace('1') }],
      [2, undefined],
    ]);
    expect(sink.links.at(-1)?.detail).toContain('1 client.');
  });

  test('a client that is refused is told in words', async () => {
    await using own = await ownMosquitto(['allow_anonymous false', 'password_file FOLDER/passwords', 'persistence false'], { passwords: '' });
    const sink = recordedSink();
    const source = await mqttJson.open({ url: own.url, version: 5 }, ['a#/v'], sink, realPorts('floor'));
    expect((await sink.until(() => sink.links[0])).detail).toMatch(/Connection refused: Not authorized: not authorized; next try/i);
    await source.close();
  });
});
