// One TCP connection to a device or gateway, one request at a time: more at once is beyond many of them.
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Block } from './block.ts';
import { answerIn, bytesOf, readRequest, violated, writeRequest, type Answer, type Write } from './frame.ts';

/** What a device gave for a block: data, or its exception code. */
export type BlockAnswer = { readonly data: Buffer } | { readonly exception: number };

export interface ModbusLine {
  /** Rejects when the line is of no use any more; then it is closed. */
  read(block: Block): Promise<BlockAnswer>;
  /** Writes once. Rejects likewise; then the device may have done it, unless it was not sent (`NotSent`). */
  write(write: Write, several: boolean): Promise<{ readonly written: true } | { readonly exception: number }>;
  close(): void;
}

/** The line was of no use before anything left. */
export class NotSent extends Error {}

interface Waiting {
  readonly transaction: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Rejects where nobody answers within `timeoutMs`. */
export async function openModbusLine(host: string, port: number, timeoutMs: number, clock: Clock): Promise<ModbusLine> {
  const socket = connect({ host, port, noDelay: true });
  let waiting: Waiting | undefined;
  let transaction = 0;
  let received: Buffer = Buffer.alloc(0);
  let broken: Error | undefined;
  const fail = (error: Error): void => {
    broken ??= error;
    waiting?.reject(broken);
    waiting = undefined;
    socket.destroy();
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the device closed the connection')));
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    try {
      for (let found = answerIn(received); found; found = answerIn(received)) {
        received = received.subarray(found.taken);
        // An answer to a request that was given up is nobody's.
        if (found.answer.transaction !== waiting?.transaction) continue;
        waiting.resolve(found.answer);
        waiting = undefined;
      }
    } catch (error) {
      fail(error instanceof Error ? error : new Error(messageOf(error)));
    }
  });
  await connected(socket, timeoutMs, clock, fail);

  /** One request and its answer; what is asked meanwhile waits its turn. */
  let turn: Promise<unknown> = Promise.resolve();
  function asked(unit: number, request: (own: number) => Buffer): Promise<Answer> {
    const mine = turn.then(async () => exchange(unit, request));
    turn = mine.catch(() => undefined); // whoever asked is told
    return mine;
  }

  async function exchange(unit: number, request: (own: number) => Buffer): Promise<Answer> {
    if (broken) throw new NotSent(messageOf(broken), { cause: broken });
    transaction = (transaction + 1) & 0xffff;
    const own = transaction;
    const cancel = clock.after(timeoutMs, () => fail(new Error(`no answer from unit ${unit} within ${timeoutMs} ms`)));
    try {
      return await new Promise<Answer>((resolve, reject) => {
        waiting = { transaction: own, resolve, reject };
        socket.write(request(own));
      });
    } finally {
      cancel();
    }
  }

  return {
    async read(block) {
      return checked(await asked(block.unit, (own) => readRequest(own, block)), block);
    },
    async write(write, several) {
      const { unit, body } = await asked(write.unit, (own) => writeRequest(own, write, several));
      if (unit !== write.unit) throw violated(`unit ${unit} answered for unit ${write.unit}`);
      return 'exception' in body ? body : { written: true };
    },
    close: () => fail(new Error('closed')),
  };
}

async function connected(socket: Socket, timeoutMs: number, clock: Clock, fail: (error: Error) => void): Promise<void> {
  const cancel = clock.after(timeoutMs, () => fail(new Error(`no connection within ${timeoutMs} ms`)));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('close', () => reject(new Error(messageOf(socket.errored ?? 'no connection'))));
    });
  } finally {
    cancel();
  }
}

function checked({ unit, body }: Answer, block: Block): BlockAnswer {
  if (unit !== block.unit) throw violated(`unit ${unit} answered for unit ${block.unit}`);
  if ('exception' in body) return body;
  if (body.data.length !== bytesOf(block)) throw violated(`it sent ${body.data.length} bytes of data where ${bytesOf(block)} were asked for`);
  return { data: body.data };
}
