import { expect, test } from 'vitest';
import { disk, type Disk } from './disk.ts';
import type { DiskCall } from './recorder.ts';

const folder = '/data/hub';
const file = `${folder}/hub.db-wal`;
const open = (path = file): DiskCall => ({ call: 'open', path, fd: path, creates: true, empties: false, appends: false });
const write = (text: string, at: number, path = file): DiskCall => ({ call: 'write', path, fd: path, at, bytes: Buffer.from(text) });
const sync = (path = file): DiskCall => ({ call: 'sync', path });

function made(...calls: readonly DiskCall[]): Disk {
  const one = disk();
  for (const call of calls) one.apply(call);
  return one;
}

function left(one: Disk, path = file): string | undefined {
  return one
    .afterCut('none', () => 0)
    .get(path)
    ?.toString();
}

test('what was synced survives, what came after it does not', () => {
  const one = made(open(), write('abc', 0), sync(), write('XYZ', 1), write('more', 10));
  expect(left(one)).toBe('abc');
  expect(one.seen().get(file)?.toString()).toBe('aXYZ\0\0\0\0\0\0more');
});

test('a file that was never synced, nor its folder, is not there', () => {
  expect(left(made(open(), write('abc', 0)))).toBeUndefined();
  expect(left(made(open(), write('abc', 0), sync(folder)))).toBe('');
});

test('a name that was given or taken lasts once its folder is synced', () => {
  const renamed: readonly DiskCall[] = [open('/data/hub/a'), write('a', 0, '/data/hub/a'), sync('/data/hub/a'), { call: 'rename', from: '/data/hub/a', to: '/data/hub/b' }];
  expect([left(made(...renamed), '/data/hub/a'), left(made(...renamed), '/data/hub/b')]).toEqual(['a', undefined]);
  expect([left(made(...renamed, sync(folder)), '/data/hub/a'), left(made(...renamed, sync(folder)), '/data/hub/b')]).toEqual([undefined, 'a']);
  const gone = made(open(), write('abc', 0), sync(), { call: 'unlink', path: file });
  expect(left(gone)).toBe('abc');
  gone.apply(sync(folder));
  expect(left(gone)).toBeUndefined();
});

test('a file that was made again under its name, and synced, is there also when its folder is synced after that', () => {
  const again = made(open(), write('old', 0), sync(), { call: 'unlink', path: file }, open(), write('new', 0), sync());
  expect(left(again)).toBe('new');
  again.apply(sync(folder));
  expect(left(again)).toBe('new');
});

test('of what was not synced any sectors may survive, never a part of one, and never less than what was synced', () => {
  const page = 'b'.repeat(4_096);
  const one = made(open(), write('a'.repeat(4_096), 0), sync(), write(page, 0));
  const found = new Set<string>();
  for (let seed = 0; seed < 200; seed += 1) {
    let state = seed;
    const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
    const content = one.afterCut('any', random).get(file)?.toString() ?? '';
    expect(content).toMatch(/^(?:a{512}|b{512}){8}$/);
    found.add(content);
  }
  // Nothing, everything, and many that are torn.
  expect(found.has('a'.repeat(4_096))).toBe(true);
  expect(found.has(page)).toBe(true);
  expect(found.size).toBeGreaterThan(10);
});

test('a file that was there before the record began is left as it is', () => {
  const one = made({ call: 'open', path: file, fd: '3', creates: false, empties: false, appends: false }, sync());
  expect([...one.afterCut('any', () => 0.9).keys()]).toEqual([]);
});
