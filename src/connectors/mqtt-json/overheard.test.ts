import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startPlant } from '../../../test/plant-process.ts';
import { realPorts } from '../../../test/recorded-sink.ts';
import type { FoundTag } from '../../model/source.ts';
import { mqttJson } from './mqtt-json.ts';
import { tagsIn } from './overheard.ts';

const found = (payload: string | Buffer, topic = 'line/packer'): readonly FoundTag[] => tagsIn(topic, Buffer.from(payload), '/ts');

test('each scalar of a message is a tag, but not its time', () => {
  expect(found('{"ts":1,"rate":2.5,"state":{"name":"Execute","ok":true},"gone":null,"a/b":[1]}')).toEqual([
    { address: 'line/packer#/rate', path: ['line', 'packer', 'rate'], type: 'number' },
    { address: 'line/packer#/state/name', path: ['line', 'packer', 'state', 'name'], type: 'text' },
    { address: 'line/packer#/state/ok', path: ['line', 'packer', 'state', 'ok'], type: 'boolean' },
    { address: 'line/packer#/gone', path: ['line', 'packer', 'gone'] },
    { address: 'line/packer#/a~1b/0', path: ['line', 'packer', 'a/b', '0'], type: 'number' },
  ]);
});

test.each([
  ['a message without a time', '{"v":1}', 'line', 'has no time at /ts'],
  ['a text that is not JSON', 'on', 'line', 'not JSON'],
  ['bytes', Buffer.from([0xff, 0xfe]), 'line', 'not UTF-8'],
  ['Sparkplug B', Buffer.from([1]), 'spBv1.0/acme/DDATA/gw/sealer', 'connector "sparkplug"'],
])('%s is noted as such', (_name, payload, topic, note) => {
  expect(found(payload, topic)[0]?.note).toContain(note);
});

test('what the machines of a real broker publish is heard, each tag once', async () => {
  await using plant = await startPlant('--interval-ms', '20');
  const stop = new AbortController();
  const tags: FoundTag[] = [];
  for await (const tag of mqttJson.discover?.({ url: plant.mqtt }, realPorts('plant'), stop.signal) ?? []) {
    tags.push(tag);
    if (tags.some(({ address }) => address.endsWith('packer-3/telemetry#/rate')) && tags.some(({ note }) => note?.includes('Sparkplug'))) stop.abort();
  }
  expect(new Set(tags.map(({ address }) => address)).size).toBe(tags.length);
});

test('where no broker is, the command says so, drafts nothing and promises no second try', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-discover-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const cli = fileURLToPath(new URL('../../cli.ts', import.meta.url));
  const args = ['--conditions=source', cli, 'edge', 'discover', 'mqtt://127.0.0.1:1', '--source', 'line-2', '--for', '4s', '--data', folder];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 240_000 });
  expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
  expect(stderr).toContain('Cannot reach mqtt://127.0.0.1:1 (line-2): connect ECONNREFUSED 127.0.0.1:1.\n');
  expect(stderr).toContain('then give the command again');
});
