import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvCell, csvRows } from '../../kernel/csv.ts';
import type { FoundTag } from '../../model/source.ts';
import { realPorts, recordedSink, type RecordedSink } from '../../../test/recorded-sink.ts';
import { until } from '../../../test/until.ts';
import { fileDropAddress } from './address.ts';
import { fileDrop } from './file-drop.ts';
import { withUsual } from './options.ts';
import { rowInstant } from './row-instant.ts';
import { tableIn } from './table.ts';

interface Drop extends AsyncDisposable {
  readonly folder: string;
  readonly url: string;
  readonly state: string;
  names(within: string): Promise<readonly string[]>;
}

async function drop(): Promise<Drop> {
  const root = await mkdtemp(join(tmpdir(), 'lineshaft-drop-'));
  const folder = join(root, 'drop zone');
  await mkdir(folder);
  return {
    folder,
    url: pathToFileURL(folder).href,
    state: join(root, 'state'),
    names: async (within) => (await readdir(join(folder, within))).toSorted(),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

async function listening({ url, state }: Drop, addresses: readonly string[], more: object = {}) {
  const [sink, logged]: [RecordedSink, string[]] = [recordedSink(), []];
  const source = await fileDrop.open({ url, ready: 'renamed', intervalMs: 10, ...more }, addresses, sink, { ...realPorts('press', logged), folder: state });
  await sink.until(() => sink.links[0]);
  return { sink, logged, [Symbol.asyncDispose]: () => source.close() };
}

/** As a program drops a file: whole, under its name. */
async function put({ folder }: Drop, name: string, content: string | Buffer): Promise<void> {
  await writeFile(join(folder, `${name}.tmp`), content);
  await rename(join(folder, `${name}.tmp`), join(folder, name));
}

const archived = (place: Drop, name: string) => until(`${name} in the archive`, async () => (await place.names('archive')).includes(name));
const values = ({ all }: RecordedSink) => all.map(({ address, value }) => [address, value]);
const atMs = Date.parse('2026-09-22T08:00:00Z');

test('rows become samples at their own times; a bad one is quarantined with file, line and reason, and spoils no other', async () => {
  await using place = await drop();
  await using heard = await listening(place, ['press-*.csv#OilTemp', 'press-*.csv#Mode', 'press-*.csv#Gone'], { timestamp: 'at' });
  const lines = [
    'at,OilTemp,Mode',
    '2026-09-22T08:00:00Z,61.5,AUTO',
    'yesterday,1,AUTO',
    '2026-09-22T08:00:01Z,62',
    `${atMs + 2_000},,"a ""b"",\nc"`,
    '2026-09-22 08:00:03+00:00,0815,true',
  ];
  await put(place, 'press-7.csv', lines.join('\r\n'));
  await archived(place, 'press-7.csv');
  expect(heard.sink.all.map(({ address, value, atMs: time, quality }) => [address.slice(12), value, time - atMs, quality])).toEqual([
    ['OilTemp', 61.5, 0, 'good'],
    ['Mode', 'AUTO', 0, 'good'],
    ['Mode', 'a "b",\nc', 2_000, 'good'],
    ['OilTemp', '0815', 3_000, 'good'],
    ['Mode', true, 3_000, 'good'],
  ]);
  expect(heard.sink.quarantined).toEqual([
    { address: 'press-*.csv#Gone', reason: 'press-7.csv has no column "Gone".', raw: 'at,OilTemp,Mode' },
    { address: 'press-7.csv:3', reason: 'The timestamp is neither epoch milliseconds nor an RFC 3339 instant.', raw: 'yesterday,1,AUTO' },
    { address: 'press-7.csv:4', reason: 'The row has 2 cells, and the head 3.', raw: '2026-09-22T08:00:01Z,62' },
  ]);
  const [listed = ''] = (await place.names('rejected')).filter((name) => name.endsWith('.rows.csv'));
  expect(csvRows(await readFile(join(place.folder, 'rejected', listed), 'utf8')).map(({ cells }) => cells[0])).toEqual(['line', '3', '4']);
});

test('a row whose quote is not closed, with all that follows in it, is quarantined', async () => {
  await using place = await drop();
  await using heard = await listening(place, ['*.csv#v'], { timestamp: 'at' });
  await put(place, 'a.csv', 'at,v\n2026-09-22T08:00:00Z,1\n2026-09-22T08:00:01Z,"2\n2026-09-22T08:00:02Z,3\n');
  await archived(place, 'a.csv');
  expect(values(heard.sink)).toEqual([['*.csv#v', 1]]);
  expect(heard.sink.quarantined).toEqual([{ address: 'a.csv:3', reason: 'A quote is opened in this row and not closed.', raw: '2026-09-22T08:00:01Z,"2' }]);
});

test('of more bad rows than are told one by one, the others are counted', async () => {
  await using place = await drop();
  await using heard = await listening(place, ['*.csv#v'], { timestamp: 'at' });
  await put(place, 'a.csv', `at,v\n${'yesterday,1\n'.repeat(1_003)}`);
  await archived(place, 'a.csv');
  expect(heard.sink.quarantined).toHaveLength(1_001);
  expect(heard.sink.quarantined.at(-1)).toMatchObject({ address: 'a.csv', reason: expect.stringContaining('3 more') });
  expect(JSON.parse(await readFile(join(place.state, 'files.ndjson'), 'utf8'))).toMatchObject({ rows: 1_003, bad: 1_003 });
});

test('each file is read once, over restarts, by its name and content', async () => {
  await using place = await drop();
  const row = (value: number): string => `at,v\n2026-09-22T08:00:00Z,${value}\n`;
  {
    await using heard = await listening(place, ['*.csv#v'], { timestamp: 'at' });
    await put(place, 'a.csv', row(1));
    await archived(place, 'a.csv');
    expect(values(heard.sink)).toEqual([['*.csv#v', 1]]);
  }
  await put(place, 'a.csv', row(1));
  await put(place, 'b.csv', row(1));
  await using heard = await listening(place, ['*.csv#v'], { timestamp: 'at' });
  await archived(place, 'b.csv');
  await until('the second a.csv in the archive', async () => (await place.names('archive')).length === 3);
  expect(values(heard.sink)).toEqual([['*.csv#v', 1]]);
  expect(heard.logged).toEqual(['a.csv was taken before, with the same content; it is put away unread.']);
  await put(place, 'a.csv', row(2));
  await heard.sink.until(() => heard.sink.all.length === 2);
  expect(heard.sink.all[1]?.value).toBe(2);
});

test('a file that was taken when the process died is read when it is back, unless it was read to its end', async () => {
  await using place = await drop();
  await mkdir(join(place.folder, 'taken'));
  await writeFile(join(place.folder, 'taken', 'left.csv'), 'v\n5\n');
  {
    await using heard = await listening(place, ['*.csv#v']);
    await archived(place, 'left.csv');
    expect(values(heard.sink)).toEqual([['*.csv#v', 5]]);
  }
  // As between the ledger's line and the archive; and a line that a power cut tore.
  await rename(join(place.folder, 'archive', 'left.csv'), join(place.folder, 'taken', 'left.csv'));
  await appendFile(join(place.state, 'files.ndjson'), '{"hash":"0123');
  await using heard = await listening(place, ['*.csv#v']);
  await archived(place, 'left.csv');
  expect(heard.sink.all).toEqual([]);
  await put(place, 'next.csv', 'v\n6\n');
  await archived(place, 'next.csv');
  expect(
    (await readFile(join(place.state, 'files.ndjson'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { name: string }).name),
  ).toEqual(['left.csv', 'next.csv']);
});

test('a file that somebody still writes to is left until nobody does', async () => {
  await using place = await drop();
  await writeFile(join(place.folder, 'slow.csv'), 'v\n1\n');
  const [sink, ports] = [recordedSink(), realPorts('press')];
  let steadyMs = 0;
  const options = { url: place.url, settleMs: 1_000, intervalMs: 10 };
  const source = await fileDrop.open(options, ['*.csv#v'], sink, { ...ports, folder: place.state, clock: { ...ports.clock, steady: () => steadyMs } });
  for (let value = 2; value <= 5; value++) {
    await appendFile(join(place.folder, 'slow.csv'), `${value}\n`);
    // Two looks, as the files that nobody named tell.
    for (const look of ['a', 'b']) {
      await put(place, `${look}-${value}.txt`, '');
      await sink.until(() => sink.quarantined.some(({ address }) => address === `${look}-${value}.txt`));
    }
    steadyMs += 999;
  }
  expect(sink.all).toEqual([]);
  steadyMs += 1_000;
  await archived(place, 'slow.csv');
  await source.close();
  expect(values(sink)).toEqual([1, 2, 3, 4, 5].map((value) => ['*.csv#v', value]));
});

test('where files are marked, one without its mark is left alone, and the mark goes with it', async () => {
  await using place = await drop();
  await using heard = await listening(place, ['*.csv#v'], { ready: 'marked' });
  await writeFile(join(place.folder, 'a.csv'), 'v\n1\n');
  await writeFile(join(place.folder, 'b.csv'), 'v\n2\n');
  await writeFile(join(place.folder, 'b.csv.done'), '');
  await archived(place, 'b.csv');
  await until('the mark gone', async () => (await place.names('.')).join() === 'a.csv,archive,rejected,taken');
  await writeFile(join(place.folder, 'a.csv.done'), '');
  await archived(place, 'a.csv');
  expect(values(heard.sink)).toEqual([
    ['*.csv#v', 2],
    ['*.csv#v', 1],
  ]);
});

test.each([
  ['long.csv', 'v\n'.repeat(600), 'at most 1000 are read'],
  ['image.csv', Buffer.from([0x76, 0x0a, 0xff, 0xfe, 0x0a]), 'no utf-8 text'],
  ['empty.csv', '', 'no line of columns'],
  ['twice.csv', 'v,v\n1,2\n', 'two columns "v"'],
  ['list.json', '[1, 2', 'not JSON'],
  ['sheet.xlsx', 'PK', 'neither .csv'],
])('%s, which nobody can read, is rejected whole with its reason', async (name, content, reason) => {
  await using place = await drop();
  await using heard = await listening(place, ['*#v'], { bytesMax: 1_000 });
  await put(place, name, content);
  await until('the reason', async () => (await place.names('rejected')).includes(`${name}.reason.txt`));
  expect(await readFile(join(place.folder, 'rejected', `${name}.reason.txt`), 'utf8')).toContain(reason);
  expect(heard.sink.quarantined).toMatchObject([{ address: name, reason: expect.stringContaining(reason) }]);
  await put(place, 'good.csv', 'v\n1\n');
  await archived(place, 'good.csv');
  expect(values(heard.sink)).toEqual([['*#v', 1]]);
});

test('JSON, alone, as a list or line by line, keeps its types; a row without its own time has that of the file', async () => {
  await using place = await drop();
  await using heard = await listening(place, ['*.json#/oil/temp', '*.ndjson#mode', '*.json#mode']);
  await writeFile(join(place.folder, 'x.tmp'), JSON.stringify([{ oil: { temp: 61 }, mode: '7' }, 'none', { oil: { temp: [1] }, mode: null }]));
  await utimes(join(place.folder, 'x.tmp'), atMs / 1_000, atMs / 1_000);
  await rename(join(place.folder, 'x.tmp'), join(place.folder, 'x.json'));
  await archived(place, 'x.json');
  await put(place, 'y.ndjson', '{"mode":true}\n\n{"mode":\n{"mode":"b"}');
  await archived(place, 'y.ndjson');
  expect(heard.sink.all.slice(0, 3)).toEqual([
    { address: '*.json#/oil/temp', value: 61, atMs, quality: 'good' },
    { address: '*.json#mode', value: '7', atMs, quality: 'good' },
    { address: '*.json#mode', value: null, atMs, quality: 'good' },
  ]);
  expect(values(heard.sink).slice(3)).toEqual([
    ['*.ndjson#mode', true],
    ['*.ndjson#mode', 'b'],
  ]);
  expect(heard.sink.quarantined.map(({ address }) => address)).toEqual(['x.json:2', 'x.json:3', 'y.ndjson:3']);
});

test('rows of one value each are told by their tag, with their quality; a tag that nobody names is passed on to be counted', async () => {
  await using place = await drop();
  await using heard = await listening(place, ['export-*.csv#TI-101'], {
    timestamp: 'Zeit',
    tag: 'Kanal',
    value: 'Wert',
    quality: 'Q',
    timeZone: 'Europe/Berlin',
    decimal: 'comma',
    encoding: 'windows-1252',
  });
  const lines = [
    'Zeit;Kanal;Wert;Q',
    '22.09.2026 10:00:00;TI-101;61,5;192',
    '22.09.2026 10:00:01;TI-101;62;0',
    '22.09.2026 10:00:02;Öl;1;good',
    '25.10.2026 02:30:00;TI-101;1;good',
    '22.09.2026 10:00:03;TI-101;;good',
  ];
  await put(place, 'export-1.csv', Buffer.from(lines.join('\n'), 'latin1'));
  await archived(place, 'export-1.csv');
  expect(heard.sink.all.map(({ address, value, atMs: time, quality }) => [address, value, time - atMs, quality])).toEqual([
    ['export-*.csv#TI-101', 61.5, 0, 'good'],
    ['export-*.csv#TI-101', 62, 1_000, 'bad'],
    ['export-1.csv#Öl', 1, 2_000, 'good'],
    ['export-*.csv#TI-101', null, 3_000, 'bad'],
  ]);
  expect(heard.sink.quarantined).toMatchObject([{ address: 'export-1.csv:5', reason: expect.stringContaining('shown twice') }]);
});

test('a folder that goes away is told, and worked in again when it is back', async () => {
  await using place = await drop();
  await using heard = await listening(place, ['*.csv#v']);
  await heard.sink.until(() => heard.sink.links.at(-1)?.up);
  await rename(place.folder, `${place.folder}-away`);
  await heard.sink.until(() => heard.sink.links.at(-1)?.up === false);
  await rename(`${place.folder}-away`, place.folder);
  await put(place, 'a.csv', 'v\n1\n');
  await archived(place, 'a.csv');
  expect(values(heard.sink)).toEqual([['*.csv#v', 1]]);
});

test('what the files in a folder have is found, and nothing is moved', async () => {
  await using place = await drop();
  await put(place, 'press-7.csv', 'at,OilTemp,Mode\n2026-09-22T08:00:00Z,61.5,AUTO\n');
  const found: FoundTag[] = [];
  for await (const tag of fileDrop.discover?.({ url: place.url, timestamp: 'at' }, realPorts('press'), new AbortController().signal) ?? []) found.push(tag);
  expect(found.map(({ address, path, type }) => [address, path, type])).toEqual([
    ['press-7.csv#OilTemp', ['press-7', 'OilTemp'], 'number'],
    ['press-7.csv#Mode', ['press-7', 'Mode'], 'text'],
  ]);
  expect(await place.names('.')).toEqual(['press-7.csv']);
});

test('where the comma is the decimal mark, a point is none', async () => {
  await using place = await drop();
  await using heard = await listening(place, ['a.csv#v'], { decimal: 'comma' });
  await put(place, 'a.csv', 'at;v\n1;1,5\n2;1.234\n3;1.234,5\n4;-2e3\n');
  await archived(place, 'a.csv');
  expect(values(heard.sink).map(([, value]) => value)).toEqual([1.5, '1.234', '1.234,5', -2_000]);
});

test('a column has the type that it is read as', async () => {
  await using place = await drop();
  await put(place, 'a.csv', 'part;temp;ratio;open\n0815;61,5;0.5;TRUE\n0816;62;0.6;false\n');
  await put(place, 'b.json', '[{"code":"7","temp":1}]');
  const found: FoundTag[] = [];
  for await (const tag of fileDrop.discover?.({ url: place.url, decimal: 'comma', texts: ['ratio'] }, realPorts('press'), new AbortController().signal) ?? []) found.push(tag);
  expect(found.map(({ address, type }) => [address, type])).toEqual([
    ['a.csv#part', 'text'],
    ['a.csv#temp', 'number'],
    ['a.csv#ratio', 'text'],
    ['a.csv#open', 'boolean'],
    ['b.json#code', 'text'],
    ['b.json#temp', 'number'],
  ]);
});

test('a long table comes in pieces that are the whole, each row with its line', () => {
  const cell = fc.oneof(
    fc.constantFrom('', '1.5', 'a"b', 'x\ny', 'c,d'),
    fc.string({ maxLength: 5 }).filter((text) => !text.includes('\r')),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 3 }), (some, times) => {
      const padding = 'p'.repeat(100_000);
      const text = ['a,b', ...Array.from({ length: times }, () => some.map(([a, b]) => `${csvCell(padding + a)},${csvCell(b)}`)).flat()].join('\n');
      const table = tableIn('t.csv', Buffer.from(text), withUsual({ url: 'file:///t' }));
      const rows = typeof table === 'string' ? [] : [...table.rows].flat();
      expect(rows.map((row) => ('cell' in row ? [row.line, row.cell('a'), row.cell('b')] : []))).toEqual(
        csvRows(text)
          .slice(1)
          .map(({ line, cells }) => [line, ...cells]),
      );
    }),
    { numRuns: 20 },
  );
});

