import { publishPacket, telemetryText } from './mqtt-words.ts';

export interface TelemetryBatchParts {
  readonly topic: string;
  /** Of the first reading, and between two; epoch milliseconds. */
  readonly beginMs: number;
  readonly stepMs: number;
  /** Readings of one batch; a multiple of five, as the rates repeat after so many. */
  readonly readings: number;
  /** Batches that may be under way when the next is asked for. */
  readonly underWay: number;
}

const timeDigits = 13;
const idBytes = 2;
const idMax = 65_535;
const million = 1_000_000;

/**
 * One machine's readings at QoS 1, a whole batch at a time: each call gives the next, in the memory of one that is not under way any more. Made
 * once, its times and packet ids written over, so that who floods is not slower than who listens.
 */
export function telemetryBatch({ topic, beginMs, stepMs, readings, underWay }: TelemetryBatchParts): () => Buffer {
  const model = Buffer.concat(Array.from({ length: readings }, (_, reading) => readingPacket(topic, beginMs + reading * stepMs, 118 + (reading % 5), reading)));
  const each = model.length / readings;
  // All are as long as the first, as their times and rates are.
  const timeAt = model.indexOf(String(beginMs));
  const idAt = model.indexOf('{') - idBytes;
  const batches = Array.from({ length: underWay + 1 }, () => Buffer.from(model));
  let next = 0;
  return () => {
    const batch = batches[(next / readings) % batches.length] ?? model;
    for (let at = 0; at < batch.length; at += each, next += 1) {
      writeTime(batch, at + timeAt, beginMs + next * stepMs);
      const id = (next % idMax) + 1;
      batch[at + idAt] = id >> 8;
      batch[at + idAt + 1] = id & 255;
    }
    return batch;
  };
}

/** Reading number `reading` of a machine, at QoS 1. */
export function readingPacket(topic: string, atMs: number, rate: number, reading: number): Buffer {
  return publishPacket(topic, Buffer.from(telemetryText(atMs, rate)), (reading % idMax) + 1);
}

/** Its digits, in two numbers that a processor divides fast. */
function writeTime(bytes: Buffer, at: number, atMs: number): void {
  let rest = (atMs % million) | 0;
  let high = Math.floor(atMs / million) | 0;
  for (let digit = timeDigits - 1; digit >= timeDigits - 6; digit -= 1) {
    const tens = (rest / 10) | 0;
    bytes[at + digit] = 48 + rest - tens * 10;
    rest = tens;
  }
  for (let digit = timeDigits - 7; digit >= 0; digit -= 1) {
    const tens = (high / 10) | 0;
    bytes[at + digit] = 48 + high - tens * 10;
    high = tens;
  }
}
