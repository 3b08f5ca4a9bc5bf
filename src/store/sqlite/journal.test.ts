import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { journalSuffixes, openJournal, type Journal } from './journal.ts';

const fileBytes = 200;

function freshFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-journal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'hub.db');
}

/** A journal of which everything after commit `seq` is read, and how often it had the tables made durable. */
function opened(file: string, { mark = 7, seq = 0 } = {}) {
  const secured: number[] = [];
  const journal = openJournal({ file, mark, secureTables: () => secured.push(1), fileBytes });
  const found = journal.after(seq).map(({ seq: number, body }) => `${number} ${body}`);
  return { journal, found, secured };
}

function write(journal: Journal, from: number, to: number): void {
  for (let seq = from; seq <= to; seq += 1) journal.append({ seq, body: `commit ${seq} – ${'x'.repeat(seq % 7)}` });
}

const bodies = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index} commit ${from + index} – ${'x'.repeat((from + index) % 7)}`);

test('what was written is read after what the tables hold, oldest first', () => {
  const file = freshFile();
  const { journal, found } = opened(file);
  expect(found).toEqual([]);
  write(journal, 1, 30);
  journal.close();
  expect(opened(file).found).toEqual(bodies(1, 30));
  expect(opened(file, { seq: 12 }).found).toEqual(bodies(13, 30));
});

test('a file is written over only when the tables hold what is in it, and are durable', () => {
  const file = freshFile();
  const { journal, secured } = opened(file);
  write(journal, 1, 8);
  const lengths = (): readonly number[] => journalSuffixes.map((suffix) => readFileSync(file + suffix).length);
  // The second one is free, and nothing has to be durable for it that is not; from then on nothing is given up.
  expect(secured.length).toBe(1);
  write(journal, 9, 40);
  expect(secured.length).toBe(1);
  journal.forget(40);
  write(journal, 41, 60);
  expect(secured.length).toBeGreaterThan(1);
  const before = lengths();
  for (let seq = 61; seq < 200; seq += 5) {
    journal.forget(seq - 1);
    write(journal, seq, seq + 4);
  }
  expect(lengths()).toEqual(before);
  journal.close();
  expect(opened(file, { seq: 195 }).found).toEqual(bodies(196, 200));
});

test('a commit that was not whole is none, and the next one takes its place', () => {
  const file = freshFile();
  const { journal } = opened(file);
  write(journal, 1, 3);
  journal.close();
  const [path] = journalSuffixes.map((suffix) => file + suffix);
  truncateSync(path ?? '', readFileSync(path ?? '').length - 2);
  const again = opened(file);
  expect(again.found).toEqual(bodies(1, 2));
  write(again.journal, 3, 4);
  again.journal.close();
  expect(opened(file).found).toEqual(bodies(1, 4));
});

test('a commit that is broken among others is not passed over', () => {
  const file = freshFile();
  const { journal } = opened(file);
  write(journal, 1, 3);
  journal.close();
  const path = file + journalSuffixes[0];
  const bytes = readFileSync(path);
  const place = bytes.indexOf('commit 2');
  bytes[place] = 0;
  writeFileSync(path, bytes);
  expect(() => opened(file)).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('commit 2') }));
  expect(opened(file, { seq: 3 }).found).toEqual([]);
});

test('a commit that is missing before others is told', () => {
  const file = freshFile();
  const { journal } = opened(file, { seq: 5 });
  write(journal, 7, 8);
  journal.close();
  expect(() => opened(file, { seq: 5 })).toThrow(expect.objectContaining({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('commit 6') }));
});

test('what another database wrote is no commit', () => {
  const file = freshFile();
  const { journal } = opened(file);
  write(journal, 1, 3);
  journal.close();
  expect(opened(file, { mark: 8 }).found).toEqual([]);
});
