import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { shortWriter } from './short-writer.ts';

/** Both ends of a connection. */
async function pair(): Promise<readonly [Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const near = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
  const [[far]] = (await Promise.all([once(server, 'connection'), once(near, 'connect')])) as [[Socket], unknown];
  server.close();
  onTestFinished(() => void near.destroy());
  onTestFinished(() => void far.destroy());
  return [near, far];
}

async function heardBy(far: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of far) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A word of four bytes that is written over as soon as it is given. */
function worded(write: (bytes: number[], length: number) => void): (word: number) => void {
  const bytes = [0, 0, 0, 0, 0];
  return (word) => {
    Object.assign(bytes, [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
    write(bytes, 4);
    bytes.fill(255);
  };
}

const wordsFrom = (count: number): Buffer => {
  const bytes = Buffer.alloc(count * 4);
  for (let word = 0; word < count; word++) bytes.writeUInt32BE(word, word * 4);
  return bytes;
};

test.for([
  ['through the handle', true],
  ['in the ordinary way', false],
] as const)('what is written %s comes in its order, also behind and before what the socket writes, and while the other end reads nothing', async ([, isTried]) => {
  const write = shortWriter(isTried);
  const [near, far] = await pair();
  const [other, farOther] = await pair();
  const [tell, tellOther] = [worded(write(near)), worded(write(other))];
  const words = 20_000;
  tell(0);
  tellOther(0);
  const ordinarily = vi.spyOn(near, 'write');
  // More than a system holds for one who does not read.
  const large = Buffer.alloc(8 * 1_048_576, 7);
  for (let word = 1; word < words; word++) {
    tell(word);
    tellOther(word);
    // The first one shows how Node writes; later ones may find the system full.
    if (word === 10) expect(ordinarily).toHaveBeenCalledTimes(isTried ? 0 : 10);
  }
  near.write(large);
  for (let word = 0; word < words; word++) {
    tell(word);
    tellOther(word);
  }
  near.end();
  other.end();
  const [heard, heardOther] = await Promise.all([heardBy(far), heardBy(farOther)]);
  expect(heard.equals(Buffer.concat([wordsFrom(words), large, wordsFrom(words)]))).toBe(true);
  expect(heardOther.equals(Buffer.concat([wordsFrom(words), wordsFrom(words)]))).toBe(true);
});

test('where the system takes only some of the bytes, what is written after them comes after them', async () => {
  const write = shortWriter();
  const [near, far] = await pair();
  const tell = write(near);
  const first = Buffer.alloc(1_000, 1);
  const long = Buffer.alloc(16 * 1_048_576, 2);
  tell(first, first.length);
  tell(long, long.length);
  const taken = near.writableLength;
  tell([3, 3, 3, 3], 4);
  near.end();
  const heard = await heardBy(far);
  expect(taken).toBe(0);
  expect(heard.equals(Buffer.concat([first, long, Buffer.from([3, 3, 3, 3])]))).toBe(true);
});

test('a connection that is gone is written to in vain, and is closed', async () => {
  const write = shortWriter();
  const [near, far] = await pair();
  const tell = write(near);
  tell([1, 2, 3, 4], 4);
  await once(far, 'data');
  near.on('error', () => undefined);
  const closed = new Promise((resolve) => near.once('close', resolve));
  far.resetAndDestroy();
  const again = setInterval(() => tell([1, 2, 3, 4], 4), 1);
  onTestFinished(() => clearInterval(again));
  await closed;
  tell([1, 2, 3, 4], 4);
  expect(near.destroyed).toBe(true);
});
