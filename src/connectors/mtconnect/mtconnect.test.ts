import fc from 'fast-check';
import * as saxes from 'saxes';
import { expect, test } from 'vitest';
import { ucumProblem } from '../../kernel/ucum.ts';
import { Fault } from '../../kernel/errors.ts';
import type { FoundTag } from '../../model/source.ts';
import { askedProcess } from '../../../test/asked-process.ts';
import { realPorts, recordedSink, type RecordedSink } from '../../../test/recorded-sink.ts';
import { tcpGate } from '../../../test/services/tcp-gate.ts';
import { mtconnectAddress } from './address.ts';
import { ActiveConditions } from './condition.ts';
import { isOutOfRange } from './header.ts';
import { mtconnect } from './mtconnect.ts';
import type { GivenOptions } from './options.ts';
import { PartReader } from './part-reader.ts';
import { streamsOf } from './streams.ts';
import { ucumOf } from './unit.ts';
import { valuesOf as valuesIn } from './value.ts';

const items = [
  { id: 'x1', category: 'SAMPLE', type: 'POSITION', more: { units: 'MILLIMETER', name: 'Xact', subType: 'ACTUAL' }, component: 'X' },
  { id: 't1', category: 'SAMPLE', type: 'TEMPERATURE', more: { units: 'CELSIUS' } },
  { id: 'e1', category: 'EVENT', type: 'EXECUTION' },
  { id: 'p1', category: 'EVENT', type: 'PART_COUNT' },
  { id: 'pr', category: 'EVENT', type: 'PROGRAM' },
  { id: 'c1', category: 'CONDITION', type: 'SYSTEM' },
  { id: 's1', category: 'SAMPLE', type: 'ACCELERATION', more: { units: 'MILLIMETER/SECOND^2', representation: 'TIME_SERIES', sampleRate: '100' } },
  { id: 'w1', category: 'SAMPLE', type: 'PATH_POSITION', more: { units: 'MILLIMETER_3D' } },
  { id: 'v1', category: 'EVENT', type: 'VARIABLE', more: { representation: 'DATA_SET' } },
];
const atMs = Date.parse('2026-09-22T08:00:00Z');

/** See Command in mtconnect-agent.ts. */
async function startAgent(own: readonly object[], { buffer = 64, version = '2.3' } = {}) {
  const agent = await askedProcess(new URL('../../../test/mtconnect-agent.ts', import.meta.url), String(buffer), version, JSON.stringify(own));
  return { ...agent, url: `http://127.0.0.1:${agent.port}` };
}

async function listening(url: string, addresses: readonly string[], more: Partial<GivenOptions> = {}) {
  const sink = recordedSink();
  const source = await mtconnect.open({ url, intervalMs: 10, heartbeatMs: 200, ...more }, addresses, sink, realPorts('mill'));
  await sink.until(() => sink.links[0]);
  return { sink, [Symbol.asyncDispose]: () => source.close() };
}

const valuesOf = ({ all }: RecordedSink, address: string) => all.filter((sample) => sample.address === address).map(({ value }) => value);
const position = (content: number, more: object = {}) => ({ id: 'x1', content: String(content), ...more });

