import { describe, expect, test } from 'vitest';
import { modbus } from '../../src/connectors/modbus/modbus.ts';
import { realPorts, recordedSink } from '../recorded-sink.ts';
import { hasPymodbus, ownModbus } from './own-modbus.ts';
import { tcpGate } from './tcp-gate.ts';

const isThere = hasPymodbus();

test('pymodbus is there', ({ skip }) => {
  if (process.env['CI'] === 'true') expect(isThere).toBe(true);
  skip(!isThere, 'pymodbus is not installed here: scripts/services.sh tool pymodbus');
});

async function listening(port: number, addresses: readonly string[], more: object = {}) {
  const sink = recordedSink();
  const source = await modbus.open({ url: `modbus+tcp://127.0.0.1:${port}`, intervalMs: 20, ...more }, addresses, sink, realPorts('press'));
  return { sink, [Symbol.asyncDispose]: () => source.close() };
}

const latest = (sink: ReturnType<typeof recordedSink>, address: string) => sink.all.findLast((sample) => sample.address === address);

describe.skipIf(!isThere)('Modbus TCP with a device of pymodbus (skipped without it)', () => {
  test('each table and each type is read as the device has it, in the order of bytes that is said', async () => {
    await using device = await ownModbus();
    await device.set(3, 0, [65_535, 0x4148, 0, 0, 0x4148, 0x4841, 0, 0x4c49, 0x4e45, 0xffff, 0xffff, 0xffff, 0xffee, 0b1000]);
    await device.set(1, 3, [true]);
    await device.set(2, 17, [true]);
    const expected = {
      '1/holding/0': 65_535,
      '1/holding/0:int16': -1,
      '1/holding/1:float32': 12.5,
      '1/holding/3:float32@CDAB': 12.5,
      '1/holding/5:float32@BADC': 12.5,
      '1/holding/7:text4': 'LINE',
      '1/holding/9:int64': -18,
      '1/holding/13.3': true,
      '1/holding/13.2': false,
      '1/coil/3': true,
      '1/coil/4': false,
      '1/discrete/17': true,
      '1/input/150': 150,
    };
    await using heard = await listening(device.port, Object.keys(expected));
    await heard.sink.until(() => heard.sink.all.length >= Object.keys(expected).length);
    expect(Object.fromEntries(heard.sink.all.slice(0, Object.keys(expected).length).map(({ address, value }) => [address, value]))).toEqual(expected);
    await device.set(3, 0, [7]);
    await heard.sink.until(() => latest(heard.sink, '1/holding/0')?.value === 7);
    expect(heard.sink.quarantined).toEqual([]);
    expect(heard.sink.missing).toEqual([]);
  });

  test('a number that the device does not have is told with what its answer means, and spoils no neighbour', async () => {
    await using device = await ownModbus();
    await device.set(3, 198, [1, 2]);
    await using heard = await listening(device.port, ['1/holding/198', '1/holding/199', '1/holding/200', '1/holding/204', '1/holding/300'], { gapMax: 120 });
    await heard.sink.until(() => heard.sink.all.length >= 10);
    expect(latest(heard.sink, '1/holding/199')).toMatchObject({ value: 2, quality: 'good' });
    expect(latest(heard.sink, '1/holding/200')).toMatchObject({ value: null, quality: 'bad' });
    expect(latest(heard.sink, '1/holding/300')).toMatchObject({ value: 0, quality: 'good' });
    expect(new Set(heard.sink.quarantined.map(({ address }) => address))).toEqual(new Set(['1/holding/200', '1/holding/204']));
    expect(heard.sink.quarantined[0]?.reason).toBe(
      'The device answered exception 2 (illegal data address): it has no such number, or not as many of them; mind that a manual may count from 1.',
    );
  });

  test('a cut is told, what it cost is one gap of each address, and the device is read again', async () => {
    await using device = await ownModbus();
    await using gate = await tcpGate('127.0.0.1', device.port);
    await using heard = await listening(gate.port, ['1/holding/0', '1/input/3']);
    await heard.sink.until(() => heard.sink.all.length >= 4);
    gate.shut();
    gate.cut();
    await heard.sink.until(() => heard.sink.links.some(({ up }) => !up));
    expect(heard.sink.stales).toHaveLength(1);
    const before = heard.sink.all.length;
    gate.open();
    await heard.sink.until(() => heard.sink.missing.length >= 2 && heard.sink.all.length >= before + 4);
    expect(heard.sink.missing.map(({ address }) => address)).toEqual(['1/holding/0', '1/input/3']);
    for (const { address, afterMs, beforeMs } of heard.sink.missing) {
      const times = heard.sink.all.filter((sample) => sample.address === address).map(({ atMs }) => atMs);
      expect(times.filter((atMs) => atMs > afterMs && atMs < beforeMs)).toEqual([]);
      expect([times.includes(afterMs), times.includes(beforeMs)]).toEqual([true, true]);
    }
  });

  test('a device that takes a request and never answers counts as lost after its time', async () => {
    await using device = await ownModbus();
    await using gate = await tcpGate('127.0.0.1', device.port);
    await using heard = await listening(gate.port, ['1/holding/0'], { timeoutMs: 200 });
    await heard.sink.until(() => heard.sink.all.length >= 2);
    gate.mute();
    expect(await heard.sink.until(() => heard.sink.links.find(({ up }) => !up))).toMatchObject({ detail: expect.stringContaining('no answer from unit 1 within 200 ms') });
    gate.cut();
    const before = heard.sink.all.length;
    await heard.sink.until(() => heard.sink.all.length > before);
  });

  test('what commands write is what the device holds, by each function that writes, and read back at once', async () => {
    await using device = await ownModbus();
    for (const writeFunction of ['one', 'several'] as const) {
      const sink = recordedSink();
      const source = await modbus.open({ url: `modbus+tcp://127.0.0.1:${device.port}`, intervalMs: 20, writeFunction }, ['1/holding/0'], sink, realPorts('press'));
      try {
        await sink.until(() => sink.links.some(({ up }) => up));
        const start = writeFunction === 'one' ? 20 : 40;
        const write = async (address: string, value: number | string | boolean) => source.control?.write(address, value, { id: 'c1', deadlineMs: 0 });
        expect(await write(`1/holding/${start}`, 900)).toEqual({ kind: 'written' });
        expect(await write(`1/holding/${start + 1}:float32@CDAB`, 12.5)).toEqual({ kind: 'written' });
        expect(await write(`1/holding/${start + 3}:text4`, 'LINE')).toEqual({ kind: 'written' });
        expect(await write(`1/coil/${start}`, true)).toEqual({ kind: 'written' });
        expect(await device.get(3, start, 5)).toEqual([900, 0, 0x4148, 0x4c49, 0x4e45]);
        expect(await device.get(1, start, 1)).toEqual([true]);
        expect(await source.control?.read?.([`1/holding/${start}`, `1/holding/${start + 1}:float32@CDAB`, `1/coil/${start}`])).toMatchObject([
          { value: 900, quality: 'good' },
          { value: 12.5 },
          { value: true },
        ]);
        expect(await write('1/holding/250', 1)).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/exception 2/) });
      } finally {
        await source.close();
      }
    }
  });
});
