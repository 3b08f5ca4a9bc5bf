// With the package nodes7, against a controller of our own in a process of its own.
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { askedProcess } from '../../../test/asked-process.ts';
import { realPorts, recordedSink, type RecordedSink } from '../../../test/recorded-sink.ts';
import { tcpGate } from '../../../test/services/tcp-gate.ts';
import { checkedS7Address } from './address.ts';
import { s7Library } from './library.ts';
import { s7 } from './s7.ts';

const controller = () => askedProcess(new URL('../../../test/s7-server.ts', import.meta.url));

async function listening(port: number, addresses: readonly string[], more: object = {}) {
  const sink = recordedSink();
  const source = await s7.open({ url: `s7://127.0.0.1:${port}`, intervalMs: 20, ...more }, addresses, sink, realPorts('press'));
  const { control } = source;
  if (!control) throw new Error('it cannot be written to');
  const write = (address: string, value: number | string | boolean) => control.write(address, value, { id: 'a', deadlineMs: Date.now() + 60_000 });
  return { sink, write, read: control.read, [Symbol.asyncDispose]: () => source.close() };
}

const latest = (sink: RecordedSink, address: string) => sink.all.findLast((sample) => sample.address === address);

test('each type in each area is read as the controller has it', async () => {
  await using plc = await controller();
  await plc.ask({ offset: 0, hex: `41480000${'ffee'}${'8001'}${'80000001'}${'fffffffe'}${'05'}${'4c'}` });
  await plc.ask({ offset: 20, hex: `0a044c494e45${'00'.repeat(6)}` });
  await plc.ask({ offset: 40, hex: '4029000000000000' });
  await plc.ask({ area: 'M', offset: 10, hex: '1234' });
  await plc.ask({ area: 'I', offset: 0, hex: '02' });
  const expected = {
    'DB1,REAL0': 12.5,
    'DB1,INT4': -18,
    'DB1,WORD6': 0x8001,
    'DB1,DWORD8': 0x8000_0001,
    'DB1,DINT12': -2,
    'DB1,BYTE16': 5,
    'DB1,X16.2': true,
    'DB1,X16.1': false,
    'DB1,CHAR17': 'L',
    'DB1,STRING20.10': 'LINE',
    'DB1,LREAL40': 12.5,
    MW10: 0x1234,
    'I0.1': true,
    QB3: 0,
  };
  await using heard = await listening(plc.port, Object.keys(expected));
  await heard.sink.until(() => heard.sink.links[0]?.up);
  expect(Object.fromEntries(heard.sink.all.slice(0, Object.keys(expected).length).map(({ address, value }) => [address, value]))).toEqual(expected);
  await plc.ask({ offset: 0, hex: '42c80000' });
  await heard.sink.until(() => latest(heard.sink, 'DB1,REAL0')?.value === 100);
  expect([heard.sink.quarantined, heard.sink.missing]).toEqual([[], []]);
});

test('neighbours are read together; what is not there spoils none of them', async () => {
  await using plc = await controller();
  const neighbours = Array.from({ length: 40 }, (_, index) => `DB1,INT${index * 2}`);
  const before = await plc.ask({});
  await using heard = await listening(plc.port, neighbours, { intervalMs: 3_600_000 });
  await heard.sink.until(() => heard.sink.all.length === 40);
  const after = await plc.ask({ offset: 250, hex: '0007' });
  await plc.ask({ offset: 30, hex: '7fc00000' });
  expect(Number(after['variables']) - Number(before['variables'])).toBe(1);
  await using other = await listening(plc.port, ['DB1,INT248', 'DB1,INT250', 'DB1,INT254', 'DB1,INT256', 'DB9,INT0', 'DB1,REAL30']);
  await other.sink.until(() => other.sink.all.length >= 12 && other.sink.quarantined.length >= 6);
  expect(other.sink.all.slice(-6).map(({ address, value, quality }) => [address, value, quality])).toEqual([
    ['DB1,INT248', 0, 'good'],
    ['DB1,INT250', 7, 'good'],
    ['DB1,INT254', 0, 'good'],
    ['DB1,INT256', null, 'bad'],
    ['DB9,INT0', null, 'bad'],
    ['DB1,REAL30', null, 'bad'],
  ]);
  expect(new Map(other.sink.quarantined.map(({ address, reason }) => [address, reason]))).toEqual(
    new Map([
      ['DB1,INT256', expect.stringContaining('no such block or byte')],
      ['DB9,INT0', expect.stringContaining('no such block or byte')],
      ['DB1,REAL30', 'The value is NaN, which is no measurement.'],
    ]),
  );
});