test.each(['stream', 'poll'] as const)('what holds now comes first, then each observation once and in order, with its own time (%s)', async (delivery) => {
  await using agent = await startAgent(items, { buffer: 1_000 });
  await agent.ask({ add: [position(1.5, { atMs })] });
  await using heard = await listening(agent.url, ['mill-3/x1', 'mill-3/e1', 'mill-3/p1', 'mill-3/pr'], { delivery });
  await heard.sink.until(() => heard.sink.all.length >= 4);
  expect(heard.sink.all.find(({ address }) => address === 'mill-3/x1')).toEqual({ address: 'mill-3/x1', value: 1.5, atMs, quality: 'good' });
  expect(heard.sink.all.find(({ address }) => address === 'mill-3/e1')).toMatchObject({ value: null, quality: 'bad' });
  for (let from = 2; from < 200; from += 33) await agent.ask({ add: Array.from({ length: 33 }, (_, index) => position(from + index)) });
  await agent.ask({
    add: [
      { id: 'e1', content: 'ACTIVE' },
      { id: 'p1', content: '17' },
      { id: 'pr', content: '0815' },
    ],
  });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/pr').length === 2);
  expect(valuesOf(heard.sink, 'mill-3/x1')).toEqual([1.5, ...Array.from({ length: 198 }, (_, index) => index + 2)]);
  expect(valuesOf(heard.sink, 'mill-3/e1')).toEqual([null, 'ACTIVE']);
  expect(valuesOf(heard.sink, 'mill-3/p1')).toEqual([null, 17]);
  expect(valuesOf(heard.sink, 'mill-3/pr')).toEqual([null, '0815']);
  expect([heard.sink.missing, heard.sink.quarantined]).toEqual([[], []]);
  expect(heard.sink.links.map(({ up }) => up)).toEqual([true]);
  expect(Math.abs(heard.sink.skews[0]?.aheadMs ?? Number.NaN)).toBeLessThan(60_000);
});

test('units are told as UCUM; a data item that the agent does not have is quarantined, and spoils no other', async () => {
  await using agent = await startAgent(items);
  await using heard = await listening(agent.url, ['mill-3/t1', 'mill-3/s1', 'mill-3/nope', 'lathe/t1']);
  await heard.sink.until(() => heard.sink.all.length >= 1);
  expect(heard.sink.toldUnits).toEqual([
    { address: 'mill-3/t1', unit: 'Cel' },
    { address: 'mill-3/s1', unit: 'mm/s2' },
  ]);
  expect(heard.sink.quarantined.map(({ address }) => address)).toEqual(['mill-3/nope', 'lathe/t1']);
  await agent.ask({
    add: [
      { id: 't1', content: 'hot' },
      { id: 't1', content: '21.5' },
    ],
  });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/t1').includes(21.5));
  expect(heard.sink.quarantined.at(-1)).toEqual({ address: 'mill-3/t1', reason: '"hot" is no number.', raw: 'hot' });
});

test('an entry that is no number in a set of numbers is quarantined, and spoils no other', () => {
  const item = { device: 'mill-3', id: 't1', category: 'SAMPLE', type: 'TEMPERATURE', units: 'CELSIUS', representation: 'DATA_SET' } as const;
  const entries = ['21.5', '', 'hot'].map((text, at) => ({ key: `k${at}`, text, isRemoved: false }));
  const observation = { device: 'mill-3', id: 't1', sequence: 1, timestamp: new Date(atMs).toISOString(), element: 'TemperatureDataSet', text: '', attributes: {}, entries };
  const addresses = entries.map(({ key }) => mtconnectAddress(`mill-3/t1#${key}`));
  const { samples, refused } = valuesIn(item, observation, addresses, new ActiveConditions(), atMs);
  expect(samples.map(({ address, value }) => [address, value])).toEqual([['mill-3/t1#k0', 21.5]]);
  expect(refused).toEqual([
    { address: 'mill-3/t1#k1', reason: '"" is no number.' },
    { address: 'mill-3/t1#k2', reason: '"hot" is no number.' },
  ]);
});

test('a condition is its worst level until the last one of its codes has ended', async () => {
  await using agent = await startAgent(items);
  await using heard = await listening(agent.url, ['mill-3/c1', 'mill-3/c1#message']);
  await heard.sink.until(() => heard.sink.all.length >= 2);
  const condition = (element: string, nativeCode?: string, content = '') => ({ id: 'c1', element, content, attributes: nativeCode === undefined ? {} : { nativeCode } });
  await agent.ask({
    add: [condition('Normal'), condition('Warning', '42', 'coolant < min'), condition('Fault', '7', 'spindle'), condition('Normal', '7'), condition('Normal', '42')],
  });
  await agent.ask({ add: [condition('Fault', '9'), condition('Unavailable')] });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/c1').length === 8);
  expect(valuesOf(heard.sink, 'mill-3/c1')).toEqual([null, 'NORMAL', 'WARNING', 'FAULT', 'WARNING', 'NORMAL', 'FAULT', null]);
  expect(valuesOf(heard.sink, 'mill-3/c1#message')).toEqual([null, '', '42: coolant < min', '7: spindle', '42: coolant < min', '', '9', null]);
});

