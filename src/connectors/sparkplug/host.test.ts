import { expect, test } from 'vitest';
import { datatype } from './datatype.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import { SparkplugHost } from './host.ts';
import type { Metric } from './payload.ts';
import {
  addresses,
  bdSeq,
  bornHost,
  bytesOf,
  deviceBirth,
  double,
  nodeBirth,
  onlineHost,
  published,
  quarantined,
  rate,
  samples,
  stale,
  t0,
  topics,
  values,
} from './host-for-test.ts';

test('births give the current values of the metrics that somebody asked for, signs and nulls included', () => {
  const { send } = onlineHost();
  expect(samples(send('g/NBIRTH/n', nodeBirth()))).toEqual([{ address: 'g/n//Uptime', value: 1, atMs: t0, quality: 'good' }]);
  expect(samples(send('g/DBIRTH/n/d', deviceBirth()))).toEqual([
    { address: 'g/n/d/Rate', value: 50, atMs: t0, quality: 'good' },
    { address: 'g/n/d/Temperature', value: -18, atMs: t0, quality: 'good' },
    { address: 'g/n/d/Line/Count', value: null, atMs: t0, quality: 'good' },
  ]);
});

test('data comes by alias, by name, or by both, with the datatype of the birth', () => {
  const { send } = bornHost();
  const temperature = (seq: number, metric: Metric) => values(send('g/DDATA/n/d', { seq, metrics: [{ timestamp: t0, value: { field: 'int', value: 0xffec }, ...metric }] }));
  expect(temperature(2, { alias: 11 })).toEqual([-20]);
  expect(temperature(3, { name: 'Temperature' })).toEqual([-20]);
  expect(temperature(4, { name: 'Temperature', alias: 11 })).toEqual([-20]);
  expect(values(send('g/NDATA/n', { seq: 5, metrics: [double(2, { alias: 1 })] }))).toEqual([2]);
});

test('a metric that nobody asked for is not passed on', () => {
  const { send } = bornHost({ addresses: ['g/n/d/Temperature'] });
  expect(send('g/DDATA/n/d', rate(2, 51))).toEqual([]);
});

test('a historical metric is flagged, a metric without a time of its own has that of its message', () => {
  const { send } = bornHost();
  expect(samples(send('g/DDATA/n/d', rate(2, 51, { isHistorical: true, timestamp: t0 - 60_000 })))).toEqual([
    { address: 'g/n/d/Rate', value: 51, atMs: t0 - 60_000, quality: 'good', historical: true },
  ]);
  expect(samples(send('g/DDATA/n/d', { timestamp: t0 + 7, seq: 3, metrics: [{ alias: 10, value: { field: 'double', value: 52 } }] }))).toMatchObject([{ value: 52, atMs: t0 + 7 }]);
});

test('a bad value costs its own metric only', () => {
  const { send } = bornHost();
  const out = send('g/DDATA/n/d', {
    seq: 2,
    metrics: [
      double(1, { alias: 10, timestamp: t0 + 25 * 3_600_000 }),
      { alias: 12, timestamp: t0, value: { field: 'long', value: 2n ** 60n } },
      { alias: 11, timestamp: t0, value: { field: 'int', value: 5 } },
      double(1, { alias: 10, properties: Buffer.from([0x12, 0x7f]) }),
      { alias: 10, timestamp: t0 },
    ],
  });
  expect(values(out)).toEqual([5]);
  expect(quarantined(out)).toEqual([
    { address: 'g/n/d/Rate', reason: expect.stringContaining('24 h ahead') },
    { address: 'g/n/d/Line/Count', reason: expect.stringContaining('beyond 2^53') },
    { address: 'g/n/d/Rate', reason: expect.stringContaining('not Sparkplug B') },
    { address: 'g/n/d/Rate', reason: expect.stringContaining('has no value') },
  ]);
});

test('a payload that is not protobuf is quarantined and nothing else happens', () => {
  const { host, send } = bornHost();
  expect(quarantined(host.message('spBv1.0/g/DDATA/n/d', Buffer.from('127f0a0452', 'hex'), t0))).toEqual([
    { address: 'g/n/d/', reason: expect.stringContaining('DDATA: The payload is not Sparkplug B') },
  ]);
  expect(values(send('g/DDATA/n/d', rate(2, 51)))).toEqual([51]);
});