test('each type is written as the controller keeps it, and read anew', async () => {
  await using plc = await controller();
  await plc.ask({ offset: 16, hex: 'f1' });
  const values = {
    'DB1,REAL0': 12.5,
    'DB1,INT4': -18,
    'DB1,WORD6': 0x8001,
    'DB1,DWORD8': 0x8000_0001,
    'DB1,DINT12': -2,
    'DB1,X16.2': true,
    'DB1,X16.0': false,
    'DB1,CHAR17': 'L',
    'DB1,STRING20.6': 'LINE',
    'DB1,LREAL40': 12.5,
    MB3: 200,
  };
  await using heard = await listening(plc.port, Object.keys(values));
  await heard.sink.until(() => heard.sink.links[0]?.up);
  for (const [address, value] of Object.entries(values)) expect([address, await heard.write(address, value)]).toEqual([address, { kind: 'written' }]);
  const { memory } = await plc.ask({});
  expect(String(memory).slice(0, 36)).toBe(`41480000${'ffee'}${'8001'}${'80000001'}${'fffffffe'}${'f4'}${'4c'}${'0000'}`.slice(0, 36));
  expect(String(memory).slice(40, 52)).toBe('06044c494e45');
  expect(String((await plc.ask({ area: 'M' }))['memory']).slice(0, 8)).toBe('000000c8');
  const read = await heard.read?.(Object.keys(values));
  expect(Object.fromEntries(read?.map(({ address, value }) => [address, value]) ?? [])).toEqual(values);
});

test('what cannot be written is refused, before it is sent or by the controller, and the others are read on', async () => {
  await using plc = await controller();
  await plc.ask({ block: 2, offset: 0, hex: '0001' });
  await plc.ask({ protect: 2 });
  await using heard = await listening(plc.port, ['DB1,INT0', 'DB2,INT0']);
  await heard.sink.until(() => heard.sink.links[0]?.up);
  for (const [address, value] of [
    ['DB1,INT0', 32_768],
    ['DB1,INT0', 1.5],
    ['DB1,INT0', 'fast'],
    ['DB1,X0.1', 2],
    ['DB1,STRING20.3', 'LINE'],
    ['DB1,REAL0', 1e39],
    ['DB2,INT0', 7],
    ['DB9,INT0', 7],
  ] as const)
    expect([address, value, await heard.write(address, value)]).toEqual([address, value, { kind: 'refused', reason: expect.stringMatching(/is no|refused to write/) }]);
  expect((await plc.ask({ block: 2 }))['memory']).toMatch(/^0001/);
  const before = heard.sink.all.length;
  await heard.sink.until(() => heard.sink.all.length > before + 2);
  expect(heard.sink.links.map(({ up }) => up)).toEqual([true]);
});

test('a write without an answer is unknown and not repeated; without a connection it does not leave', async () => {
  await using plc = await controller();
  await using gate = await tcpGate('127.0.0.1', plc.port);
  await using idle = await listening(gate.port, ['DB1,INT0'], { timeoutMs: 300, intervalMs: 3_600_000 });
  await using heard = await listening(gate.port, ['DB1,INT0'], { timeoutMs: 300 });
  await idle.sink.until(() => idle.sink.links[0]?.up);
  await heard.sink.until(() => heard.sink.links[0]?.up);
  gate.mute();
  // The second waits for its turn, which does not come.
  expect(await Promise.all([idle.write('DB1,INT0', 7), idle.write('DB1,INT0', 8)])).toMatchObject([{ kind: 'unknown' }, { kind: 'unreachable' }]);
  expect(await idle.write('DB1,INT0', 9)).toMatchObject({ kind: 'unreachable' });
  gate.shut();
  gate.cut();
  await heard.sink.until(() => heard.sink.links.some(({ up }) => !up));
  expect(await heard.write('DB1,INT0', 9)).toMatchObject({ kind: 'unreachable' });
  await plc.ask({ offset: 0, hex: '0001' });
  gate.open();
  await heard.sink.until(() => latest(heard.sink, 'DB1,INT0')?.value === 1);
  const before = heard.sink.all.length;
  await heard.sink.until(() => heard.sink.all.length > before + 5);
  expect(latest(heard.sink, 'DB1,INT0')?.value).toBe(1);
});

test.each(['I0.1', 'EB3', 'DB1,FLOAT0'])('%s is nothing that can be written', (text) => {
  expect(s7.unwritable?.(text)).toMatch(/^(an input|The address)/);
});