test('series, positions in space and sets of values are taken apart', async () => {
  await using agent = await startAgent(items);
  await using heard = await listening(agent.url, ['mill-3/s1', 'mill-3/w1#y', 'mill-3/w1#z', 'mill-3/v1#speed', 'mill-3/v1#mode']);
  await heard.sink.until(() => heard.sink.all.length >= 5);
  const entries = '<Entry key="speed">120</Entry><Entry key="mode">manual</Entry>';
  await agent.ask({
    add: [
      { id: 's1', content: '1 2 4', atMs },
      { id: 'w1', content: '1 -2.5 3e2', atMs },
      { id: 'v1', content: entries, xml: true, atMs },
      { id: 'v1', content: '<Entry key="speed" removed="true"/>', xml: true, atMs },
    ],
  });
  await heard.sink.until(() => heard.sink.all.length >= 5 + 3 + 2 + 3);
  expect(heard.sink.all.slice(5).map(({ address, value, atMs: time }) => [address, value, time - atMs])).toEqual([
    ['mill-3/s1', 1, -20],
    ['mill-3/s1', 2, -10],
    ['mill-3/s1', 4, 0],
    ['mill-3/w1#y', -2.5, 0],
    ['mill-3/w1#z', 300, 0],
    ['mill-3/v1#speed', 120, 0],
    ['mill-3/v1#mode', 'manual', 0],
    ['mill-3/v1#speed', null, 0],
  ]);
});

test.each(['stream', 'poll'] as const)('a cut that the agent’s buffer outlasts loses nothing and doubles nothing (%s)', async (delivery) => {
  await using agent = await startAgent(items);
  await using gate = await tcpGate('127.0.0.1', agent.port);
  await using heard = await listening(`http://127.0.0.1:${gate.port}`, ['mill-3/x1'], { delivery });
  await agent.ask({ add: [position(1)] });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/x1').includes(1));
  gate.shut();
  gate.cut();
  await heard.sink.until(() => heard.sink.links.some(({ up }) => !up));
  await agent.ask({ add: Array.from({ length: 50 }, (_, index) => position(index + 2)) });
  gate.open();
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/x1').includes(51));
  expect(valuesOf(heard.sink, 'mill-3/x1')).toEqual([null, ...Array.from({ length: 51 }, (_, index) => index + 1)]);
  expect(heard.sink.missing).toEqual([]);
});

test.each([
  ['stream', '2.3'],
  ['poll', '2.3'],
  ['stream', '1.3'],
] as const)('a buffer that was overrun costs one gap of each data item that may have changed, and nothing that is still in it (%s, %s)', async (delivery, version) => {
  await using agent = await startAgent(items, { buffer: 16, version });
  await using gate = await tcpGate('127.0.0.1', agent.port);
  await using heard = await listening(`http://127.0.0.1:${gate.port}`, ['mill-3/x1', 'mill-3/t1', 'mill-3/p1'], { delivery });
  await agent.ask({ add: [position(1, { atMs }), { id: 't1', content: '20', atMs }, { id: 'p1', content: '5', atMs }] });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/p1').includes(5));
  gate.shut();
  gate.cut();
  await heard.sink.until(() => heard.sink.links.some(({ up }) => !up));
  await agent.ask({ add: [{ id: 't1', content: '21', atMs: atMs + 1 }, ...Array.from({ length: 100 }, (_, index) => position(index + 2, { atMs: atMs + 2 + index }))] });
  gate.open();
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/x1').includes(101));
  // Of the hundred, the buffer has the last sixteen.
  expect(valuesOf(heard.sink, 'mill-3/x1')).toEqual([null, 1, ...Array.from({ length: 16 }, (_, index) => index + 86)]);
  expect(valuesOf(heard.sink, 'mill-3/t1')).toEqual([null, 20, 21]);
  const reason = 'the buffer of the agent was overrun before it was read';
  // Nothing happened to p1: what it was is what it is, by its sequence number.
  expect(heard.sink.missing.toSorted((a, b) => a.address.localeCompare(b.address))).toEqual([
    { address: 'mill-3/t1', afterMs: atMs, beforeMs: atMs + 1, reason },
    { address: 'mill-3/x1', afterMs: atMs, beforeMs: atMs + 86, reason },
  ]);
  await agent.ask({ add: [{ id: 'p1', content: '6' }] });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/p1').includes(6));
  expect(valuesOf(heard.sink, 'mill-3/p1')).toEqual([null, 5, 6]);
  expect(heard.sink.missing).toHaveLength(2);
});

