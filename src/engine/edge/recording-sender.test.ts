import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { Fault } from '../../kernel/errors.ts';
import type { RecordingWanted } from '../recordings/recording-wire.ts';
import { recordingSender, type RecordingSenderParts } from './recording-sender.ts';

const place = { file: 'f', atByte: 1, blocks: 0, values: 0, crc32: 0 };
const wanted: RecordingWanted = { id: 'r-1', bytesMax: 1_000, bytesPerSecond: 100, at: 0 };

/** A recording of `ABC`, a byte each second at the rate that is wanted, and the hub that it goes to. */
function open(given: Partial<RecordingSenderParts> & { readonly answers?: () => number } = {}) {
  const clock = virtualClock();
  const came: string[] = [];
  const logged: string[] = [];
  const sender = recordingSender({
    edge: 'kiel-1',
    key: 'k',
    clock,
    log: (message) => void logged.push(message),
    waiting: async () => 0,
    async send({ url, body, bytes }) {
      const status = given.answers?.() ?? 200;
      const { pathname, searchParams } = new URL(url);
      if (status === 200)
        came.push(pathname.endsWith('/parts') ? `${searchParams.get('at')} ${Buffer.from(bytes ?? []).toString()}${searchParams.get('isLast') === '1' ? '.' : ''}` : body);
      return { status, retryAfter: undefined, body: '' };
    },
    async read({ at, after }) {
      const pieces = ['A', 'B', 'C'].map((letter, index) => ({ bytes: Buffer.alloc(100, letter).subarray(0, 1), next: { ...place, atByte: index + 1 }, isLast: index === 2 }));
      const left = pieces.slice(after ? at : 0);
      return {
        isFresh: after === undefined,
        total: 3,
        beginsMs: undefined,
        pieces: (async function* () {
          yield* left;
        })(),
      };
    },
    ...given,
  });
  return { clock, came, logged, sender };
}

test('it sends piece by piece, no faster than is wanted, and what it has sent not again', async () => {
  const { clock, came, sender } = open();
  sender.asked({ ...wanted, bytesPerSecond: 1 }, 'http://hub');
  await clock.advance(999);
  expect(came).toEqual(['0 A']);
  await clock.advance(1_001);
  expect(came).toEqual(['0 A', '1 B', '2 C.']);
  sender.asked(wanted, 'http://hub');
  await clock.advance(10_000);
  expect(came).toHaveLength(3);
  await sender.close();
});

test('events go first: while some wait for the hub no piece is sent, but one in five seconds', async () => {
  let depth = 3;
  const { clock, came, sender } = open({ waiting: async () => depth });
  sender.asked(wanted, 'http://hub');
  await clock.advance(4_900);
  expect(came).toEqual([]);
  await clock.advance(200);
  expect(came).toEqual(['0 A']);
  depth = 0;
  await clock.advance(200);
  expect(came).toEqual(['0 A', '1 B', '2 C.']);
  await sender.close();
});

test('after a cut it goes on where the hub says that it is', async () => {
  let asked = 0;
  const { clock, came, logged, sender } = open({ answers: () => (++asked === 2 ? 503 : 200) });
  sender.asked(wanted, 'http://hub');
  await clock.advance(1_000);
  expect([came, logged]).toEqual([['0 A'], [expect.stringContaining('answered 503')]]);
  sender.asked({ ...wanted, at: 1, after: place }, 'http://hub');
  await clock.advance(1_000);
  expect(came).toEqual(['0 A', '1 B', '2 C.']);
  await sender.close();
});

test('where there is nothing to send, the hub is told why; where the recording was shed as it was read, it asks again', async () => {
  const faults = [new Fault('NOT_FOUND', 'This edge records nothing.'), new Fault('CONFLICT', 'shed')];
  const { clock, came, sender } = open({
    read: async () => {
      throw faults.shift() ?? new Error('asked once more');
    },
  });
  sender.asked(wanted, 'http://hub');
  await clock.advance(1);
  expect(came.map((text) => JSON.parse(text))).toEqual([{ code: 'NOT_FOUND', message: 'This edge records nothing.' }]);
  sender.asked(wanted, 'http://hub');
  await clock.advance(1);
  expect(came).toHaveLength(1);
  await sender.close();
});
