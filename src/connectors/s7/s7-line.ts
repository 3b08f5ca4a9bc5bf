// One connection to a controller, through nodes7, which connects again by itself and tells values where it should tell errors: neither leaves this file.
import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { RawSample } from '../../model/source.ts';
import { deadline, onAbort } from '../deadline.ts';
import type { S7Client, S7Library } from './library.ts';

export type S7Value = { readonly value: Exclude<RawSample['value'], null> } | { readonly reason: string };

export interface S7Line {
  /** All addresses, once. Rejects when the line is of no use any more. */
  read(): Promise<ReadonlyMap<string, S7Value>>;
  close(): Promise<void>;
}

export interface S7Place {
  readonly host: string;
  readonly port: number;
  readonly rack: number;
  readonly slot: number;
  readonly timeoutMs: number;
}

const notGiven = 'The controller does not give it: there is no such block or byte, the block is optimised, or GET/PUT is not permitted';

/** Rejects where no controller answers within `timeoutMs`; from the signal on, whatever is waited for is given up. */
export async function openS7Line(
  library: S7Library,
  { host, port, rack, slot, timeoutMs }: S7Place,
  addresses: readonly string[],
  clock: Clock,
  signal: AbortSignal,
): Promise<S7Line> {
  const client = new library({ silent: true });
  client.setTranslationCB((tag) => tag);
  client.addItems([...addresses]);
  try {
    await withinTime(clock, { signal, timeoutMs: 2 * timeoutMs }, (resolve, reject) =>
      client.initiateConnection({ host, port, rack, slot, timeout: timeoutMs }, (error) => (error === undefined ? resolve() : reject(new Error(wordsOf(error))))),
    );
  } catch (error) {
    await drop(client);
    throw error;
  }

  async function read(): Promise<ReadonlyMap<string, S7Value>> {
    // Each request has its own time; the controller may take several at once, and some.
    const values = await withinTime<Readonly<Record<string, unknown>>>(clock, { signal, timeoutMs: 10 * timeoutMs }, (resolve) =>
      client.readAllItems((_isAnyBad, all) => resolve(all)),
    );
    if (client.findItem('_COMMERR')?.value !== false) throw new Error('the connection is lost, or an answer did not come in time');
    const found = new Map(addresses.map((address) => [address, valueOf(client, address, values[address])]));
    if (client.doNotOptimize || ![...found.values()].some((each) => 'reason' in each)) return found;
    // Neighbours are read as one: what is wrong with one is then told of all. From now on each is asked for by itself.
    client.doNotOptimize = true;
    client.removeItems();
    client.addItems([...addresses]);
    return read();
  }

  return { read, close: () => drop(client) };
}

function valueOf(client: S7Client, address: string, value: unknown): S7Value {
  // What could not be read has its quality for a value, which a text may be, too.
  if (typeof value === 'string' && client.findItem(address)?.quality !== 'OK') return { reason: notGiven };
  if (typeof value === 'string' || typeof value === 'boolean') return { value };
  if (typeof value !== 'number') return { reason: notGiven };
  return Number.isFinite(value) ? { value } : { reason: `The value is ${value}, which is no measurement` };
}

/** A refused connection comes as an error, or as words. */
function wordsOf(error: unknown): string {
  if (typeof error === 'string') return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return [code, messageOf(error)].find((text) => text !== '' && text !== '[object Object]') ?? 'no connection';
}

function drop(client: S7Client): Promise<void> {
  return new Promise((resolve) => client.dropConnection(resolve));
}

async function withinTime<Value = void>(
  clock: Clock,
  limits: Parameters<typeof deadline>[1],
  start: (resolve: (value: Value) => void, reject: (error: Error) => void) => void,
): Promise<Value> {
  using time = deadline(clock, limits);
  return await new Promise<Value>((resolve, reject) => {
    onAbort(time.signal, reject);
    start(resolve, reject);
  });
}
