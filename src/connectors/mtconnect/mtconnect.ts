import { sleep } from '../../kernel/clock.ts';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { defineSourceConnector, type FoundTag } from '../../model/source.ts';
import { keepConnected } from '../attempts.ts';
import { mtconnectAddress } from './address.ts';
import { openAgent, type Agent } from './agent.ts';
import { isOutOfRange, type Header } from './header.ts';
import { mtconnectOptions, withUsual } from './options.ts';
import type { DataItem, Probe } from './probe.ts';
import { Reading } from './reading.ts';
import { ucumOf } from './unit.ts';
import { tagsOf } from './value.ts';

/**
 * MTConnect as a client of an agent, 1.x or 2.x. An address is a device and the id of a data item: `mill-3/Xact`. Each observation arrives once
 * and in order, also after a cut for which the agent's buffer was long enough; a longer one, and an agent that began anew, is one gap of each address.
 */
export const mtconnect = defineSourceConnector({
  name: 'mtconnect',
  title: 'MTConnect agent',
  options: mtconnectOptions,
  changesWithinMs: (given) => 2 * withUsual(given).intervalMs + 1_000,
  checkAddress: (text) => void mtconnectAddress(text),
  takesUp: true,
  async open(given, addresses, sink, ports) {
    const options = withUsual(given);
    const reading = new Reading(addresses.map(mtconnectAddress), sink, ports.clock, ports.earlier);
    const agent = await openAgent(options, ports);
    const closing = new AbortController();
    let stale: (() => void) | undefined;
    let isStale = false;

    /** Listens until the agent's devices change, or it began anew; the caller then learns them anew. */
    async function listen(onHeard: () => void): Promise<void> {
      const { signal } = closing;
      const askedMs = ports.clock.now();
      const probe = await agent.probe(signal);
      compareClocks(probe.header, askedMs, ports.clock.now(), (aheadMs, withinMs) => sink.skew(aheadMs, withinMs));
      const found = reading.learn(probe);
      const current = await agent.current(signal);
      if (!reading.isOf(current.header)) reading.begin(current, reading.reasonAt(current.header));
      else if (isStale) reading.confirm(current);
      stale?.();
      stale = undefined;
      isStale = false;
      sink.connected(true, `Listening to ${found} data items of ${new Set(addresses.map((text) => mtconnectAddress(text).device)).size} devices.`);
      // Who asks for more than there is room for is refused, too.
      const count = Math.min(options.batchMax, current.header.bufferSize || options.batchMax);
      for (let overruns = 0; ;) {
        try {
          for await (const streams of agent.follow(() => reading.next, count, signal)) {
            if (!reading.isOf(streams.header) || isOtherModel(probe, streams.header)) return;
            onHeard();
            reading.take(streams);
            overruns = 0;
          }
          return;
        } catch (error) {
          if (!isOutOfRange(error) || ++overruns > 2) throw error;
          // Where even the oldest is overwritten before it can be read, the newest has to do.
          const newest = await agent.current(signal);
          reading.begin(newest, reading.reasonAt(newest.header), overruns > 1);
        }
      }
    }

    async function connection(onUp: () => void): Promise<void> {
      await listen(onUp);
      await sleep(ports.clock, options.intervalMs, closing.signal);
    }

    function lost(error: unknown, nextTry: string): void {
      const sinceMs = ports.clock.now();
      stale ??= ports.clock.after(options.lifetimeMs, () => {
        isStale = true;
        sink.stale('', sinceMs);
      });
      sink.connected(false, `Cannot hear ${options.url} (${ports.system}): ${messageOf(error)}; ${nextTry}`);
    }

    const running = keepConnected(connection, lost, ports, closing.signal);
    return {
      place: () => reading.place,
      async close() {
        closing.abort(new Error('closing'));
        stale?.();
        await running;
        await agent.close();
      },
    };
  },
  async *discover(given, ports, signal) {
    const agent = await openAgent(withUsual(given), ports);
    try {
      for (const item of (await probeFor(agent, given.url, signal)).items) yield* foundTags(item);
    } finally {
      await agent.close();
    }
  },
});

async function probeFor(agent: Agent, url: string, signal: AbortSignal): Promise<Probe> {
  try {
    return await agent.probe(signal);
  } catch (error) {
    if (error instanceof Fault && error.code === 'PROTOCOL_VIOLATED') throw error;
    throw new Fault('SYSTEM_UNREACHABLE', `${url} did not tell what it has: ${messageOf(error)}.`, { url }, error);
  }
}

/** Agents before 1.7 do not say when their devices changed. */
function isOtherModel({ header }: Probe, { modelChanged }: Header): boolean {
  return header.modelChanged !== '' && modelChanged !== '' && header.modelChanged !== modelChanged;
}

/** Its clock is read in whole seconds where it writes none of their parts. */
function compareClocks({ createdMs }: Header, askedMs: number, answeredMs: number, tell: (aheadMs: number, withinMs: number) => void): void {
  if (Number.isNaN(createdMs)) return;
  const coarseMs = createdMs % 1_000 === 0 ? 500 : 0;
  tell(createdMs + coarseMs - (askedMs + answeredMs) / 2, coarseMs + (answeredMs - askedMs) / 2);
}

function* foundTags(item: DataItem): Generator<FoundTag> {
  const unit = item.units === undefined ? undefined : ucumOf(item.units);
  const own =
    item.name ??
    [item.type, item.subType]
      .filter((each) => each !== undefined)
      .join('-')
      .toLowerCase();
  const name = [item.component, own].filter((each) => each !== undefined).join('-');
  const foreign = item.units !== undefined && unit === undefined ? `Its unit is ${item.units}, which is none of MTConnect.` : undefined;
  for (const { address, type, note } of tagsOf(item)) {
    const part = address.includes('#') ? `-${address.slice(address.indexOf('#') + 1)}` : '';
    const notes = [note, foreign].filter((each) => each !== undefined).join(' ');
    yield { address, path: [item.device, name + part], ...(type && { type }), ...(unit !== undefined && { unit }), ...(notes !== '' && { note: notes }) };
  }
}