test('an agent that refuses whatever is asked for is asked less and less often, and heard when it does not', async () => {
  await using agent = await startAgent(items);
  await agent.ask({ full: true });
  await using heard = await listening(agent.url, ['mill-3/x1']);
  await heard.sink.until(() => heard.sink.links.find(({ up, detail }) => !up && detail.includes('OUT_OF_RANGE')));
  await agent.ask({ full: false, add: [position(1)] });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/x1').includes(1));
});

test('a fault that ended while the buffer was overrun does not stay', async () => {
  await using agent = await startAgent(items, { buffer: 8 });
  await using gate = await tcpGate('127.0.0.1', agent.port);
  await using heard = await listening(`http://127.0.0.1:${gate.port}`, ['mill-3/c1']);
  const condition = (element: string, nativeCode: string) => ({ id: 'c1', element, attributes: { nativeCode } });
  await agent.ask({ add: [condition('Warning', '1'), condition('Fault', '2')] });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/c1').includes('FAULT'));
  gate.shut();
  gate.cut();
  await heard.sink.until(() => heard.sink.links.some(({ up }) => !up));
  await agent.ask({ add: [condition('Normal', '2'), ...Array.from({ length: 20 }, (_, index) => position(index))] });
  gate.open();
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/c1').at(-1) === 'WARNING');
  expect(heard.sink.missing.map(({ address }) => address)).toEqual(['mill-3/c1']);
});

test('an agent that began anew is read from its own beginning, and one gap of each address says so', async () => {
  await using agent = await startAgent(items);
  await using heard = await listening(agent.url, ['mill-3/x1', 'mill-3/t1']);
  await agent.ask({ add: [position(1), { id: 't1', content: '20' }] });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/t1').includes(20));
  await agent.ask({ restart: true, add: [position(7), position(8)] });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/x1').includes(8));
  expect(valuesOf(heard.sink, 'mill-3/x1')).toEqual([null, 1, null, 7, 8]);
  expect(heard.sink.missing.map(({ address, reason }) => [address, reason])).toEqual([
    ['mill-3/x1', 'the agent began anew, with another instanceId'],
    ['mill-3/t1', 'the agent began anew, with another instanceId'],
  ]);
});

test('a source that is opened anew goes on where it was, and an agent that began anew meanwhile costs one gap of each address', async () => {
  await using agent = await startAgent(items);
  const addresses = ['mill-3/x1', 'mill-3/t1'];
  const options = { url: agent.url, intervalMs: 10, heartbeatMs: 200 };
  const live = async (place: string | undefined, until: number) => {
    const sink = recordedSink();
    const absences = new Map(addresses.map((address) => [address, { address, sinceMs: atMs, reason: 'the edge was away', isOfEnd: true }]));
    const source = await mtconnect.open(options, addresses, sink, { ...realPorts('mill'), ...(place !== undefined && { earlier: { absences, place } }) });
    await sink.until(() => valuesOf(sink, 'mill-3/x1').includes(until));
    const last = source.place?.();
    await source.close();
    return { sink, place: last };
  };
  await agent.ask({ add: [position(1, { atMs }), { id: 't1', content: '20', atMs }] });
  const first = await live(undefined, 1);
  await agent.ask({ add: [position(2, { atMs: atMs + 1 }), position(3, { atMs: atMs + 2 })] });
  const second = await live(first.place, 3);
  expect(valuesOf(second.sink, 'mill-3/x1').slice(-2)).toEqual([2, 3]);
  expect([second.sink.missing, second.sink.wholes.toSorted()]).toEqual([[], addresses.toSorted()]);
  await agent.ask({ restart: true, add: [position(7), { id: 't1', content: '21' }] });
  const third = await live(second.place, 7);
  expect(third.sink.missing.map(({ address, afterMs, reason }) => [address, afterMs, reason]).toSorted()).toContainEqual([
    'mill-3/x1',
    atMs,
    'the agent began anew, with another instanceId',
  ]);
});

