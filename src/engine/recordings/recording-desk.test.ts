import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { memoryStore } from '../../store/memory/memory-store.ts';
import { recordingDesk } from './recording-desk.ts';

const ask = { edge: 'kiel-1', fromMs: 1_000, toMs: 2_000, bytesMax: 100, bytesPerSecond: 10, by: 'anna' };
const place = { file: '000000001.tel', atByte: 40, blocks: 1, values: 7, crc32: 5 };
const part = { at: 0, ...place, isLast: 0 };

function desk({ kept = [], ...given }: { readonly diskMax?: number; readonly kept?: readonly unknown[] } = {}) {
  const clock = virtualClock(1_000_000);
  const store = memoryStore();
  const files = new Map<string, Buffer>();
  const notes = new Map<string, unknown>();
  let made = 0;
  const shelf = {
    async write(id: string, at: number, bytes: Uint8Array) {
      files.set(id, Buffer.concat([(files.get(id) ?? Buffer.alloc(0)).subarray(0, at), bytes]));
    },
    async *read(id: string) {
      yield files.get(id) ?? Buffer.alloc(0);
    },
    drop: async (id: string) => void (files.delete(id) && notes.delete(id)),
    note: async (id: string, note: unknown) => void notes.set(id, JSON.parse(JSON.stringify(note))),
    kept,
  };
  const parts = { shelf, pipeline: store, clock, ids: { uuid: () => `r-${++made}` }, log: () => undefined, ...given };
  return { clock, store, files, notes, desk: recordingDesk(parts) };
}

