// One TCP connection to a device or gateway, one request at a time: more at once is beyond many of them.
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Block } from './block.ts';
import { answerIn, bytesOf, readRequest, violated, type Answer } from './frame.ts';

/** What a device gave for a block: data, or its exception code. */
export type BlockAnswer = { readonly data: Buffer } | { readonly exception: number };

export interface ModbusLine {
  /** Rejects when the line is of no use any more; then it is closed. */
  read(block: Block): Promise<BlockAnswer>;
  close(): void;
}

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

  return {
    async read(block) {
      if (broken) throw broken;
      transaction = (transaction + 1) & 0xffff;
      const own = transaction;
      const cancel = clock.after(timeoutMs, () => fail(new Error(`no answer from unit ${block.unit} within ${timeoutMs} ms`)));
      try {
        const answer = await new Promise<Answer>((resolve, reject) => {
          waiting = { transaction: own, resolve, reject };
          socket.write(readRequest(own, block));
        });
        return checked(answer, block);
      } finally {
        cancel();
      }
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