test('devices that change are learnt anew, without a gap', async () => {
  await using agent = await startAgent(items);
  await using heard = await listening(agent.url, ['mill-3/x1', 'mill-3/t1', 'mill-3/new']);
  await agent.ask({ add: [{ id: 't1', content: '20' }] });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/t1').includes(20));
  await agent.ask({
    items: [...items, { id: 'new', category: 'EVENT', type: 'BLOCK' }],
    add: [
      { id: 'new', content: 'G0 X1' },
      { id: 't1', content: '21' },
    ],
  });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/new').includes('G0 X1') && valuesOf(heard.sink, 'mill-3/t1').includes(21));
  expect(heard.sink.missing).toEqual([]);
});

test('an agent that does not stream is asked again and again', async () => {
  await using agent = await startAgent(items);
  await agent.ask({ streams: false });
  await using heard = await listening(agent.url, ['mill-3/x1']);
  await heard.sink.until(() => heard.sink.all.length >= 1);
  await agent.ask({ add: [position(1)] });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/x1').includes(1));
  await agent.ask({ add: [position(2)] });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/x1').includes(2));
});

test('a stream that goes silent is given up, what was heard becomes stale, and the agent is heard again', async () => {
  await using agent = await startAgent(items);
  await using gate = await tcpGate('127.0.0.1', agent.port);
  await using heard = await listening(`http://127.0.0.1:${gate.port}`, ['mill-3/x1'], { timeoutMs: 300, lifetimeMs: 0 });
  await agent.ask({ add: [position(1)] });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/x1').includes(1));
  gate.mute();
  await heard.sink.until(() => heard.sink.links.find(({ up, detail }) => !up && detail.includes('the agent was silent for 700 ms')));
  await heard.sink.until(() => heard.sink.stales.length > 0);
  gate.cut();
  await agent.ask({ add: [position(2)] });
  await heard.sink.until(() => valuesOf(heard.sink, 'mill-3/x1').includes(2));
  expect(heard.sink.missing).toEqual([]);
});

test('what was stale and has not changed meanwhile is told again when the agent is heard again', async () => {
  await using agent = await startAgent(items);
  await using gate = await tcpGate('127.0.0.1', agent.port);
  await agent.ask({ add: [position(1, { atMs })] });
  await using heard = await listening(`http://127.0.0.1:${gate.port}`, ['mill-3/x1'], { timeoutMs: 300, lifetimeMs: 0 });
  await heard.sink.until(() => heard.sink.all.length > 0);
  gate.mute();
  await heard.sink.until(() => heard.sink.stales.length > 0);
  const before = heard.sink.all.length;
  gate.cut();
  await heard.sink.until(() => heard.sink.all.length > before);
  expect(heard.sink.all.at(-1)).toEqual({ address: 'mill-3/x1', value: 1, atMs, quality: 'good' });
  expect(heard.sink.missing).toEqual([]);
});

test.each([
  ['text/html', '<html><body>busy<br></body></html>', 'it is a html'],
  ['text/plain', 'not here', 'is it an MTConnect agent?'],
  ['text/xml', '<!DOCTYPE a [<!ENTITY e "x">]><MTConnectDevices><Header instanceId="1"/></MTConnectDevices>', 'DOCTYPE'],
  ['text/xml', '<MTConnectDevices><Header instanceId="1"/>', 'unclosed tag'],
  ['text/xml', `${'<a>'.repeat(100)}`, 'it is a a'],
])('an answer of %s that is no MTConnect is told as such, and asked for again', async (type, body, words) => {
  await using agent = await startAgent(items);
  await agent.ask({ answer: { status: 200, type, body } });
  await using heard = await listening(agent.url, ['mill-3/x1']);
  expect(await heard.sink.until(() => heard.sink.links[0])).toMatchObject({ up: false, detail: expect.stringContaining(words) });
  await agent.ask({ answer: null });
  await heard.sink.until(() => heard.sink.links.some(({ up }) => up));
});

