// Names, topics and properties: what a host application takes, and what neither of ours ever writes.
import { expect, test } from 'vitest';
import { sparkplugAddress } from './address.ts';
import { SparkplugHost } from './host.ts';
import { qualityIn } from './quality.ts';
import { sparkplugTopic } from './topic.ts';
import { WireWriter } from './wire-writer.ts';

test('tck-id-topic-structure-namespace-a: spBv1.0 is what is listened to and written, and no other namespace is understood', () => {
  const host = new SparkplugHost({ hostId: 'edge-1', addresses: ['g/n/d/Rate'], reorderTimeoutMs: 2_000, rebirthEveryMs: 5_000 });
  const written = [host.will(0), host.birth(0), ...host.announced(0).flatMap((output) => (output.kind === 'publish' ? [output.message] : []))];
  expect(written.map(({ topic }) => topic)).toEqual(['spBv1.0/STATE/edge-1', 'spBv1.0/STATE/edge-1', 'spBv1.0/g/NCMD/n']);
  expect(host.filters.every((filter) => filter.startsWith('spBv1.0/'))).toBe(true);
  expect(['spAv1.0/g/NDATA/n', 'spbv1.0/g/NDATA/n', 'g/NDATA/n'].map(sparkplugTopic)).toEqual([undefined, undefined, undefined]);
});

test.each(['DBIRTH', 'DDEATH', 'DDATA', 'DCMD'])('tck-id-topic-structure-namespace-device-id-associated-message-types: %s has a device', (verb) => {
  expect(sparkplugTopic(`spBv1.0/g/${verb}/n/d`)).toEqual({ verb, group: 'g', node: 'n', device: 'd' });
  expect(sparkplugTopic(`spBv1.0/g/${verb}/n`)).toBeUndefined();
});

test.each(['NBIRTH', 'NDEATH', 'NDATA', 'NCMD'])('tck-id-topic-structure-namespace-device-id-non-associated-message-types: %s has none', (verb) => {
  expect(sparkplugTopic(`spBv1.0/g/${verb}/n`)).toEqual({ verb, group: 'g', node: 'n' });
  expect(sparkplugTopic(`spBv1.0/g/${verb}/n/d`)).toBeUndefined();
  expect(sparkplugTopic('spBv1.0/STATE/edge-1/d')).toBeUndefined();
});

test.each([
  'tck-id-topic-structure-namespace-valid-group-id',
  'tck-id-topic-structure-namespace-valid-edge-node-id',
  'tck-id-topic-structure-namespace-valid-device-id',
  'tck-id-intro-group-id-chars',
  'tck-id-intro-group-id-string',
  'tck-id-intro-edge-node-id-chars',
  'tck-id-intro-edge-node-id-string',
  'tck-id-intro-device-id-chars',
  'tck-id-intro-device-id-string',
])('%s: a name is any text but what MQTT topics reserve', (id) => {
  const place = id.includes('group') ? 0 : id.includes('node') ? 1 : 2;
  const address = (name: string) => ['g', 'n', 'd'].with(place, name).join('/');
  expect(Object.values(sparkplugAddress(`${address('Größe 7 温')}/Rate`))).toContain('Größe 7 温');
  for (const reserved of ['+', '#']) expect(() => sparkplugAddress(`${address(`x${reserved}y`)}/Rate`)).toThrow(expect.objectContaining({ code: 'LANDSCAPE_INVALID' }));
});

test.each([
  ['fewer values than keys', ['engUnit', 'Quality'], 1],
  ['more values than keys', ['Quality'], 2],
])('properties of which there are %s say nothing, so that the quality is in doubt', (_, keys, values) => {
  const set = new WireWriter();
  for (const key of keys) set.text(1, key);
  for (let value = 0; value < values; value++) set.bytes(2, new WireWriter().varint(1, 3).varint(3, 192).finish());
  expect(qualityIn(set.finish())).toBe('uncertain');
});
