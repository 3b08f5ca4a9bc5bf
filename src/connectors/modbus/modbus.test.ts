import { createServer } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { realPorts, recordedSink } from '../../../test/recorded-sink.ts';
import { Fault } from '../../kernel/errors.ts';
import { modbusAddress } from './address.ts';
import { blocksOf } from './block.ts';
import { unwritable } from './control.ts';
import { answerIn, exceptionText, leavesOpen, readRequest, writeExceptionText, writeRequest } from './frame.ts';
import { modbus } from './modbus.ts';
import { dataOf, valueIn } from './value.ts';

const block = (text: string) => ({ ...modbusAddress(text), addresses: [modbusAddress(text)] });

test('a request is as the specification shows it', () => {
  // MODBUS Application Protocol 1.1b3 §6.3: read holding registers 108 to 110.
  expect(readRequest(0x1501, { unit: 0xff, table: 'holding', start: 107, count: 3 }).toString('hex')).toBe('150100000006ff03006b0003');
});

test('an answer is taken out of a stream whole, however it is cut', () => {
  const bytes = Buffer.from('150100000009ff0306022b00000064' + '1502000000030183' + '02', 'hex');
  for (let at = 0; at < 15; at++) expect(answerIn(bytes.subarray(0, at))).toBeUndefined();
  const first = answerIn(bytes);
  expect(first).toMatchObject({ answer: { transaction: 0x1501, unit: 0xff, body: { data: Buffer.from('022b00000064', 'hex') } }, taken: 15 });
  expect(answerIn(bytes.subarray(15))).toMatchObject({ answer: { transaction: 0x1502, unit: 1, body: { exception: 2 } }, taken: 9 });
});

test('bytes of another protocol are refused, and none make it throw anything else', () => {
  expect(() => answerIn(Buffer.from('HTTP/1.1 400 Bad Request'))).toThrow(expect.objectContaining({ code: 'PROTOCOL_VIOLATED' }));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        answerIn(Buffer.from(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(Fault);
      }
    }),
  );
});

test('neighbours are read together, as far as the protocol and the gap between them allow', () => {
  const of = (gapMax: number, ...texts: readonly string[]) =>
    blocksOf(texts.map(modbusAddress), gapMax).map(({ unit, table, start, count }) => `${unit}/${table}/${start}+${count}`);
  expect(of(2, '1/holding/13', '1/holding/10:float32', '1/holding/17', '2/holding/14', '1/input/11')).toEqual([
    '1/holding/10+4',
    '1/holding/17+1',
    '2/holding/14+1',
    '1/input/11+1',
  ]);
  expect(of(120, '1/holding/0', '1/holding/120', '1/holding/124:uint32')).toEqual(['1/holding/0+121', '1/holding/124+2']);
  expect(of(0, '1/holding/5:uint32', '1/holding/6', '1/holding/5')).toEqual(['1/holding/5+2']);
  expect(of(120, ...Array.from({ length: 2_001 }, (_, index) => `1/coil/${index}`))).toEqual(['1/coil/0+2000', '1/coil/2000+1']);
});

test('every address is in exactly one block, and whole in it', () => {
  const address = fc
    .tuple(fc.constantFrom('holding', 'input'), fc.integer({ min: 0, max: 400 }), fc.constantFrom('uint16', 'float32', 'int64', 'text9'))
    .map(([table, start, type]) => `1/${table}/${start}:${type}`);
  fc.assert(
    fc.property(fc.uniqueArray(address, { maxLength: 60 }), fc.integer({ min: 0, max: 120 }), (texts, gapMax) => {
      const blocks = blocksOf(texts.map(modbusAddress), gapMax);
      expect(blocks.flatMap(({ addresses }) => addresses.map(({ text }) => text)).sort()).toEqual([...texts].sort());
      for (const { start, count, addresses } of blocks) {
        expect(count).toBeLessThanOrEqual(125);
        for (const each of addresses) expect(each.start >= start && each.start + each.count <= start + count).toBe(true);
      }
    }),
  );
});

test.each([
  ['uint32', 'ABCD', '12345678', 0x1234_5678],
  ['uint32', 'CDAB', '56781234', 0x1234_5678],
  ['uint32', 'BADC', '34127856', 0x1234_5678],
  ['uint32', 'DCBA', '78563412', 0x1234_5678],
  ['uint16', 'BADC', '3412', 0x1234],
  ['int32', 'ABCD', 'fffffffe', -2],
  ['float32', 'ABCD', '42f6e979', 123.456_001_281_738_28],
  ['float64', 'CDAB', '0000000000004029', 12.5],
  ['uint64', 'ABCD', '001fffffffffffff', Number.MAX_SAFE_INTEGER],
])('%s in the order %s', (type, order, hex, value) => {
  const address = modbusAddress(`1/holding/7:${type}@${order}`);
  expect(valueIn(block(address.text), Buffer.from(hex, 'hex'), address)).toEqual({ value });
});

