import { expect, test } from 'vitest';
import { csvRows } from '../../kernel/csv.ts';
import type { FoundTag } from '../../model/source.ts';
import { tagDraft } from './tag-draft.ts';

function drafted(...found: readonly FoundTag[]): { readonly cells: readonly (readonly string[])[]; readonly unnamed: number } {
  const draft = tagDraft('press-7');
  const csv = [draft.head, ...found.map((tag) => draft.line(tag))].join('\n');
  return {
    cells: csvRows(csv)
      .slice(1)
      .map(({ cells }) => cells),
    unnamed: draft.counts().unnamed,
  };
}

test('a tag is named after its folder and itself, with the family that its unit or name suggests', () => {
  const { cells, unnamed } = drafted(
    { address: 'ns=1;s=a', path: ['Floor', 'Packer_3', 'OilTemp'], type: 'number', unit: 'Cel' },
    { address: 'ns=1;s=b', path: ['Packer 3', 'Status', 'CurState'], type: 'text' },
    { address: 'a/b#/Größe, "x"', path: ['Packer 3', 'Größe, "x"'], type: 'number' },
  );
  expect(unnamed).toBe(0);
  expect(cells.map((row) => row.slice(0, 6))).toEqual([
    ['press-7', 'ns=1;s=a', 'packer-3.oil-temp', 'temperature', 'number', 'Cel'],
    ['press-7', 'ns=1;s=b', 'packer-3.cur-state', 'state', 'text', ''],
    ['press-7', 'a/b#/Größe, "x"', 'packer-3.gro-e-x', 'context', 'number', ''],
  ]);
});

test('a topic that ends in a word for any data is named after the machine before it, and one whose name is taken by the folders further out too', () => {
  const { cells, unnamed } = drafted(
    { address: 'acme/hall-1/filler/telemetry#/rate', path: ['acme', 'hall-1', 'filler', 'telemetry', 'rate'], type: 'number' },
    { address: 'acme/hall-2/filler/telemetry#/rate', path: ['acme', 'hall-2', 'filler', 'telemetry', 'rate'], type: 'number' },
    { address: 'zeta/hall-2/filler/data#/rate', path: ['zeta', 'hall-2', 'filler', 'data', 'rate'], type: 'number' },
    { address: 'telemetry#/rate', path: ['telemetry', 'rate'], type: 'number' },
  );
  expect(unnamed).toBe(0);
  expect(cells.map((row) => row[2])).toEqual(['filler.rate', 'hall-2-filler.rate', 'zeta-hall-2-filler.rate', 'telemetry.rate']);
});

test('what cannot be named has no signal and says why', () => {
  const { cells, unnamed } = drafted(
    { address: 'a', path: ['Packer', 'Rate'], type: 'number' },
    { address: 'b', path: ['packer', 'RATE'], type: 'number' },
    { address: 'c', path: ['Lonely'], type: 'number' },
    { address: 'd', path: ['机', '速'], type: 'number' },
    { address: 'e', path: ['Packer', 'Curve'], note: 'There is a list.' },
  );
  expect(unnamed).toBe(4);
  expect(cells.map((row) => row[2])).toEqual(['packer.rate', '', '', '', '']);
  expect(cells.slice(1).map((row) => row[10])).toEqual([
    'Its name would be packer.rate, which is that of a. packer / RATE',
    'It lies in no folder that could be its asset. Lonely',
    'Its names have no letters that a name is made of. 机 / 速',
    'It has no value of which the type could be told. There is a list. Packer / Curve',
  ]);
});
