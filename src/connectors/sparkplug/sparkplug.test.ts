// Against a real broker and an edge node made with the foreign package sparkplug-client, both in the plant's process.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startPlant, type PlantProcess } from '../../../test/plant-process.ts';
import { realPorts, recordedSink } from '../../../test/recorded-sink.ts';
import { sparkplug } from './sparkplug.ts';

const device = 'acme/line-1-gw/case-sealer-1';
const addresses = ['Rate', 'State', 'Order', 'Target', 'Remaining', 'SlotEnd', 'TunnelTemperature'].map((metric) => `${device}/${metric}`);
let plant: PlantProcess;
let opened = 0;
beforeAll(async () => {
  plant = await startPlant('--interval-ms', '20');
});
beforeEach(() => plant.ask('POST', '/_reset', {}));
afterAll(() => plant[Symbol.asyncDispose]());

async function listening(options: { reorderTimeoutMs?: number; rebirthEveryMs?: number } = {}) {
  const sink = recordedSink();
  opened += 1;
  const source = await sparkplug.open(
    { url: plant.mqtt, hostId: `edge-${opened}`, reorderTimeoutMs: 100, rebirthEveryMs: 60_000, ...options },
    addresses,
    sink,
    realPorts('plant'),
  );
  return { sink, [Symbol.asyncDispose]: () => source.close() };
}

const rebirths = async (): Promise<number> => {
  const ledger = await plant.ask('GET', '/_ledger?type=ncmd');
  return Array.isArray(ledger) ? ledger.length : Number.NaN;
};
const act = (action: string) => plant.ask('POST', '/_sparkplug', { action });

test('the births of the foreign node arrive, with TunnelTemperature at -18', async () => {
  await using heard = await listening();
  const { sink } = heard;
  await sink.until(() => addresses.every((address) => sink.all.some((sample) => sample.address === address)));
  const value = (metric: string) => sink.all.find(({ address }) => address === `${device}/${metric}`)?.value;
  expect(value('TunnelTemperature')).toBe(-18);
  expect(value('Order')).toBe('PO-4711');
  expect(value('State')).toBe('Execute');
  expect(value('SlotEnd')).toMatch(/^\d{4}-.*Z$/);
  expect(value('Remaining')).toBeGreaterThan(0);
  expect(Math.abs(Number(value('Rate')) / Number(value('Target')) - 1)).toBeLessThan(0.02);
  expect(new Set(sink.all.map(({ quality }) => quality))).toEqual(new Set(['good']));
  expect(await rebirths()).toBe(1);
});

test('data by alias follows, in order, and slows down with the machine', async () => {
  await using heard = await listening();
  const { sink } = heard;
  await sink.until(() => sink.all.length > 30);
  await plant.ask('POST', '/_machine', { machine: 'case-sealer-1', factor: 0.55 });
  const target = Number(sink.all.find(({ address }) => address.endsWith('/Target'))?.value);
  await sink.until(() => sink.all.some(({ address, value }) => address.endsWith('/Rate') && Number(value) < 0.6 * target));
  const times = sink.all.filter(({ address }) => address.endsWith('/Rate')).map(({ atMs }) => atMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test('a skipped sequence number leads to exactly one rebirth request, and to good values again', async () => {
  await using heard = await listening({ rebirthEveryMs: 300 });
  const { sink } = heard;
  await sink.until(() => sink.all.length > 30);
  const before = await rebirths();
  await act('skip-seq');
  await sink.until(() => sink.all.some(({ quality }) => quality === 'uncertain'));
  await sink.until(() => sink.all.at(-1)?.quality === 'good');
  const seen = sink.all.length;
  await sink.until(() => sink.all.length > seen + 300);
  expect(await rebirths()).toBe(before + 1);
});

test('a message that comes late within the reorder timeout is put in its place and asks for nothing', async () => {
  await using heard = await listening({ reorderTimeoutMs: 5_000, rebirthEveryMs: 1 });
  const { sink } = heard;
  await sink.until(() => sink.all.length > 30);
  const before = await rebirths();
  await act('late');
  await act('late');
  const seen = sink.all.length;
  await sink.until(() => sink.all.length > seen + 100);
  expect(await rebirths()).toBe(before);
  expect(sink.all.every(({ quality }) => quality === 'good')).toBe(true);
  const times = sink.all.filter(({ address }) => address.endsWith('/Rate')).map(({ atMs }) => atMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test('the death of the node makes it stale; its birth brings it back', async () => {
  await using heard = await listening();
  const { sink } = heard;
  await sink.until(() => sink.all.length > 10);
  await act('death');
  expect(await sink.until(() => sink.stales[0])).toMatchObject({ prefix: 'acme/line-1-gw/' });
  const seen = sink.all.length;
  await act('birth');
  await sink.until(() => sink.all.length > seen + 10);
  expect(sink.stales).toHaveLength(1);
});

test('the will of a node whose connection broke makes it stale as well', async () => {
  await using heard = await listening();
  const { sink } = heard;
  await sink.until(() => sink.all.length > 10);
  await plant.ask('POST', '/_disconnect', { clientIdPrefix: 'sparkplug-' });
  expect(await sink.until(() => sink.stales[0])).toMatchObject({ prefix: 'acme/line-1-gw/' });
  const seen = sink.all.length;
  await sink.until(() => sink.all.length > seen + 10);
});

test('the death of the device makes only the device stale', async () => {
  await using heard = await listening();
  const { sink } = heard;
  await sink.until(() => sink.all.length > 10);
  await act('device-death');
  expect(await sink.until(() => sink.stales[0])).toMatchObject({ prefix: `${device}/` });
});

test('a broken payload is quarantined and the values go on', async () => {
  await using heard = await listening();
  const { sink } = heard;
  await sink.until(() => sink.all.length > 10);
  await act('bad-payload');
  expect(await sink.until(() => sink.quarantined.find(({ reason }) => reason.includes('not Sparkplug B')))).toMatchObject({ address: `${device}/`, raw: 'base64:En8KBFI=' });
  const seen = sink.all.length;
  await sink.until(() => sink.all.length > seen + 10);
});

test('values from the buffer of the node are flagged as historical', async () => {
  await using heard = await listening();
  const { sink } = heard;
  await sink.until(() => sink.all.length > 10);
  await act('historical');
  const late = await sink.until(() => sink.all.find(({ historical }) => historical));
  expect(Date.now() - late.atMs).toBeGreaterThan(50_000);
});

test('a host that was cut off comes back, asks for births and hears again', async () => {
  await using heard = await listening({ rebirthEveryMs: 50 });
  const { sink } = heard;
  await sink.until(() => sink.all.length > 10);
  await plant.ask('POST', '/_disconnect', { clientIdPrefix: 'lineshaft-plant-edge' });
  await sink.until(() => sink.links.length >= 3);
  const seen = sink.all.length;
  await sink.until(() => sink.all.length > seen + 10);
  expect(sink.links.map(({ up }) => up)).toEqual([true, false, true]);
  expect(sink.all.at(-1)?.quality).toBe('good');
});