test.each([
  ['2026-03-29 02:30:00', 'its clocks were put forward'],
  ['2026-10-25T02:30', 'shown twice'],
  ['2026-02-31 10:00:00', 'neither epoch'],
  ['2024-13-05 10:00:00', 'neither epoch'],
  ['05.00.2024 10:00:00', 'neither epoch'],
  ['10/22/2026 10:00', 'neither epoch'],
  ['1790000000', 'before 1973'],
])('the local time %s in Berlin is refused', (text, reason) => {
  expect(rowInstant('Europe/Berlin')(text, atMs)).toEqual(expect.stringContaining(reason));
});

test('a local time is read in its zone, on both sides of a change of clocks', () => {
  const [berlin, nowMs] = [rowInstant('Europe/Berlin'), Date.parse('2026-12-01T00:00:00Z')];
  expect(berlin('2026-10-25 01:59:59,5', nowMs)).toBe(Date.parse('2026-10-24T23:59:59.500Z'));
  expect(berlin('2026-10-25 03:00:00', nowMs)).toBe(Date.parse('2026-10-25T02:00:00Z'));
  expect(berlin('2026-03-29 03:00', nowMs)).toBe(Date.parse('2026-03-29T01:00:00Z'));
  expect(rowInstant(undefined)('2026-10-25 01:59:59', nowMs)).toEqual(expect.stringContaining('without an offset'));
});

test.each(['press.csv', '#v', 'press.csv#', 'in/press.csv#v', String.raw`in\press.csv#v`])('the address %s is refused', (text) => {
  expect(() => fileDropAddress(text)).toThrow(expect.objectContaining({ code: 'LANDSCAPE_INVALID' }));
});

test('names are compared without regard to case, and nothing in them is an expression', () => {
  expect(['press-7.csv', 'PRESS-x.CSV', 'press-7xcsv', 'a-press-7.csv'].map(fileDropAddress('press-?.csv#v').fits)).toEqual([true, true, false, false]);
});

test('a folder of another machine’s form is refused when the source is opened', async () => {
  const opened = fileDrop.open({ url: 'file://%2F' }, [], recordedSink(), realPorts('press'));
  await expect(opened).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' });
  await expect(fileDrop.open({ url: 'file:///tmp', timeZone: 'Mars/Olympus' }, [], recordedSink(), realPorts('press'))).rejects.toMatchObject({ code: 'ENVIRONMENT_INVALID' });
});
