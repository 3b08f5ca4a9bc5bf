import { expect, test } from 'vitest';
import { startPlant } from '../../../test/plant-process.ts';
import { realPorts } from '../../../test/recorded-sink.ts';
import type { FoundTag } from '../../model/source.ts';
import type { MqttMessage } from '../mqtt-link.ts';
import { bornTags } from './born-tags.ts';
import { datatype } from './datatype.ts';
import { encode } from './encode.ts';
import type { Metric } from './payload.ts';
import { sparkplug } from './sparkplug.ts';
import { WireWriter } from './wire-writer.ts';

const unit = (text: string): Uint8Array => new WireWriter().text(1, 'engUnit').bytes(2, new WireWriter().varint(1, datatype.String).text(8, text).finish()).finish();

function heard(...messages: readonly (readonly [topic: string, metrics: readonly Metric[] | Buffer])[]) {
  const [found, said, logged]: [FoundTag[], MqttMessage[], string[]] = [[], [], []];
  const hear = bornTags(realPorts('line', logged));
  for (const [topic, metrics] of messages)
    hear(topic, Buffer.isBuffer(metrics) ? metrics : encode({ metrics }), { found: (tag) => void found.push(tag), say: (message) => void said.push(message) });
  return { found, said, logged };
}

test('a birth tells each metric with its type and unit, but not those of the protocol', () => {
  const { found } = heard(
    [
      'spBv1.0/acme/NBIRTH/gw',
      [
        { name: 'bdSeq', datatype: datatype.Int64 },
        { name: 'Node Control/Rebirth', datatype: datatype.Boolean },
        { name: 'Load', datatype: datatype.Float },
      ],
    ],
    [
      'spBv1.0/acme/DBIRTH/gw/sealer',
      [
        { name: 'Motor/Speed', alias: 1, datatype: datatype.Double, properties: unit('mm/s') },
        { name: 'Pressure', datatype: datatype.Double, properties: unit('furlong') },
        { name: 'State', datatype: datatype.String },
        { name: 'On', datatype: datatype.Boolean },
        { name: 'Recipe', datatype: datatype.Template },
      ],
    ],
  );
  expect(found).toEqual([
    { address: 'acme/gw//Load', path: ['acme', 'gw', 'Load'], type: 'number' },
    { address: 'acme/gw/sealer/Motor/Speed', path: ['acme', 'gw', 'sealer', 'Motor-Speed'], type: 'number', unit: 'mm/s' },
    { address: 'acme/gw/sealer/Pressure', path: ['acme', 'gw', 'sealer', 'Pressure'], type: 'number', note: 'Its unit is "furlong", which is none of UCUM.' },
    { address: 'acme/gw/sealer/State', path: ['acme', 'gw', 'sealer', 'State'], type: 'text' },
    { address: 'acme/gw/sealer/On', path: ['acme', 'gw', 'sealer', 'On'], type: 'boolean' },
    { address: 'acme/gw/sealer/Recipe', path: ['acme', 'gw', 'sealer', 'Recipe'], note: 'A Template, which is no value of a signal.' },
  ]);
});

test('a node that was born before is asked once; what is no payload is told', () => {
  const data = ['spBv1.0/acme/DDATA/gw/sealer', [{ alias: 1 }]] as const;
  const { said, logged } = heard(
    data,
    data,
    ['spBv1.0/acme/NBIRTH/up', []],
    ['spBv1.0/acme/NDATA/up', []],
    ['spBv1.0/acme/NBIRTH/odd', Buffer.from([0xff])],
    ['spBv1.0/STATE/x', []],
  );
  expect(said.map(({ topic, qos, retain }) => [topic, qos, retain])).toEqual([['spBv1.0/acme/NCMD/gw', 0, false]]);
  expect(logged).toEqual([expect.stringContaining('spBv1.0/acme/NBIRTH/odd')]);
});

test('the foreign node of the plant is found, though it was born before', async () => {
  await using plant = await startPlant('--interval-ms', '20');
  const stop = new AbortController();
  const tags: FoundTag[] = [];
  for await (const tag of sparkplug.discover?.({ url: plant.mqtt, hostId: 'nobody' }, realPorts('plant'), stop.signal) ?? []) {
    tags.push(tag);
    if (tags.some(({ address, type }) => address === 'acme/line-1-gw/case-sealer-1/Rate' && type === 'number')) stop.abort();
  }
  expect(tags.every(({ address }) => address.startsWith('acme/line-1-gw/'))).toBe(true);
});