test.each(['g/DDATA/n', 'g/NDATA/n/d', 'g/NBIRTH', 'g/HELLO/n', 'g/DDATA/n/d/x', 'STATE/edge-1/x', '/NDATA/n'])(
  'tck-id-topic-structure: %s is none of its topics and quarantined',
  (topic) => {
    expect(quarantined(onlineHost().send(topic, {}))).toEqual([{ address: `spBv1.0/${topic}`, reason: expect.stringContaining('not a topic') }]);
  },
);

test('tck-id-topic-structure-namespace-duplicate-device-id-across-edge-node: the same device id under two nodes is two devices', () => {
  const { send } = bornHost({ addresses: ['g/n/d/Rate', 'g/m/d/Rate'] });
  send('g/NBIRTH/m', nodeBirth());
  expect(samples(send('g/DBIRTH/m/d', deviceBirth())).map(({ address }) => address)).toEqual(['g/m/d/Rate']);
  expect(samples(send('g/DDATA/n/d', rate(2, 51))).map(({ address }) => address)).toEqual(['g/n/d/Rate']);
});

// Rebirth requests

test.each([
  'tck-id-operational-behavior-data-commands-ncmd-rebirth-name',
  'tck-id-operational-behavior-data-commands-ncmd-rebirth-value',
  'tck-id-operational-behavior-data-commands-ncmd-rebirth-verb',
  'tck-id-operational-behavior-data-commands-ncmd-verb',
  'tck-id-operational-behavior-data-commands-ncmd-metric-name',
  'tck-id-operational-behavior-data-commands-ncmd-metric-value',
  'tck-id-payloads-ncmd-qos',
  'tck-id-payloads-ncmd-retain',
  'tck-id-payloads-ncmd-seq',
  'tck-id-payloads-ncmd-timestamp',
  'tck-id-payloads-name-cmd-requirement',
  'tck-id-topics-ncmd-mqtt',
  'tck-id-topics-ncmd-payload',
  'tck-id-topics-ncmd-timestamp',
  'tck-id-topics-ncmd-topic',
])('%s: the rebirth request is an NCMD with the metric Node Control/Rebirth true, QoS 0, not retained, timed, without seq', () => {
  const [request, ...others] = published(onlineHost().send('g/NDATA/n', { seq: 3 }));
  expect(others).toEqual([]);
  expect(request).toMatchObject({ topic: 'spBv1.0/g/NCMD/n', qos: 0, retain: false });
  const payload = decode(bytesOf(request?.payload ?? ''));
  expect(payload).toEqual({ timestamp: t0, metrics: [{ name: 'Node Control/Rebirth', timestamp: t0, datatype: datatype.Boolean, value: { field: 'boolean', value: true } }] });
});

