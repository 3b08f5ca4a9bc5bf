import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOpcUa, type OpcUaProcess } from '../../../test/opc-ua-process.ts';
import { realPorts } from '../../../test/recorded-sink.ts';
import { csvRows } from '../../kernel/csv.ts';
import type { FoundTag } from '../../model/source.ts';
import { addressOf } from './address.ts';
import { ucumOf } from './engineering-unit.ts';
import { opcUa } from './opc-ua.ts';

let server: OpcUaProcess;
let folder: string;
beforeAll(async () => {
  server = await startOpcUa('--items', '40', '--per-call', '7', '--machinery');
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-browse-'));
  await server.ask({ do: 'write', node: 'OilTemp', value: 41.5, euId: 4_408_652, euName: '°C' });
  await server.ask({ do: 'write', node: 'Odd', value: 1, euId: -1, euName: 'furlongs' });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function discovered(): Promise<ReadonlyMap<string, FoundTag>> {
  const tags = new Map<string, FoundTag>();
  const stop = new AbortController();
  for await (const tag of opcUa.discover?.({ url: server.url, security: 'none' }, { ...realPorts('press'), folder }, stop.signal) ?? []) {
    expect(tags.has(tag.address)).toBe(false);
    tags.set(tag.address, tag);
  }
  return tags;
}

const node = (name: string): string => addressOf(server.namespace, `s=${name}`);

test('every variable is found once, over more pages than one, with its type and its unit; nothing of the server itself', async () => {
  const tags = await discovered();
  for (let index = 0; index < 40; index++) expect(tags.get(node(`Counter.${index}`))).toMatchObject({ path: ['Floor', `Counter ${index}`], type: 'number' });
  expect(tags.get(node('OilTemp'))).toMatchObject({ path: ['Floor', 'OilTemp'], type: 'number', unit: 'Cel' });
  expect(tags.get(node('Odd'))).toMatchObject({ note: 'The source counts in "furlongs", which has no UCUM code here.' });
  expect(tags.get(node('Packer3-Status-CurMachSpeed'))).toMatchObject({ path: ['Machines', 'Packer 3', 'Status', 'CurMachSpeed'], type: 'number' });
  expect(tags.get(node('Packer3-BaseStateMachine-CurrentState'))).toMatchObject({ type: 'text' });
  expect([...tags.keys()].some((address) => address.startsWith('i=2256'))).toBe(false);
  // Nobody stays behind.
  expect(await server.ask({ do: 'sessions' })).toEqual({ sessions: 0, subscriptions: 0 });
});

test('the command drafts the table, and says what could not be named', async () => {
  const cli = fileURLToPath(new URL('../../cli.ts', import.meta.url));
  const args = ['--conditions=source', cli, 'edge', 'discover', server.url, '--source', 'press-7', '--security', 'none', '--data', folder];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [printed, said] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const rows = csvRows(printed).map(({ cells }) => cells);
  expect(rows[0]?.slice(0, 3)).toEqual(['source', 'address', 'signal']);
  expect(rows.find(([, address]) => address === node('OilTemp'))?.slice(0, 6)).toEqual(['press-7', node('OilTemp'), 'floor.oil-temp', 'temperature', 'number', 'Cel']);
  expect(rows.map(([, , signal]) => signal)).toEqual(expect.arrayContaining(['packer-3.cur-mach-speed', 'packer-3.current-state', 'packer-3.equipment-blocked']));
  expect(said).toMatch(/^\d+ tags, \d+ of them not named/m);
});

test('a server that is not there is told', async () => {
  const nobody = async (): Promise<void> => {
    for await (const _ of opcUa.discover?.({ url: 'opc.tcp://127.0.0.1:1', security: 'none' }, { ...realPorts('press'), folder }, new AbortController().signal) ?? []) void _;
  };
  await expect(nobody()).rejects.toMatchObject({ code: 'SYSTEM_UNREACHABLE', message: expect.stringContaining('127.0.0.1:1 (press)') });
});

test.each([
  [{ unitId: 4_408_652, name: '' }, 'Cel'],
  [{ unitId: 0x503120 >> 8, name: '' }, '%'],
  [{ unitId: -1, name: 'mm/s' }, 'mm/s'],
  [{ unitId: -1, name: '°F' }, '[degF]'],
  [{ unitId: -1, name: 'furlongs' }, undefined],
])('%o is %s', (eu, ucum) => {
  expect(ucumOf(eu, (code) => code === 'mm/s')).toBe(ucum);
});