test('what an agent has is found, with names, types and units', async () => {
  await using agent = await startAgent(items);
  const found: FoundTag[] = [];
  for await (const tag of mtconnect.discover?.({ url: agent.url }, realPorts('mill'), new AbortController().signal) ?? []) found.push(tag);
  expect(found).toContainEqual({ address: 'mill-3/x1', path: ['mill-3', 'X-Xact'], type: 'number', unit: 'mm' });
  expect(found).toContainEqual({ address: 'mill-3/c1#message', path: ['mill-3', 'system-message'], type: 'text' });
  expect(found).toContainEqual({ address: 'mill-3/w1#z', path: ['mill-3', 'path_position-z'], type: 'number', unit: 'mm' });
  expect(found).toContainEqual({ address: 'mill-3/v1', path: ['mill-3', 'variable'], note: 'A set of values: name one as mill-3/v1#<key>.' });
});

test('parts come out of a stream whole, however it is cut, with a length or without', () => {
  const stream = (withLength: boolean): Buffer =>
    Buffer.from(
      ['<a>1</a>', '<b>äö</b>', '<c/>']
        .map((part) => `--x\r\nContent-type: text/xml\r\n${withLength ? `Content-length: ${Buffer.byteLength(part)}\r\n` : ''}\r\n${part}\r\n`)
        .join('') + '--x--',
    );
  fc.assert(
    fc.property(fc.boolean(), fc.array(fc.integer({ min: 1, max: 40 })), (withLength, cuts) => {
      const [bytes, reader] = [stream(withLength), new PartReader('x', 1_000)];
      const parts: string[] = [];
      let at = 0;
      for (const length of [...cuts, bytes.length]) {
        for (const part of reader.push(bytes.subarray(at, at + length))) parts.push(part.toString('utf8').trim());
        at += length;
      }
      expect(parts).toEqual(['<a>1</a>', '<b>äö</b>', '<c/>']);
    }),
  );
  expect(() => new PartReader('x', 10).push(Buffer.from('--x\r\nContent-length: 11\r\n\r\n'))).toThrow(Fault);
});

test('whatever comes instead of a document is refused as a Fault', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => streamsOf(saxes, Buffer.from(`<MTConnectStreams>${text}`))).toThrow(Fault);
    }),
  );
  const refusal = (code: string) => `<MTConnectError><Header/><Errors><OutOfRange errorCode="${code}"><ErrorMessage>gone</ErrorMessage></OutOfRange></Errors></MTConnectError>`;
  const raised = (code: string): unknown => {
    try {
      return streamsOf(saxes, Buffer.from(refusal(code)));
    } catch (error) {
      return error;
    }
  };
  expect(isOutOfRange(raised('OUT_OF_RANGE'))).toBe(true);
  expect(isOutOfRange(raised('INVALID_XPATH'))).toBe(false);
  expect(raised('INVALID_XPATH')).toMatchObject({ message: 'The agent answered INVALID_XPATH (gone).' });
});

test.each(['mill-3', '/x1', 'mill-3/', 'mill-3/x1#', 'a/b/c'])('the address %s is refused', (text) => {
  expect(() => mtconnectAddress(text)).toThrow(expect.objectContaining({ code: 'LANDSCAPE_INVALID' }));
});

test.each(['MILLIMETER/SECOND^2', 'REVOLUTION/MINUTE', 'PH', 'GRAVITATIONAL_ACCELERATION', 'MICRO_RADIAN', 'UNIT_VECTOR_3D', 'DECIBEL', 'CUBIC_MILLIMETER/SECOND', 'NEWTON_METER'])(
  '%s has a code of UCUM',
  (units) => {
    expect(ucumProblem(ucumOf(units) ?? '')).toBeUndefined();
  },
);
