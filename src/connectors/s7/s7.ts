import { Type } from 'typebox';
import { sleep } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import { defineSourceConnector, type RawGap, type RawSample, type SourceSink } from '../../model/source.ts';
import { keepConnected } from '../attempts.ts';
import { tcpPlace } from '../tcp-place.ts';
import { checkedS7Address } from './address.ts';
import { s7Library } from './library.ts';
import { s7Control, unwritable } from './control.ts';
import { openS7Line, type S7Line, type S7Value } from './s7-line.ts';

const options = schema(
  Type.Object(
    {
      url: Type.String({ pattern: '^s7://', description: 'The controller, e.g. s7://plc-7:102.' }),
      rack: Type.Optional(Type.Integer({ minimum: 0, maximum: 7, description: 'Usual: 0.' })),
      slot: Type.Optional(Type.Integer({ minimum: 0, maximum: 31, description: '1 (unless set) for S7-1200 and 1500, 2 for S7-300 and many S7-400, 0 for drives.' })),
      intervalMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 3_600_000, description: 'How often every address is read. Usual: 1000.' })),
      timeoutMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 600_000, description: 'How long the controller may take for an answer. Usual: 2000.' })),
    },
    { additionalProperties: false },
  ),
);

const usualPort = 102;
/** A controller answers some twenty of them at once. */
const addressesMax = 5_000;

/**
 * Controllers of the S7 family over ISO-on-TCP, read again and again; with the package nodes7, which is the user's to install. An address is
 * `DB7,REAL12`. S7 knows no time: a sample's is ours, of its answer. What changes between two reads is not seen, and no gap; a time without an answer is one.
 */
export const s7 = defineSourceConnector({
  name: 's7',
  title: 'Siemens S7',
  options,
  packages: ['nodes7'],
  checkAddress: (text) => void checkedS7Address(text),
  async open({ url, rack = 0, slot = 1, intervalMs = 1_000, timeoutMs = 2_000 }, addresses, sink, ports) {
    const { hostname, port, text } = tcpPlace(url, 's7://HOST:PORT', usualPort, ports.system);
    if (addresses.length > addressesMax)
      throw new Fault('LANDSCAPE_INVALID', `${ports.system} has ${addresses.length} addresses; at most ${addressesMax} are read.`, { addressesMax });
    const own = addresses.map(checkedS7Address);
    const library = await s7Library();
    const teller = s7Teller(sink, () => ports.clock.now());
    const closing = new AbortController();
    let line: S7Line | undefined;

    /** Reads until the line breaks. */
    async function connection(onUp: () => void): Promise<void> {
      const opened = await openS7Line(library, { host: hostname, port, rack, slot, timeoutMs }, own, ports.clock, closing.signal);
      line = opened;
      try {
        for (let isFirst = true; !closing.signal.aborted; isFirst = false) {
          const startedMs = ports.clock.steady();
          teller.told(await opened.read());
          if (isFirst) {
            onUp();
            sink.connected(true, `Reading ${own.length} addresses.`);
          }
          await sleep(ports.clock, Math.max(0, intervalMs - (ports.clock.steady() - startedMs)), closing.signal);
        }
      } finally {
        line = undefined;
        await opened.close();
      }
    }

    function lost(error: unknown, nextTry: string): void {
      teller.lost(`the controller could not be read: ${messageOf(error)}`);
      sink.connected(false, `Cannot read ${text} (${ports.system}): ${messageOf(error)}; ${nextTry}`);
    }

    const running = keepConnected(connection, lost, ports, closing.signal);
    return {
      control: s7Control(
        () => line,
        () => ports.clock.now(),
      ),
      async close() {
        closing.abort(new Error('closing'));
        await running;
      },
    };
  },
  unwritable,
});

interface Teller {
  told(values: ReadonlyMap<string, S7Value>): void;
  /** Nothing is known from now on, until an address is read again. */
  lost(reason: string): void;
}

function s7Teller(sink: SourceSink, now: () => number): Teller {
  const readMs = new Map<string, number>();
  const missing = new Map<string, string>();
  let isStale = false;
  return {
    told(values) {
      const samples: RawSample[] = [];
      const gaps: RawGap[] = [];
      const atMs = now();
      for (const [address, found] of values) {
        const [afterMs, reason] = [readMs.get(address), missing.get(address)];
        if ('reason' in found) {
          sink.quarantine(address, `${found.reason}.`, '');
          samples.push({ address, value: null, atMs, quality: 'bad' });
          if (afterMs !== undefined) missing.set(address, reason ?? found.reason);
          continue;
        }
        samples.push({ address, value: found.value, atMs, quality: 'good' });
        if (afterMs !== undefined && reason !== undefined) gaps.push({ address, afterMs, beforeMs: atMs, reason });
        missing.delete(address);
        readMs.set(address, atMs);
      }
      isStale = false;
      if (samples.length > 0) sink.samples(samples);
      if (gaps.length > 0) sink.gaps(gaps);
    },
    lost(reason) {
      for (const address of readMs.keys()) missing.set(address, missing.get(address) ?? reason);
      if (!isStale && readMs.size > 0) sink.stale('', now());
      isStale = true;
    },
  };
}