test.each([
  ['uint64', 'ffffffffffffffff', 'beyond 2^53'],
  ['float32', '7fc00000', 'no measurement'],
])('a %s of %s is refused', (type, hex, reason) => {
  const address = modbusAddress(`1/holding/7:${type}`);
  expect(valueIn(block(address.text), Buffer.from(hex, 'hex'), address)).toEqual({ reason: expect.stringContaining(reason) });
});

test.each([
  'holding/1',
  '1/register/1',
  '256/holding/1',
  '1/holding/65536',
  '1/holding/65535:float32',
  '1/coil/1:uint16',
  '1/coil/1.2',
  '1/holding/1.16',
  '1/holding/1:float',
  '1/holding/1:uint24',
  '1/holding/1:float32@ABDC',
  '1/holding/1:text0',
  '1/holding/1:text251',
])('the address %s is refused', (text) => {
  expect(() => modbusAddress(text)).toThrow(expect.objectContaining({ code: 'LANDSCAPE_INVALID' }));
});

test('every exception code is told with what it means', () => {
  expect(exceptionText(11)).toContain('did not answer');
  expect(exceptionText(99)).toBe('The device answered exception 99, which the protocol does not know.');
});

test('somebody else on the port is told as such, and nothing is thrown', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined); // it hangs up, as it should
    socket.resume();
    socket.write('220 mail.example ESMTP\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const sink = recordedSink();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const source = await modbus.open({ url: `modbus+tcp://127.0.0.1:${port}` }, ['1/holding/0'], sink, realPorts('press'));
  expect(await sink.until(() => sink.links[0])).toMatchObject({ up: false, detail: expect.stringContaining('does not speak Modbus TCP') });
  await source.close();
  await new Promise((resolve) => server.close(resolve));
});

test('a write is as the specification shows it, by the function that its table and width ask for', () => {
  const written = (text: string, value: number | boolean | string, several = false): string => {
    const address = modbusAddress(text);
    const told = dataOf(address, value);
    if (!('data' in told)) return told.reason;
    return writeRequest(1, { unit: address.unit, table: address.table === 'coil' ? 'coil' : 'holding', start: address.start, data: told.data }, several)
      .subarray(7)
      .toString('hex');
  };
  // MODBUS Application Protocol 1.1b3 §6.5, §6.6, §6.12, §6.11.
  expect(written('1/coil/172', true)).toBe('0500acff00');
  expect(written('1/coil/172', false)).toBe('0500ac0000');
  expect(written('1/holding/1', 3)).toBe('0600010003');
  expect(written('1/holding/1:uint32', 0x000a0102)).toBe('100001000204000a0102');
  expect(written('1/coil/19', true, true)).toBe('0f0013000101' + '01');
  expect(written('1/holding/1', 3, true)).toBe('1000010001020003');
  expect(written('1/holding/1:int16', -2)).toBe('060001fffe');
  expect(written('1/holding/1:float32@CDAB', 12.5)).toBe('10000100020400004148');
  expect(written('1/holding/1:text4', 'AB')).toBe('100001000204' + '41420000');
  expect(written('1/holding/1', 65_536)).toBe('65536 is no uint16.');
  expect(written('1/holding/1', 0.5)).toBe('0.5 is no uint16.');
  expect(written('1/input/1', 1)).toBe('Modbus reads inputs and does not write them.');
  expect(written('1/holding/1.3', true)).toMatch(/^One bit of a register cannot be written alone/);
});

test('what is written comes out of the same registers again', () => {
  const types = fc.constantFrom('uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64', 'float32', 'float64');
  const orders = fc.constantFrom('ABCD', 'CDAB', 'BADC', 'DCBA');
  fc.assert(
    fc.property(types, orders, fc.integer({ min: 0, max: 32_767 }), (type, order, value) => {
      const address = modbusAddress(`1/holding/0:${type}@${order}`);
      const told = dataOf(address, value);
      expect('data' in told && valueIn({ start: 0 }, told.data, address)).toEqual({ value });
    }),
  );
});

test('exceptions to a write say whether it may have been done', () => {
  expect([1, 2, 3, 4, 5, 6, 8, 10, 11].filter(leavesOpen)).toEqual([4, 5, 11]);
  expect(writeExceptionText(3)).toBe('The device answered exception 3 (illegal data value): it does not take this value.');
  expect(['1/coil/1', '1/holding/1', '1/discrete/1', '1/input/1', '1/holding/1.3', 'x'].map(unwritable)).toEqual([
    undefined,
    undefined,
    'Modbus reads discretes and does not write them',
    'Modbus reads inputs and does not write them',
    'one bit of a register cannot be written alone',
    expect.stringMatching(/is none of Modbus/),
  ]);
});
