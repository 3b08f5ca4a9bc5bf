import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvCell, csvRows } from './csv.ts';

test('quoted cells hold separators, line breaks and quotes; lines are counted as an editor does', () => {
  expect(csvRows('\uFEFFa,b\r\n"x,y","say ""hi""\nthere"\n\n ,\n1, two \n')).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: ['x,y', 'say "hi"\nthere'] },
    { line: 6, cells: ['1', ' two '] },
  ]);
});

test('a quote that is not closed marks the row that all the rest is in', () => {
  expect(csvRows('a,b\n1,"2\n3,4')).toEqual([
    { line: 1, cells: ['a', 'b'] },
    { line: 2, cells: ['1', '2\n3,4'], isOpen: true },
  ]);
});

test('a spreadsheet that separates by semicolons is read, too', () => {
  expect(csvRows('a;b;c\n1,5;2;3').map(({ cells }) => cells)).toEqual([
    ['a', 'b', 'c'],
    ['1,5', '2', '3'],
  ]);
});

test('what is written is what is read', () => {
  const cell = fc.string({ maxLength: 20 }).filter((text) => !text.startsWith('\uFEFF'));
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 10 }), (rows) => {
      const text = ['first,second', ...rows.map((row) => row.map(csvCell).join(','))].join('\n');
      const expected = rows.filter((row) => row.some((each) => each.trim() !== ''));
      expect(
        csvRows(text)
          .slice(1)
          .map(({ cells }) => cells),
      ).toEqual(expected);
    }),
  );
});
