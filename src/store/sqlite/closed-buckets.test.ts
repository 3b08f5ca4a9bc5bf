import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hubMigrations } from '../migrations/hub.ts';
import { bucket } from './bucket.ts';
import { closedBuckets } from './closed-buckets.ts';
import { openDatabase } from './database.ts';
import { keyedEvents } from './keyed-table.ts';

const shape = { events: 16, chunks: 4, part: 4 };
const filtersMax = 8;

function openedBuckets(count: number) {
  const folder = mkdtempSync(join(tmpdir(), 'lineshaft-buckets-'));
  const { database, close } = openDatabase({ file: join(folder, 'hub.db'), migrations: hubMigrations, cacheKiB: 1_000 });
  onTestFinished(() => {
    close();
    rmSync(folder, { recursive: true });
  });
  const closed = closedBuckets(database, keyedEvents, shape, filtersMax);
  for (let first = 1; first <= count * shape.events; first += shape.events) {
    const full = bucket(first, shape);
    for (let position = first; position < full.end; position += 1) full.add(position, position * 2 ** 30);
    closed.close(full, full.end - 1);
  }
  return { database, closed };
}

test('buckets beyond as many as have a filter are looked into all the same, and get one when others have gone', () => {
  const { database, closed } = openedBuckets(filtersMax + 2);
  const find = (position: number): number | undefined => closed.find(position * 2 ** 30, (found) => found === position);
  const last = (filtersMax + 2) * shape.events;
  for (let position = 1; position <= last; position += 1) expect(find(position)).toBe(position);
  expect(find(last + 1)).toBe(undefined);
  expect(closed.readFilter()).toBe(false);
  database.exec('DELETE FROM event_bucket WHERE first < 50');
  closed.reread();
  expect([closed.readFilter(), closed.readFilter(), closed.readFilter()]).toEqual([true, true, false]);
  for (let position = 1; position <= last; position += 1) expect(find(position)).toBe(position <= 64 ? undefined : position);
});