test('a cut is told, what it cost is one gap of each address, and the controller is read again', async () => {
  await using plc = await controller();
  await using gate = await tcpGate('127.0.0.1', plc.port);
  await using heard = await listening(gate.port, ['DB1,INT0', 'DB1,INT200']);
  await heard.sink.until(() => heard.sink.all.length >= 4);
  gate.shut();
  gate.cut();
  await heard.sink.until(() => heard.sink.links.some(({ up }) => !up));
  expect(heard.sink.stales).toHaveLength(1);
  gate.open();
  await heard.sink.until(() => heard.sink.missing.length >= 2);
  expect(heard.sink.missing.map(({ address }) => address)).toEqual(['DB1,INT0', 'DB1,INT200']);
  for (const { address, afterMs, beforeMs } of heard.sink.missing) {
    const times = heard.sink.all.filter((sample) => sample.address === address).map(({ atMs }) => atMs);
    expect([times.includes(afterMs), times.includes(beforeMs), times.some((atMs) => atMs > afterMs && atMs < beforeMs)]).toEqual([true, true, false]);
  }
});

test('a controller that does not answer any more counts as lost after its time', async () => {
  await using plc = await controller();
  await using gate = await tcpGate('127.0.0.1', plc.port);
  await using heard = await listening(gate.port, ['DB1,INT0'], { timeoutMs: 300 });
  await heard.sink.until(() => heard.sink.all.length >= 2);
  gate.mute();
  await heard.sink.until(() => heard.sink.links.find(({ up, detail }) => !up && detail.includes('did not come in time')));
  gate.cut();
  const before = heard.sink.all.length;
  await heard.sink.until(() => heard.sink.all.length > before);
});

test('a source is closed without waiting for a controller that does not answer', async () => {
  await using plc = await controller();
  await using gate = await tcpGate('127.0.0.1', plc.port);
  gate.mute();
  const heard = await listening(gate.port, ['DB1,INT0'], { timeoutMs: 600_000 });
  await heard[Symbol.asyncDispose]();
  expect(heard.sink.links).toEqual([]);
});

test('a block that comes back ends with one gap of what was in it', async () => {
  await using plc = await controller();
  await plc.ask({ block: 2, offset: 0, hex: '0001' });
  await using heard = await listening(plc.port, ['DB2,INT0', 'DB1,INT0']);
  await heard.sink.until(() => latest(heard.sink, 'DB2,INT0')?.value === 1);
  await plc.ask({ remove: 2 });
  await heard.sink.until(() => latest(heard.sink, 'DB2,INT0')?.quality === 'bad');
  await plc.ask({ block: 2, offset: 0, hex: '0002' });
  await heard.sink.until(() => heard.sink.all.filter(({ address, value }) => address === 'DB2,INT0' && value === 2).length >= 3);
  expect(heard.sink.missing).toMatchObject([{ address: 'DB2,INT0', reason: expect.stringContaining('does not give it') }]);
});

test('somebody else on the port, or nobody, is told as such, and nothing is thrown', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined); // it hangs up, as it should
    socket.resume();
    socket.write('220 mail.example ESMTP and many more words than anybody needs\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  {
    await using heard = await listening(port, ['DB1,INT0'], { timeoutMs: 200 });
    expect(await heard.sink.until(() => heard.sink.links[0])).toMatchObject({ up: false });
  }
  await new Promise((resolve) => server.close(resolve));
  await using heard = await listening(port, ['DB1,INT0'], { timeoutMs: 200 });
  expect(await heard.sink.until(() => heard.sink.links[0])).toMatchObject({ up: false, detail: expect.stringContaining('ECONNREFUSED') });
});

test('where the package is not installed, it is said how to install it', async () => {
  const absent = Object.assign(new Error("Cannot find package 'nodes7'"), { code: 'ERR_MODULE_NOT_FOUND' });
  await expect(s7Library(() => Promise.reject(absent))).rejects.toMatchObject({ code: 'LIBRARY_MISSING', message: expect.stringContaining('npm install nodes7') });
  await expect(s7Library(() => Promise.resolve({}))).rejects.toMatchObject({ code: 'LIBRARY_MISSING' });
  expect(s7.packages).toEqual(['nodes7']);
});

test.each(['DB1', 'DB0,INT0', 'DB1,INT', 'DB1,X0', 'DB1,X0.8', 'DB1,STRING0', 'DB1,STRING0.0', 'DB1,STRING0.255', 'DB1,REAL0.4', 'DB1,LINT0', 'M10', 'MX1', 'T5', 'db1,int0'])(
  'the address %s is refused',
  (text) => {
    expect(() => checkedS7Address(text)).toThrow(expect.objectContaining({ code: 'LANDSCAPE_INVALID' }));
  },
);
