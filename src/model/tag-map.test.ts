import { expect, test } from 'vitest';
import { normaliser, emptyFilterCounts } from '../engine/edge/normalise.ts';
import { floorSource, line, packer, plantTeam } from '../../test/edge-landscape.ts';
import { virtualClock } from '../kernel/virtual-clock.ts';
import { defineAsset, type Signal } from './asset.ts';
import { defineTags, numberTag, textTag } from './tag-map.ts';

const head = 'source,address,signal,family,type,unit,source unit,scale,offset,deadband,note';
const tags = (rows: readonly string[], parameters?: Readonly<Record<string, string>>, first = head) =>
  defineTags({ file: 'tags.csv', csv: [first, ...rows].join('\n'), sources: [floorSource], assets: [packer, line], ...(parameters && { parameters }) });

/** What the edge makes of a raw value of a signal. */
function told(signal: Signal, value: number): unknown {
  const quarantine = { put: () => undefined, flush: async () => undefined, entries: () => [], close: async () => undefined };
  const normal = normaliser({ signals: [signal], clock: virtualClock(0), quarantine, counts: emptyFilterCounts() });
  return normal.normalise(signal.source.name, [{ address: signal.address, value, atMs: 0, quality: 'good' }])[0]?.value;
}

test('each line with a signal is a signal, in its unit; a line that nobody has named is left out', () => {
  const map = tags([
    'floor,ns=1;s=T,packer-3.temperature,temperature,,Cel,[degF],0.1,,0.2,',
    'floor,ns=1;s=S,packer-3.state,state,text,,,,,,',
    'floor,ns=1;s=R,line-1.running,,boolean,,,,,,',
    'floor,ns=1;s=C,line-1.state,state,packml,,,,,,StateCurrent',
    'floor,ns=1;s=X,,,,,,,,,what is this?',
  ]);
  expect(Object.keys(map)).toEqual(['packer-3.temperature', 'packer-3.state', 'line-1.running', 'line-1.state']);
  const temperature = numberTag(map, 'packer-3.temperature');
  expect(temperature).toMatchObject({ kind: 'signal', unit: 'Cel', family: 'temperature', deadband: 0.2, address: 'ns=1;s=T' });
  expect(told(temperature, 2120)).toBe(100);
  expect(textTag(map, 'packer-3.state').type).toBe('text');
  expect([6, 17, 18].map((value) => told(textTag(map, 'line-1.state'), value))).toEqual(['Execute', 'Complete', undefined]);
});

test('one table serves many plants by its parameters', () => {
  const rows = ['floor,"nsu=urn:${plant};s=${machine}.Rate",packer-3.rate,throughput,,{pack}/min,{pack}/h,,,,'];
  const at = (plant: string) => tags(rows, { plant, machine: 'P3' })['packer-3.rate']?.address;
  expect([at('bremen'), at('linz')]).toEqual(['nsu=urn:bremen;s=P3.Rate', 'nsu=urn:linz;s=P3.Rate']);
  expect(told(numberTag(tags(rows, { plant: 'x', machine: 'y' }), 'packer-3.rate'), 7_200)).toBe(120);
});

test.each([
  ['a unit that is none', 'floor,a,packer-3.t,,,Celsius,,,,,', 'tags.csv:2: "Celsius" is no unit'],
  ['a unit of something else', 'floor,a,packer-3.t,,,mm/s,Cel,,,,', 'tags.csv:2: The signal packer-3.t cannot be told in mm/s: its source says Cel, which measures something else'],
  ['a source that is not there', 'roof,a,packer-3.t,,,,,,,,', 'there is no source "roof"'],
  ['an asset that is not there', 'floor,a,packer-9.t,,,,,,,,', '"packer-9.t" is not "<asset>.<name>"'],
  ['a family that is none', 'floor,a,packer-3.t,heat,,,,,,,', '"heat" is no family'],
  ['a type that is none', 'floor,a,packer-3.t,,float,,,,,,', '"float" is no type'],
  ['a scale that is no number', 'floor,a,packer-3.t,,,,,ten,,,', 'the scale "ten" does not fit'],
  ['a scale of zero', 'floor,a,packer-3.t,,,,,0,,,', 'the scale "0" does not fit'],
  ['an address that is empty', 'floor,,packer-3.t,,,,,,,,', 'the address is empty'],
  ['a name that is none', 'floor,a,packer-3.Temp,,,,,,,,', 'tags.csv:2: the signal name "packer-3.Temp" is not lower-case'],
  ['a parameter that is not given', 'floor,a${n},packer-3.t,,,,,,,,', 'the parameter ${n} is not given'],
  ['a quote that is not closed', 'floor,"a,packer-3.t,,,,,,,,\nfloor,b,packer-3.u,,,,,,,,', 'tags.csv:2: a quote is opened and not closed'],
  ['more cells than columns', 'floor,a,packer-3.t,,,,,,,,,,,', '14 cells under 11 columns'],
])('%s is refused with its line', (_name, row, message) => {
  expect(() => tags([row])).toThrow(expect.objectContaining({ code: 'LANDSCAPE_INVALID', message: expect.stringContaining(message) }));
});

test('all lines that are wrong are told at once, a name that is there twice and a parameter that nothing uses among them', () => {
  const wrong = () => tags(['floor,a,packer-3.t,,,,,,,,', 'floor,b,packer-3.t,,,,,,,,', 'roof,c,packer-3.u,,,,,,,,'], { plant: 'bremen' });
  expect(wrong).toThrow(/^tags\.csv:3: the signal packer-3\.t is there already; tags\.csv:4: there is no source "roof"; tags\.csv: no cell has the parameter \$\{plant\}\.$/);
});

test('a table that is not there is told by its name', () => {
  const file = new URL('nowhere.csv', import.meta.url);
  expect(() => defineTags({ file, sources: [], assets: [] })).toThrow(/The tag map file:.*nowhere\.csv cannot be read/);
});

test('columns that are strange or missing are told', () => {
  expect(() => tags([], undefined, 'source,adress,signal')).toThrow(/"adress" is no column .* the column "address" is missing/);
});

test('a name that the map does not have, or has as another type, is told to the rule that wants it', () => {
  const map = tags(['floor,a,packer-3.state,state,text,,,,,,']);
  expect(() => numberTag(map, 'packer-3.rate')).toThrow(/no numeric signal packer-3\.rate/);
  expect(() => numberTag(map, 'packer-3.state')).toThrow(/it is a text/);
});

test('an asset with a dotted name is found by the longest that fits', () => {
  const dotted = defineAsset({ name: 'packer-3.head', title: 'Head', level: 'cell', within: line, owner: plantTeam });
  const map = defineTags({ file: 't', csv: `${head}\nfloor,a,packer-3.head.force,,,N,,,,,`, sources: [floorSource], assets: [packer, dotted] });
  expect(map['packer-3.head.force']).toMatchObject({ asset: { name: 'packer-3.head' }, of: 'force' });
});
