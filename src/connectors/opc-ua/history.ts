// What happened in a time that nobody told us of: read from the server's history where it keeps one, else a gap, once.
import type { ClientSession, DataValue, ReadRawModifiedDetails } from 'node-opcua-client';
import type { ConnectorPorts } from '../../model/connector.ts';
import type { RawGap, RawSample, SourceSink } from '../../model/source.ts';
import { nodeIdOf } from './address.ts';
import type { Blank } from './items.ts';
import type { OpcUaLibrary } from './library.ts';
import { readingOf } from './sample.ts';
import { refusalIn, type OperationLimits } from './service.ts';

/** Blanks that wait to be settled; the ones beyond are gaps at once. */
const waitingMax = 100_000;
/** Values that are read for one blank; what is beyond them is a gap. */
const valuesMax = 100_000;
const pageMax = 1_000;
const accessLevelAttribute = 17;
const historyReadable = 0x04;

export interface HistoryParts {
  readonly library: OpcUaLibrary;
  readonly sink: SourceSink;
  readonly ports: ConnectorPorts;
}

/** Every blank that is put in comes out once: as the values that were missing, or as a gap, or as both where the history begins within it. */
export class BlankDesk {
  readonly #parts: HistoryParts;
  #waiting: Blank[] = [];
  #wake: () => void = () => undefined;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
  }

  put(blanks: readonly Blank[]): void {
    const room = waitingMax - this.#waiting.length;
    this.#waiting.push(...blanks.slice(0, room));
    if (blanks.length > room) this.#gaps(blanks.slice(room), 'there are too many to look up');
    this.#wake();
  }

  /** Settles what comes, until the signal; rejects when the connection is gone, and goes on with the rest in the next one. */
  async settle(session: ClientSession, namespaces: readonly string[], limits: OperationLimits, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const batch = this.#waiting.slice(0, limits.read);
      if (batch.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
        continue;
      }
      const readable = await this.#readable(session, batch, namespaces);
      this.#waiting = this.#waiting.slice(batch.length);
      this.#gaps(
        batch.filter((blank) => !readable.has(blank)),
        'the server keeps no history of it',
      );
      const left = [...readable];
      try {
        for (const [blank, nodeId] of left) {
          await this.#readOne(session, blank, nodeId);
          readable.delete(blank);
        }
      } finally {
        this.#waiting.unshift(...readable.keys());
      }
    }
  }

  /** What was not looked up is a gap. */
  close(): void {
    this.#gaps(this.#waiting, 'nobody looked it up before the edge stopped');
    this.#waiting = [];
  }

  #gaps(blanks: readonly Blank[], because: string): void {
    const gaps = blanks.map(({ address, after, before, reason }): RawGap => ({
      address: address.text,
      afterMs: Math.floor(after),
      beforeMs: Math.floor(before),
      reason: `${reason}, and ${because}`,
    }));
    if (gaps.length > 0) this.#parts.sink.gaps(gaps);
  }

  /** Those of which the server keeps a history that we may read, with their nodes. */
  async #readable(session: ClientSession, batch: readonly Blank[], namespaces: readonly string[]): Promise<Map<Blank, string>> {
    const nodes = batch.map(({ address }) => nodeIdOf(address, namespaces) ?? 'i=0');
    const levels = await session.read(nodes.map((nodeId) => ({ nodeId, attributeId: accessLevelAttribute }))).catch(refusedAsNone);
    const readable = new Map<Blank, string>();
    for (const [index, blank] of batch.entries()) {
      const level: unknown = levels[index]?.value.value;
      const nodeId = nodes[index];
      if (nodeId !== undefined && typeof level === 'number' && (level & historyReadable) !== 0) readable.set(blank, nodeId);
    }
    return readable;
  }

  /** The values strictly within a blank. That the history has the value before it shows that it is whole. */
  async #readOne(session: ClientSession, blank: Blank, nodeId: string): Promise<void> {
    const { sink, ports } = this.#parts;
    const found = await this.#valuesFrom(session, blank, nodeId);
    if (typeof found === 'string') return this.#gaps([blank], `its history cannot be read (${found})`);
    const samples: RawSample[] = [];
    let [known, isWhole] = [blank.before, blank.isFromMark && (await this.#reachesBehind(session, blank, nodeId))];
    for (const value of found.values) {
      const reading = readingOf(blank.address.text, value, ports.clock.now());
      if ('reason' in reading) {
        sink.quarantine(blank.address.text, reading.reason, value.value.toString());
        continue;
      }
      if (reading.sample.atMs <= blank.after) isWhole = true;
      else if (reading.instant < blank.before) {
        samples.push({ ...reading.sample, historical: true });
        known = Math.min(known, reading.instant);
      }
    }
    if (samples.length > 0) sink.samples(samples);
    if (isWhole && !found.isCut) sink.whole([blank.address.text]);
    if (!isWhole) this.#gaps([{ ...blank, before: known }], 'its history begins later');
    if (found.isCut) this.#gaps([{ ...blank, after: samples.at(-1)?.atMs ?? blank.after }], `its history has more than ${valuesMax} values`);
  }

  /** Whether the history reaches back behind the begin of a blank. */
  async #reachesBehind(session: ClientSession, { after }: Blank, nodeId: string): Promise<boolean> {
    // Without a start, the newest comes first (OPC 10000-11 §6.5.3.2).
    const details = this.#details({ endTime: new Date(Math.floor(after)), numValuesPerNode: 1 });
    const page = await this.#page(session, nodeId, details);
    if (typeof page === 'string') return false;
    if (page.continuationPoint) await this.#page(session, nodeId, details, page.continuationPoint, true);
    return page.values.some(({ statusCode }) => !statusCode.isBad());
  }

  /** Oldest first, from the time of the last value that we had; or in words why not. */
  async #valuesFrom(session: ClientSession, { after, before }: Blank, nodeId: string): Promise<{ readonly values: readonly DataValue[]; readonly isCut: boolean } | string> {
    const details = this.#details({ startTime: new Date(Math.floor(after)), endTime: new Date(Math.ceil(before) + 1), numValuesPerNode: pageMax });
    const values: DataValue[] = [];
    let continuationPoint: Buffer | undefined;
    do {
      const isEnough = values.length >= valuesMax;
      const page = await this.#page(session, nodeId, details, continuationPoint, isEnough);
      if (typeof page === 'string') return page;
      if (isEnough) return { values, isCut: true };
      values.push(...page.values);
      ({ continuationPoint } = page);
    } while (continuationPoint);
    return { values, isCut: false };
  }

  #details(range: { readonly startTime?: Date; readonly endTime: Date; readonly numValuesPerNode: number }): ReadRawModifiedDetails {
    return new this.#parts.library.ReadRawModifiedDetails({ isReadModified: false, returnBounds: false, ...range });
  }

  /** One answer; in words why there is none. With `isLast`, the server lets go of what it keeps for the next one. */
  async #page(session: ClientSession, nodeId: string, historyReadDetails: ReadRawModifiedDetails, continuationPoint?: Buffer, isLast = false): Promise<Page | string> {
    const { HistoryReadRequest, TimestampsToReturn } = this.#parts.library;
    const nodesToRead = [{ nodeId, ...(continuationPoint && { continuationPoint }) }];
    const request = new HistoryReadRequest({ historyReadDetails, timestampsToReturn: TimestampsToReturn.Both, releaseContinuationPoints: isLast, nodesToRead });
    const answer = await session.historyRead(request).catch((error: unknown) => refusalIn(error) ?? Promise.reject(error));
    if (typeof answer === 'string') return answer;
    const result = answer.results?.[0];
    if (!result || result.statusCode.isBad()) return result?.statusCode.name ?? 'no answer';
    return { values: valuesIn(result.historyData), continuationPoint: result.continuationPoint?.length > 0 ? result.continuationPoint : undefined };
  }
}

interface Page {
  readonly values: readonly DataValue[];
  readonly continuationPoint: Buffer | undefined;
}

/** A server that refuses to say whether it keeps a history keeps none for us. */
function refusedAsNone(error: unknown): DataValue[] {
  if (refusalIn(error) === undefined) throw error;
  return [];
}

function valuesIn(history: object | null): readonly DataValue[] {
  if (history === null || !('dataValues' in history) || !Array.isArray(history.dataValues)) return [];
  // The library has decoded a HistoryData, whose dataValues are these (OPC 10000-11 §6.5.2).
  return history.dataValues as readonly DataValue[];
}
