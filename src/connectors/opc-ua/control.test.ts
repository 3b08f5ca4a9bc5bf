import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOpcUa, type OpcUaProcess } from '../../../test/opc-ua-process.ts';
import { realPorts, recordedSink } from '../../../test/recorded-sink.ts';
import type { SourceControl } from '../../model/source.ts';
import { addressOf } from './address.ts';
import { opcUa } from './opc-ua.ts';

let server: OpcUaProcess;
let folder: string;
beforeAll(async () => {
  server = await startOpcUa('--items', '1');
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-certificates-'));
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const node = (name: string): string => addressOf(server.namespace, `s=${name}`);
const context = { id: 'c1', deadlineMs: 0 };

async function controlling(): Promise<AsyncDisposable & { readonly control: SourceControl }> {
  const sink = recordedSink();
  const source = await opcUa.open({ url: server.url, security: 'none', intervalMs: 50 }, [node('Counter.0')], sink, { ...realPorts('press'), folder });
  await sink.until(() => sink.links.some(({ up }) => up));
  if (!source.control) throw new Error('it cannot be written');
  return { control: source.control, [Symbol.asyncDispose]: () => source.close() };
}

test('a value is written in the type that its node has, once, and read back now', async () => {
  const values = [
    ['Speed', 'Float', 90.5, 90.5],
    ['Count', 'UInt16', 7, 7],
    ['Wide', 'Int64', -18, [0xffff_ffff, 0xffff_ffee]],
    ['Order', 'String', 'PO-4711', 'PO-4711'],
    ['Horn', 'Boolean', true, true],
  ] as const;
  await using machine = await controlling();
  for (const [name, type, value] of values) {
    await server.ask({ do: 'writable', node: name, type, value: type === 'String' ? '' : type === 'Boolean' ? false : type === 'Int64' ? [0, 0] : 0 });
    expect(await machine.control.write(node(name), value, context)).toEqual({ kind: 'written' });
  }
  expect(await server.ask({ do: 'taken' })).toEqual(values.map(([name, , , value]) => ({ node: name, value })));
  const read = await machine.control.read?.([...values.map(([name]) => node(name)), node('Nowhere')]);
  expect(read?.map(({ value, quality }) => [value, quality]).slice(0, values.length)).toEqual(values.map(([, , value]) => [value, 'good']));
});

test('what the server refuses is told with what its code means, and what may have been done as that', async () => {
  await using machine = await controlling();
  await server.ask({ do: 'writable', node: 'Fixed', value: 1, readOnly: true });
  await server.ask({ do: 'writable', node: 'Narrow', value: 1, refuse: 'BadOutOfRange' });
  await server.ask({ do: 'writable', node: 'Slow', value: 1, refuse: 'BadTimeout' });
  await server.ask({ do: 'writable', node: 'Small', type: 'Byte', value: 1 });
  expect(await machine.control.write(node('Fixed'), 2, context)).toMatchObject({
    kind: 'refused',
    reason: expect.stringMatching(/^The server answered Bad(NotWritable|UserAccessDenied): /),
  });
  expect(await machine.control.write(node('Narrow'), 2, context)).toEqual({
    kind: 'refused',
    reason: 'The server answered BadOutOfRange: the value is outside what the node takes.',
  });
  expect(await machine.control.write(node('Slow'), 2, context)).toEqual({ kind: 'unknown', reason: 'The server answered BadTimeout.' });
  expect(await machine.control.write(node('Small'), 300, context)).toEqual({ kind: 'refused', reason: 'The node is of the type Byte, and 300 is none.' });
  expect(await machine.control.write(node('Small'), 'x', context)).toMatchObject({ kind: 'refused' });
  expect(await machine.control.write(node('Nowhere'), 1, context)).toMatchObject({ kind: 'refused' });
  expect(await machine.control.write(addressOf('urn:nobody', 's=X'), 1, context)).toEqual({ kind: 'refused', reason: 'The server has no namespace of this name.' });
});