test('an edge is told what is wanted of it and from where, until all of it is here; that is audited, read, and let go after six hours', async () => {
  const { desk: fetched, files, clock, store } = desk();
  const { id } = await fetched.ask(ask);
  expect(fetched.wantedOf('kiel-2')).toBeUndefined();
  expect(fetched.wantedOf('kiel-1')).toEqual({ id, fromMs: 1_000, toMs: 2_000, bytesMax: 100, bytesPerSecond: 10, at: 0 });
  expect(await fetched.take('kiel-1', id, { ...part, total: 60, beginsMs: 1_500 }, Buffer.alloc(40, 1))).toBe(40);
  expect(fetched.wantedOf('kiel-1')).toMatchObject({ at: 40, after: place });
  expect(fetched.ticket(id)).toMatchObject({ status: 'coming', bytes: 40, total: 60, beginsMs: 1_500 });
  expect(() => fetched.bytesOf(id)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
  await expect(fetched.take('kiel-1', id, { ...part, at: 39, atByte: 60 }, Buffer.alloc(1))).rejects.toMatchObject({ code: 'CONFLICT', details: { at: 40 } });
  await expect(fetched.take('kiel-2', id, { ...part, at: 40 }, Buffer.alloc(1))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await fetched.take('kiel-1', id, { ...part, at: 40, atByte: 60, isLast: 1 }, Buffer.alloc(20, 2));
  expect(fetched.ticket(id)).toMatchObject({ status: 'here', bytes: 60, beginsMs: 1_500 });
  expect(fetched.wantedOf('kiel-1')).toBeUndefined();
  expect(await buffer(fetched.bytesOf(id))).toEqual(Buffer.concat([Buffer.alloc(40, 1), Buffer.alloc(20, 2)]));
  expect(await store.audit({ limit: 5 })).toMatchObject([{ action: 'edge.recording', actor: 'anna', subject: 'kiel-1' }]);
  await clock.advance(6 * 60 * 60_000);
  expect(() => fetched.ticket(id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  expect(files.size).toBe(0);
});

test('how fast a recording comes is told over its last parts, and falls while nothing comes', async () => {
  const { desk: fetched, clock } = desk();
  const { id, rate } = await fetched.ask(ask);
  expect(rate).toBeUndefined();
  await fetched.take('kiel-1', id, part, Buffer.alloc(40));
  expect(fetched.ticket(id).rate).toBeUndefined();
  await clock.advance(2_000);
  await fetched.take('kiel-1', id, { ...part, at: 40 }, Buffer.alloc(30));
  expect(fetched.ticket(id).rate).toBe(15);
  await clock.advance(4_000);
  expect(fetched.all()[0]?.rate).toBe(5);
  await clock.advance(60_000);
  expect(fetched.ticket(id).rate).toBe(0);
  await fetched.take('kiel-1', id, { ...part, at: 70, isLast: 1 }, Buffer.alloc(5));
  expect(fetched.ticket(id).rate).toBeUndefined();
});

test('what is here outlives the hub for as long as it would have been kept; what is under way does not', async () => {
  const before = desk();
  const { id } = await before.desk.ask(ask);
  await before.desk.take('kiel-1', id, { ...part, total: 40, isLast: 1 }, Buffer.alloc(40, 1));
  const coming = await before.desk.ask({ ...ask, edge: 'kiel-2' });
  await before.desk.take('kiel-2', coming.id, part, Buffer.alloc(40, 2));
  await before.clock.advance(60_000);
  await before.desk.close();
  expect([[...before.files.keys()], [...before.notes.keys()]]).toEqual([[id], [id]]);
  const after = desk({ kept: [...before.notes.values(), { id: 'no note of ours' }] });
  after.files.set(id, Buffer.alloc(40, 1));
  expect(after.desk.all()).toMatchObject([{ ...ask, id, status: 'here', bytes: 40, total: 40, askedMs: 1_000_000, endedMs: 1_000_000 }]);
  expect(await buffer(after.desk.bytesOf(id))).toEqual(Buffer.alloc(40, 1));
  await after.clock.advance(6 * 60 * 60_000);
  expect([after.desk.all(), after.files.size]).toEqual([[], 0]);
});

test('a recording that begins anew cuts what was here of it', async () => {
  const { desk: fetched, files } = desk();
  const { id } = await fetched.ask(ask);
  await fetched.take('kiel-1', id, part, Buffer.alloc(40, 1));
  await fetched.take('kiel-1', id, { ...part, atByte: 10, isLast: 1 }, Buffer.alloc(10, 3));
  expect(files.get(id)).toEqual(Buffer.alloc(10, 3));
});

test('an edge that does not come, or does not go on, is told after a quarter of an hour, and what was here of it is let go', async () => {
  const { desk: fetched, files, clock } = desk();
  const { id } = await fetched.ask(ask);
  await clock.advance(14 * 60_000);
  await fetched.take('kiel-1', id, part, Buffer.alloc(40));
  await clock.advance(14 * 60_000);
  expect(fetched.ticket(id).status).toBe('coming');
  await clock.advance(60_000);
  expect(fetched.ticket(id)).toMatchObject({ status: 'failed', fault: { code: 'SYSTEM_UNREACHABLE', message: expect.stringContaining('has not gone on sending it for 15 min') } });
  expect(files.size).toBe(0);
});

test('more than was allowed is not taken, and the edge is not asked again', async () => {
  const { desk: fetched, files } = desk();
  const { id } = await fetched.ask(ask);
  await expect(fetched.take('kiel-1', id, part, Buffer.alloc(1_125))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(fetched.ticket(id)).toMatchObject({ status: 'failed', fault: { code: 'TOO_LARGE' } });
  expect([fetched.wantedOf('kiel-1'), files.size]).toEqual([undefined, 0]);
});

test('what an edge says of its recording is told as it is', async () => {
  const { desk: fetched } = desk();
  const { id } = await fetched.ask(ask);
  fetched.refuse('kiel-1', id, { code: 'NOT_FOUND', message: 'This edge records nothing.' });
  expect(fetched.ticket(id)).toMatchObject({ status: 'failed', fault: { code: 'NOT_FOUND', message: 'This edge records nothing.' } });
});

test('one of an edge is fetched at a time; the disk of the hub is shared out before anything comes, and what is over makes room', async () => {
  const { desk: fetched } = desk({ diskMax: 250 });
  const { id } = await fetched.ask(ask);
  await expect(fetched.ask(ask)).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('for anna') });
  await fetched.ask({ ...ask, edge: 'kiel-2' });
  await expect(fetched.ask({ ...ask, edge: 'kiel-3' })).rejects.toMatchObject({ code: 'TOO_LARGE' });
  await fetched.take('kiel-1', id, { ...part, isLast: 1 }, Buffer.alloc(90));
  await fetched.ask({ ...ask, edge: 'kiel-3' });
  expect(fetched.all().map(({ edge }) => edge)).toEqual(['kiel-3', 'kiel-2']);
});

test('who ends one leaves nothing of it, and its edge is not asked any more', async () => {
  const { desk: fetched, files, store } = desk();
  const { id } = await fetched.ask(ask);
  await fetched.take('kiel-1', id, part, Buffer.alloc(40));
  expect(await fetched.cancel(id, 'ben')).toMatchObject({ status: 'cancelled', fault: { message: 'It was ended by ben.' } });
  await expect(fetched.take('kiel-1', id, { ...part, at: 40 }, Buffer.alloc(1))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(files.size).toBe(0);
  expect((await store.audit({ limit: 5 })).map(({ action }) => action).sort()).toEqual(['edge.recording', 'edge.recording-ended']);
});