test.each([
  ['NDATA before NBIRTH', 'g/NDATA/n', { seq: 4 }, 'before NBIRTH'],
  ['DDATA before NBIRTH', 'g/DDATA/n/d', rate(4, 1), 'before NBIRTH'],
  ['DBIRTH before NBIRTH', 'g/DBIRTH/n/d', deviceBirth(4), 'before NBIRTH'],
  ['a node that nobody named', 'g/NDATA/other', { seq: 4 }, 'before NBIRTH'],
])('%s is quarantined and a rebirth requested', (_, topic, payload, reason) => {
  const out = onlineHost().send(topic, payload);
  expect(topics(out)).toEqual([`spBv1.0/g/NCMD/${topic.split('/')[2]}`]);
  expect(quarantined(out)).toEqual([{ address: expect.stringMatching(/^g\/(n|other)\//), reason: expect.stringContaining(reason) }]);
});

test('DDATA of a device that was not born, and an alias that no birth told, ask for a rebirth and are quarantined once', () => {
  const { send } = bornHost();
  const first = send('g/DDATA/n/e', rate(2, 1));
  expect(topics(first)).toEqual(['spBv1.0/g/NCMD/n']);
  expect(quarantined(first)).toEqual([{ address: 'g/n/e/', reason: expect.stringContaining('before DBIRTH') }]);
  expect(quarantined(send('g/DDATA/n/e', rate(3, 1)))).toEqual([]);
  const alias = send('g/DDATA/n/d', { seq: 4, metrics: [double(1, { alias: 99 }), double(7, { alias: 10 })] });
  expect(quarantined(alias)).toEqual([{ address: 'g/n/d/', reason: expect.stringContaining('alias 99') }]);
  expect(values(alias)).toEqual([7]);
});

test('after a birth the same complaint is told again, and how many were not told is noted', () => {
  const { send } = bornHost();
  const dark = (seq: number) => quarantined(send('g/DDATA/n/e', rate(seq, 1)));
  expect([dark(2), dark(3), dark(4)].map(({ length }) => length)).toEqual([1, 0, 0]);
  expect(send('g/NBIRTH/n', nodeBirth())).toContainEqual({ kind: 'note', text: expect.stringMatching(/^2 more messages/) });
  expect(dark(1)).toHaveLength(1);
});

test('requests of one node are rate limited: one now, one when the time is over, none if a birth came meanwhile', () => {
  const { host, send, tick } = onlineHost();
  expect(topics(send('g/NDATA/n', { seq: 1 }, 0))).toHaveLength(1);
  expect(topics(send('g/NDATA/n', { seq: 2 }, 100))).toHaveLength(0);
  expect(host.nextAtMs()).toBe(t0 + 5_000);
  expect(topics(tick(4_999))).toHaveLength(0);
  expect(topics(tick(5_000))).toHaveLength(1);
  send('g/NDATA/n', { seq: 3 }, 5_100);
  send('g/NBIRTH/n', nodeBirth(), 5_200);
  expect(host.nextAtMs()).toBeUndefined();
  expect(topics(tick(20_000))).toHaveLength(0);
});

test('one node that asks for births does not use up the limit of another', () => {
  const { send } = onlineHost();
  expect(topics([...send('g/NDATA/n', { seq: 1 }), ...send('g/NDATA/m', { seq: 1 })])).toEqual(['spBv1.0/g/NCMD/n', 'spBv1.0/g/NCMD/m']);
});

test('a birth that breaks the rules is taken as far as it goes', () => {
  const { send } = onlineHost();
  send('g/NBIRTH/n', nodeBirth());
  const out = send('g/DBIRTH/n/d', {
    seq: 1,
    metrics: [double(1, { alias: 4 }), double(2, { name: 'Rate', alias: 5 }), { name: 'Temperature', alias: 5, timestamp: t0, value: { field: 'int', value: 1 } }],
  });
  expect(values(out)).toEqual([2]);
  expect(quarantined(out).map(({ reason }) => reason)).toEqual([
    expect.stringContaining('without a name (alias 4)'),
    expect.stringContaining('alias 5 also to'),
    expect.stringContaining('datatype'),
  ]);
});

// Deaths

const nodeDeathIds = ['node-offline', 'node-tags-stale', 'devices-offline', 'devices-tags-stale'].map(
  (end) => `tck-id-operational-behavior-edge-node-termination-host-action-ndeath-${end}`,
);

test.each(nodeDeathIds)('%s: NDEATH makes node and devices stale at once, at our own time', () => {
  const { send } = bornHost();
  const out = send('g/NDEATH/n', { timestamp: t0 - 99_000, metrics: [bdSeq(0)] }, 4_000);
  expect(out).toEqual([{ kind: 'stale', prefix: 'g/n/', atMs: t0 + 4_000 }]);
  expect(topics(send('g/DDATA/n/d', rate(2, 1), 4_100))).toEqual(['spBv1.0/g/NCMD/n']);
});

test.each(['offline', 'tags-stale'])(
  'tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-%s: DDEATH makes the device stale at the time of the message',
  () => {
    const { send } = bornHost();
    expect(send('g/DDEATH/n/d', { timestamp: t0 + 1_234, seq: 2 }, 4_000)).toEqual([{ kind: 'stale', prefix: 'g/n/d/', atMs: t0 + 1_234 }]);
    expect(values(send('g/NDATA/n', { seq: 3, metrics: [double(2, { alias: 1 })] }, 4_100))).toEqual([2]);
    expect(quarantined(send('g/DDATA/n/d', rate(4, 1), 4_200))).toEqual([{ address: 'g/n/d/', reason: expect.stringContaining('before DBIRTH') }]);
  },
);

test('a DDEATH whose clock cannot be believed counts from our own time', () => {
  const { send } = bornHost();
  expect(stale(send('g/DDEATH/n/d', { timestamp: t0 + 48 * 3_600_000, seq: 2 }, 0))).toEqual([{ prefix: 'g/n/d/', atMs: t0 }]);
});

test('tck-id-payloads-ndeath-bdseq: a death with the bdSeq of another session is left alone', () => {
  const { send } = onlineHost();
  send('g/NBIRTH/n', nodeBirth(3));
  send('g/DBIRTH/n/d', deviceBirth());
  expect(send('g/NDEATH/n', { metrics: [bdSeq(2)] })).toEqual([{ kind: 'note', text: expect.stringContaining('bdSeq 2') }]);
  expect(send('g/NDEATH/n', { metrics: [] })).toMatchObject([{ kind: 'note' }]);
  expect(values(send('g/DDATA/n/d', rate(2, 51)))).toEqual([51]);
  expect(stale(send('g/NDEATH/n', { metrics: [bdSeq(3)] }))).toHaveLength(1);
  expect(send('g/NDEATH/n', { metrics: [bdSeq(3)] })).toMatchObject([{ kind: 'note' }]);
});

test('what was held back before a death is delivered before everything is stale', () => {
  const { send } = bornHost();
  send('g/DDATA/n/d', rate(3, 53));
  expect(send('g/NDEATH/n', { metrics: [bdSeq(0)] }).map(({ kind }) => kind)).toEqual(['samples', 'stale']);
});

test('a device that does not come back with the rebirth of its node is stale after a while', () => {
  const { host, send, tick } = bornHost();
  send('g/NBIRTH/n', nodeBirth(), 100);
  expect(host.nextAtMs()).toBe(t0 + 5_100);
  expect(tick(5_100)).toEqual([{ kind: 'stale', prefix: 'g/n/d/', atMs: t0 + 5_100 }]);
  const other = bornHost();
  other.send('g/NBIRTH/n', nodeBirth(), 100);
  other.send('g/DBIRTH/n/d', deviceBirth(), 200);
  expect(other.tick(60_000)).toEqual([]);
});

// The connection of the host itself

test('at the start the births of every node that the landscape names are requested, after our own', () => {
  const host = new SparkplugHost({ hostId: 'edge-1', addresses: [...addresses, 'h/m/d/X'], reorderTimeoutMs: 2_000, rebirthEveryMs: 5_000 });
  expect(host.birth(t0)).toMatchObject({ topic: 'spBv1.0/STATE/edge-1' });
  expect(host.message('spBv1.0/g/DDATA/n/d', encode({ metrics: [] }), t0)).toEqual([]);
  expect(topics(host.announced(t0))).toEqual(['spBv1.0/g/NCMD/n', 'spBv1.0/h/NCMD/m']);
  expect(host.filters).toEqual(['spBv1.0/STATE/edge-1', 'spBv1.0/g/#', 'spBv1.0/h/#']);
});

test('after a lost connection nothing is believed: births are requested, and a node that gives none is stale', () => {
  const { host, send, tick } = bornHost();
  host.disconnected();
  expect(host.nextAtMs()).toBeUndefined();
  expect(send('g/DDATA/n/d', rate(2, 51), 1_000)).toEqual([]);
  host.birth(t0 + 9_000);
  expect(topics(host.announced(t0 + 9_050))).toEqual(['spBv1.0/g/NCMD/n']);
  expect(values(send('g/DDATA/n/d', rate(9, 51), 9_100))).toEqual([]);
  expect(stale(tick(9_050 + 7_000))).toEqual([{ prefix: 'g/n/', atMs: t0 + 16_050 }]);
});

test('a device that died while we were away is stale when its node was reborn without it', () => {
  const { host, send, tick } = bornHost();
  host.disconnected();
  host.birth(t0 + 9_000);
  host.announced(t0 + 9_000);
  send('g/NBIRTH/n', nodeBirth(1), 9_100);
  expect(stale(tick(9_100 + 5_000))).toEqual([{ prefix: 'g/n/d/', atMs: t0 + 14_100 }]);
});

test('tck-id-message-flow-hid-sparkplug-state-message-delivered: an offline STATE of our own id is answered with the birth of this session', () => {
  const { host } = onlineHost();
  const told = (state: unknown) => host.message('spBv1.0/STATE/edge-1', Buffer.from(JSON.stringify(state)), t0);
  expect(told({ online: false, timestamp: t0 })).toEqual([
    { kind: 'publish', message: { topic: 'spBv1.0/STATE/edge-1', payload: JSON.stringify({ online: true, timestamp: t0 - 10_000 }), qos: 1, retain: true } },
  ]);
  expect(told({ online: true, timestamp: t0 - 10_000 })).toEqual([]);
  expect(told('OFFLINE')).toMatchObject([{ kind: 'quarantine' }]);
  expect(host.message('spBv1.0/STATE/another', Buffer.from('{"online":false,"timestamp":1}'), t0)).toEqual([]);
});

test('tck-id-operational-behavior-host-application-host-id: another host with our id is told', () => {
  const { host } = onlineHost();
  expect(host.message('spBv1.0/STATE/edge-1', Buffer.from(JSON.stringify({ online: true, timestamp: 1 })), t0)).toEqual([
    { kind: 'note', text: expect.stringContaining('must be unique') },
  ]);
});

test('commands, ours or of others, are not our business', () => {
  const { send } = onlineHost();
  expect([...send('g/NCMD/n', {}), ...send('g/DCMD/n/d', {})]).toEqual([]);
});

test.each(['g/n/d', 'g//d/X', '/n/d/X', 'g/n/d/', 'g/n+/d/X'])('the address %s is refused', (address) => {
  expect(() => onlineHost({ addresses: [address] })).toThrow(expect.objectContaining({ code: 'LANDSCAPE_INVALID' }));
});

// Commands

test.each([
  'tck-id-operational-behavior-data-commands-dcmd-verb',
  'tck-id-operational-behavior-data-commands-dcmd-metric-name',
  'tck-id-operational-behavior-data-commands-dcmd-metric-value',
  'tck-id-payloads-dcmd-qos',
  'tck-id-payloads-dcmd-retain',
  'tck-id-payloads-dcmd-seq',
  'tck-id-payloads-dcmd-timestamp',
  'tck-id-topics-dcmd-mqtt',
  'tck-id-topics-dcmd-payload',
  'tck-id-topics-dcmd-timestamp',
  'tck-id-topics-dcmd-topic',
])('%s: a write is a DCMD with the metric by its alias, QoS 0, not retained, timed, without seq', () => {
  const { host } = bornHost();
  const message = host.command('g/n/d/Temperature', -18, t0 + 9);
  expect(message).toMatchObject({ topic: 'spBv1.0/g/DCMD/n/d', qos: 0, retain: false });
  const payload = decode(bytesOf('payload' in message ? message.payload : ''));
  expect(payload).toEqual({ timestamp: t0 + 9, metrics: [{ alias: 11, timestamp: t0 + 9, datatype: datatype.Int16, value: { field: 'int', value: 0xffff_ffee } }] });
});

test('a metric of the node itself is written by an NCMD; one without an alias by its name', () => {
  const { host, send } = bornHost();
  expect(host.command('g/n//Uptime', 5, t0)).toMatchObject({ topic: 'spBv1.0/g/NCMD/n' });
  send('g/DBIRTH/n/e', { seq: 2, metrics: [{ name: 'Mode', datatype: datatype.String, value: { field: 'string', value: 'auto' } }] });
  const message = host.command('g/n/e/Mode', 'manual', t0);
  expect(decode(bytesOf('payload' in message ? message.payload : '')).metrics).toMatchObject([{ name: 'Mode', value: { field: 'string', value: 'manual' } }]);
});

test('nothing is written to what is not born, to what has died, while we are away, or in another type', () => {
  const { host, send } = bornHost();
  const kindOf = (address: string, value: number | string | boolean) => {
    const told = host.command(address, value, t0);
    return 'kind' in told ? [told.kind, told.reason] : 'sent';
  };
  expect(kindOf('g/n/e/Rate', 1)).toEqual(['unreachable', 'g/n/e/ is not born.']);
  expect(kindOf('g/other/d/Rate', 1)).toEqual(['unreachable', 'g/other/d/ is not born.']);
  expect(kindOf('g/n/d/Speed', 1)).toEqual(['refused', 'The birth has no metric "Speed".']);
  expect(kindOf('g/n/d/Rate', 'fast')).toEqual(['refused', 'The value "fast" does not fit Double.']);
  for (const value of [32_768, -32_769, 0.5]) expect(kindOf('g/n/d/Temperature', value)).toEqual(['refused', `The value ${value} does not fit Int16.`]);
  expect(kindOf('g/n/d/Line/Count', -1)).toBe('sent');
  // We were away: it may have died, or have been born with other aliases.
  host.announced(t0 + 1);
  expect(kindOf('g/n/d/Rate', 1)).toEqual(['unreachable', 'g/n/d/ is not born.']);
  send('g/NBIRTH/n', nodeBirth());
  send('g/DBIRTH/n/d', deviceBirth());
  send('g/DDEATH/n/d', { seq: 2 });
  expect(kindOf('g/n/d/Rate', 1)).toEqual(['unreachable', 'g/n/d/ is not born.']);
  send('g/NDEATH/n', { metrics: [bdSeq(0)] });
  expect(kindOf('g/n//Uptime', 1)).toEqual(['unreachable', 'g/n// is not born.']);
  host.disconnected();
  expect(kindOf('g/n//Uptime', 1)).toEqual(['unreachable', 'The broker is not connected.']);
});
