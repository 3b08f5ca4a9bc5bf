import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPlant, type PlantProcess } from '../../../test/plant-process.ts';
import { realPorts, recordedSink } from '../../../test/recorded-sink.ts';
import { mqttJson } from './mqtt-json.ts';

const topic = 'acme/bremen/packaging/line-1/packer-3/telemetry';
let plant: PlantProcess;
beforeAll(async () => {
  plant = await startPlant('--interval-ms', '20');
});
afterAll(() => plant[Symbol.asyncDispose]());

async function listening(addresses: readonly string[], options: { topics?: string[]; clientId?: string; url?: string } = {}) {
  const sink = recordedSink();
  const source = await mqttJson.open({ url: plant.mqtt, ...options }, addresses, sink, realPorts('plant'));
  return { sink, close: () => source.close(), [Symbol.asyncDispose]: () => source.close() };
}

test('a machine of the plant is heard: each address of one message at the same source time', async () => {
  await using heard = await listening([`${topic}#/rate`, `${topic}#/order`, `${topic}#/remaining`], { clientId: 'heard' });
  const [rate, order, remaining] = await heard.sink.until(() => heard.sink.all.length >= 3 && heard.sink.all.slice(0, 3));
  expect(rate).toMatchObject({ address: `${topic}#/rate`, value: expect.any(Number), quality: 'good' });
  expect(order).toMatchObject({ address: `${topic}#/order`, value: 'PO-4711', atMs: rate?.atMs });
  expect(remaining).toMatchObject({ value: expect.any(Number), atMs: rate?.atMs });
  expect(Math.abs(Date.now() - (rate?.atMs ?? 0))).toBeLessThan(60_000);
  expect(heard.sink.links).toEqual([{ up: true, detail: expect.any(String) }]);
});

test('poison is quarantined with its reason and does not stop what follows it', async () => {
  await using heard = await listening(['poison/a#/v'], { clientId: 'poison' });
  await heard.sink.until(() => heard.sink.links.some(({ up }) => up));
  for (const payload of ['{', '{"v":1}', `{"ts":${Date.now()},"v":{}}`, `{"ts":${Date.now()},"v":[1]}`, 'x'.repeat(70_000)])
    await plant.ask('POST', '/_publish', { topic: 'poison/a', payload });
  await plant.ask('POST', '/_publish', { topic: 'poison/a', payloadBase64: 'gICAAA==' });
  await plant.ask('POST', '/_publish', { topic: 'poison/a', payload: `{"ts":${Date.now()},"v":7}` });
  expect(await heard.sink.until(() => heard.sink.all[0])).toMatchObject({ address: 'poison/a#/v', value: 7 });
  expect(heard.sink.quarantined.map(({ address }) => address)).toEqual(['poison/a', 'poison/a', 'poison/a#/v', 'poison/a#/v', 'poison/a', 'poison/a']);
  expect(heard.sink.quarantined.at(-1)?.raw).toBe('base64:gICAAA==');
  expect(heard.sink.quarantined.at(-2)?.raw).toMatch(/^x{2048}… \(70000 bytes\)$/);
});

test('a topic under the filter that no signal names is told each time, with its first message', async () => {
  await using heard = await listening(['odd/known#/v'], { clientId: 'odd', topics: ['odd/#'] });
  await heard.sink.until(() => heard.sink.links.some(({ up }) => up));
  for (const stranger of ['odd/a', 'odd/a', 'odd/b']) await plant.ask('POST', '/_publish', { topic: stranger, payload: '1' });
  await plant.ask('POST', '/_publish', { topic: 'odd/known', payload: `{"ts":${Date.now()},"v":1}` });
  await heard.sink.until(() => heard.sink.all[0]);
  expect(heard.sink.quarantined.map(({ address, raw }) => [address, raw])).toEqual([
    ['odd/a', '1'],
    ['odd/a', ''],
    ['odd/b', '1'],
  ]);
});

test('what was published with QoS 1 while the edge was away arrives when it is back', async () => {
  const before = await listening(['away/a#/v'], { clientId: 'away-edge' });
  await before.sink.until(() => before.sink.links.some(({ up }) => up));
  await before.close();
  await plant.ask('POST', '/_publish', { topic: 'away/a', payload: `{"ts":${Date.now()},"v":"kept"}`, qos: 1 });
  await using after = await listening(['away/a#/v'], { clientId: 'away-edge' });
  expect(await after.sink.until(() => after.sink.all[0])).toMatchObject({ value: 'kept' });
});

test('a cut connection is told and comes back by itself, with nothing of QoS 1 lost', async () => {
  await using heard = await listening(['cut/a#/v'], { clientId: 'cut-edge' });
  await heard.sink.until(() => heard.sink.links.length === 1);
  await plant.ask('POST', '/_disconnect', { clientIdPrefix: 'cut-' });
  for (const v of [1, 2, 3]) await plant.ask('POST', '/_publish', { topic: 'cut/a', payload: `{"ts":${Date.now()},"v":${v}}`, qos: 1 });
  await heard.sink.until(() => heard.sink.all.length >= 3);
  expect(heard.sink.all.map(({ value }) => value)).toEqual([1, 2, 3]);
  await heard.sink.until(() => heard.sink.links.length >= 3);
  expect(heard.sink.links.map(({ up }) => up)).toEqual([true, false, true]);
  expect(heard.sink.links[1]?.detail).toMatch(/Cannot reach mqtt:\/\/127\.0\.0\.1:\d+ \(plant\): .*next try in/);
});

test('a broker that is not there is told with its address and without its password; opening does not wait for it', async () => {
  await using heard = await listening([`${topic}#/rate`], { url: 'mqtt://user:secret@127.0.0.1:1', clientId: 'nowhere' });
  const down = await heard.sink.until(() => heard.sink.links[0]);
  expect(down).toMatchObject({ up: false, detail: expect.stringContaining('127.0.0.1:1 (plant)') });
  expect(down.detail).not.toContain('secret');
});

test('an address of another protocol is refused when the source is opened', async () => {
  await expect(listening([], { url: 'http://127.0.0.1' })).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' });
  await expect(listening(['no-pointer'])).rejects.toMatchObject({ code: 'LANDSCAPE_INVALID' });
});
