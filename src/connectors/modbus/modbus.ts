import { Type } from 'typebox';
import { sleep } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import { defineSourceConnector, type RawGap, type RawSample, type SourceSink } from '../../model/source.ts';
import { keepConnected } from '../attempts.ts';
import { tcpPlace } from '../tcp-place.ts';
import { modbusAddress, type ModbusAddress } from './address.ts';
import { alone, blocksOf, type Block } from './block.ts';
import { modbusControl, unwritable } from './control.ts';
import { exceptionText, isAboutQuantity } from './frame.ts';
import { openModbusLine, type ModbusLine } from './modbus-line.ts';
import { valueIn } from './value.ts';

const options = schema(
  Type.Object(
    {
      url: Type.String({ pattern: '^modbus\\+tcp://', description: 'The device or gateway, e.g. modbus+tcp://plc-7:502.' }),
      intervalMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 3_600_000, description: 'How often every address is read. Usual: 1000.' })),
      timeoutMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 600_000, description: 'How long the device may take for an answer. Usual: 2000.' })),
      gapMax: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 120,
          description: 'Registers that no signal names and that are read all the same, to save a request. Usual: 8; 0 where the device minds.',
        }),
      ),
      writeFunction: Type.Optional(
        Type.Union([Type.Literal('one'), Type.Literal('several')], {
          description: 'How one coil or register is written: "one" with function 5 or 6, "several" with 15 or 16, for devices that know only those. Usual: one.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
);

const usualPort = 502;

/**
 * Modbus TCP as a client that reads again and again. An address is `<unit>/<table>/<number>`, counted from 0, e.g. `1/holding/100:float32@CDAB`.
 * Modbus knows no time: a sample's is ours, of its answer. What changes between two reads is not seen, and no gap; a time without an answer is one.
 */
export const modbus = defineSourceConnector({
  name: 'modbus',
  title: 'Modbus TCP',
  options,
  checkAddress: (text) => void modbusAddress(text),
  async open({ url, intervalMs = 1_000, timeoutMs = 2_000, gapMax = 8, writeFunction = 'one' }, addresses, sink, ports) {
    const { hostname, port, text } = tcpPlace(url, 'modbus+tcp://HOST:PORT', usualPort, ports.system);
    const poll = poller(addresses.map(modbusAddress), gapMax, sink, () => ports.clock.now());
    const closing = new AbortController();
    let line: ModbusLine | undefined;

    /** Reads until the line breaks. */
    async function connection(onUp: () => void): Promise<void> {
      line = await openModbusLine(hostname, port, timeoutMs, ports.clock);
      try {
        for (let isFirst = true; !closing.signal.aborted; isFirst = false) {
          const startedMs = ports.clock.steady();
          await poll.once(line);
          if (isFirst) {
            onUp();
            sink.connected(true, `Reading ${addresses.length} addresses.`);
          }
          await sleep(ports.clock, Math.max(0, intervalMs - (ports.clock.steady() - startedMs)), closing.signal);
        }
      } finally {
        line.close();
        line = undefined;
      }
    }

    function lost(error: unknown, nextTry: string): void {
      poll.lost(`the device could not be read: ${messageOf(error)}`);
      sink.connected(false, `Cannot read ${text} (${ports.system}): ${messageOf(error)}; ${nextTry}`);
    }

    const running = keepConnected(connection, lost, ports, closing.signal);
    return {
      control: modbusControl(
        () => line,
        writeFunction === 'several',
        () => ports.clock.now(),
      ),
      async close() {
        closing.abort(new Error('closing'));
        line?.close();
        await running;
      },
    };
  },
  unwritable,
});

interface Poller {
  /** Reads every address once. */
  once(line: ModbusLine): Promise<void>;
  /** Nothing is known from now on, until an address is read again. */
  lost(reason: string): void;
}

function poller(addresses: readonly ModbusAddress[], gapMax: number, sink: SourceSink, now: () => number): Poller {
  let blocks = blocksOf(addresses, gapMax);
  const readMs = new Map<string, number>();
  const missing = new Map<string, string>();
  let isStale = false;

  function told(block: Block, data: Buffer, atMs: number, samples: RawSample[], gaps: RawGap[]): void {
    for (const address of block.addresses) {
      const found = valueIn(block, data, address);
      if ('reason' in found) {
        sink.quarantine(address.text, found.reason, data.toString('hex'));
        continue;
      }
      samples.push({ address: address.text, value: found.value, atMs, quality: 'good' });
      const [afterMs, reason] = [readMs.get(address.text), missing.get(address.text)];
      if (afterMs !== undefined && reason !== undefined) gaps.push({ address: address.text, afterMs, beforeMs: atMs, reason });
      missing.delete(address.text);
      readMs.set(address.text, atMs);
    }
  }

  function refused(block: Block, exception: number, atMs: number, samples: RawSample[]): void {
    const reason = exceptionText(exception);
    for (const { text } of block.addresses) {
      sink.quarantine(text, reason, '');
      samples.push({ address: text, value: null, atMs, quality: 'bad' });
      if (readMs.has(text)) missing.set(text, reason.replace(/\.$/, ''));
    }
  }

  return {
    async once(line) {
      const samples: RawSample[] = [];
      const gaps: RawGap[] = [];
      // What is refused as a whole is read one by one from then on: one number that is not there spoils no other.
      const next: Block[] = [];
      for (let left: readonly Block[] = blocks; left.length > 0;) {
        const [block, ...rest] = left;
        left = rest;
        if (!block) break;
        const answer = await line.read(block);
        const atMs = now();
        if ('data' in answer) told(block, answer.data, atMs, samples, gaps);
        else if (block.addresses.length > 1 && isAboutQuantity(answer.exception)) {
          left = [...block.addresses.map(alone), ...left];
          continue;
        } else refused(block, answer.exception, atMs, samples);
        next.push(block);
      }
      blocks = next;
      isStale = false;
      if (samples.length > 0) sink.samples(samples);
      if (gaps.length > 0) sink.gaps(gaps);
    },
    lost(reason) {
      for (const text of readMs.keys()) missing.set(text, missing.get(text) ?? reason);
      if (!isStale && readMs.size > 0) sink.stale('', now());
      isStale = true;
    },
  };
}
