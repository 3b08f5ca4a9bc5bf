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
  /** Once; false where the controller refused it. Rejects with NotSent where nothing left, and otherwise where nobody knows what became of it. */
  write(address: string, value: number | string | boolean): Promise<boolean>;
  close(): Promise<void>;
}

/** Of a write: it certainly did not leave. */
export class NotSent extends Error {}

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

  // One request after the other: nodes7 would keep a write for later, when nobody waits for it any more.
  let turn: Promise<unknown> = Promise.resolve();
  let isBroken = false;
  const isLost = (): boolean => isBroken || client.findItem('_COMMERR')?.value !== false;

  function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = turn.then(work);
    turn = done.catch(() => undefined); // told to who asked
    return done;
  }

  async function readNow(): Promise<ReadonlyMap<string, S7Value>> {
    // Each request has its own time; the controller may take several at once, and some.
    const values = await withinTime<Readonly<Record<string, unknown>>>(clock, { signal, timeoutMs: 10 * timeoutMs }, (resolve) =>
      client.readAllItems((_isAnyBad, all) => resolve(all)),
    );
    if (isLost()) throw new Error(lost);
    const found = new Map(addresses.map((address) => [address, valueOf(client, address, values[address])]));
    if (client.doNotOptimize || ![...found.values()].some((each) => 'reason' in each)) return found;
    // Neighbours are read as one: what is wrong with one is then told of all. From now on each is asked for by itself.
    client.doNotOptimize = true;
    client.removeItems();
    client.addItems([...addresses]);
    return readNow();
  }

  async function write(address: string, value: number | string | boolean): Promise<boolean> {
    let state: 'waiting' | 'sent' | 'given up' = 'waiting';
    const answered = inTurn(async () => {
      if (state === 'given up' || isLost()) throw new NotSent(lost);
      return withinTime<boolean>(clock, { signal, timeoutMs: 3 * timeoutMs }, (resolve, reject) => {
        if (client.writeItems(address, value, resolve) === 0) state = 'sent';
        else reject(new NotSent('another write is under way'));
      });
    });
    using patience = deadline(clock, { signal, timeoutMs });
    const isAnyBad = await new Promise<boolean>((resolve, reject) => {
      onAbort(patience.signal, (reason) => {
        if (state !== 'waiting') return;
        state = 'given up';
        reject(new NotSent(messageOf(reason)));
      });
      answered.then(resolve, reject);
    });
    // It connects again by itself: that the old connection was lost has to be seen all the same.
    isBroken ||= isLost();
    if (isBroken) throw new Error(lost);
    return !isAnyBad;
  }

  return { read: () => inTurn(readNow), write, close: () => drop(client) };
}

const lost = 'the connection is lost, or an answer did not come in time';

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
