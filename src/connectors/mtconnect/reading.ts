// What has been heard of an agent, by sequence number: each observation once, and what was lost as one gap of each address.
import { Type, type Static } from 'typebox';
import type { Clock } from '../../kernel/clock.ts';
import { schema } from '../../kernel/schema.ts';
import type { Earlier, RawAbsence, RawGap, RawSample, SourceSink } from '../../model/source.ts';
import type { MtconnectAddress } from './address.ts';
import { ActiveConditions } from './condition.ts';
import type { Header } from './header.ts';
import type { DataItem, Probe } from './probe.ts';
import type { Observation, Streams } from './streams.ts';
import { ucumOf } from './unit.ts';
import { conditionValue, valuesOf } from './value.ts';

const placeShape = Type.Object({ instanceId: Type.String(), next: Type.Number() });
const placeSchema = schema(placeShape);

/** The sequence number to ask for next, in the count of one instance of the agent. */
type Place = Readonly<Static<typeof placeShape>>;

/** A data item that somebody listens to. */
interface Listened {
  readonly addresses: readonly MtconnectAddress[];
  readonly conditions: ActiveConditions;
  item?: DataItem;
  /** Of its last observation. */
  sequence: number;
  /** The last value of each address. */
  readonly told: Map<string, RawSample>;
  /** Why values of an address may be missing since then. */
  readonly missing: Map<string, string>;
}

/** Values, and what is missing before them, to be delivered together. */
interface News {
  readonly samples: RawSample[];
  readonly gaps: RawGap[];
}

export class Reading {
  readonly #listened: ReadonlyMap<string, Listened>;
  readonly #sink: SourceSink;
  readonly #clock: Clock;
  #place: Place | undefined;
  /** Nothing of it was heard yet by this edge. */
  #isEarlier: boolean;

  constructor(addresses: readonly MtconnectAddress[], sink: SourceSink, clock: Clock, earlier?: Earlier) {
    const byItem = Map.groupBy(addresses, ({ device, id }) => `${device}/${id}`);
    this.#listened = new Map([...byItem].map(([key, own]) => [key, { addresses: own, conditions: new ActiveConditions(), sequence: -1, told: new Map(), missing: new Map() }]));
    this.#sink = sink;
    this.#clock = clock;
    this.#place = placeIn(earlier?.place);
    this.#isEarlier = this.#place !== undefined;
    for (const { addresses: own, told, missing } of this.#listened.values()) {
      for (const { text } of own) {
        const absence = earlier?.absences.get(text);
        if (!absence) continue;
        told.set(text, { address: text, value: null, atMs: absence.sinceMs, quality: 'bad' });
        if (!absence.isOfEnd) missing.set(text, absence.reason);
      }
    }
  }

  /** As text, for `earlier`; undefined before it has begun. */
  get place(): string | undefined {
    return this.#isEarlier || !this.#place ? undefined : JSON.stringify(this.#place);
  }

  /** The sequence number to ask for next. */
  get next(): number {
    return this.#place?.next ?? 0;
  }

  /** Whether it has begun, and at this instance of the agent. */
  isOf({ instanceId }: Pick<Header, 'instanceId'>): boolean {
    return !this.#isEarlier && this.#place?.instanceId === instanceId;
  }

  /** Why something may be missing where it begins at `header`. */
  reasonAt({ instanceId }: Pick<Header, 'instanceId'>): string {
    if (!this.#place) return 'it is not known up to where the agent was heard before';
    return this.#place.instanceId === instanceId ? 'the buffer of the agent was overrun before it was read' : 'the agent began anew, with another instanceId';
  }

  /** Learns what the agent has, and gives how many of the data items that are listened to are there. */
  learn({ items }: Probe): number {
    const byKey = new Map(items.map((item) => [`${item.device}/${item.id}`, item]));
    for (const [key, listened] of this.#listened) {
      const item = byKey.get(key);
      if (item) listened.item = item;
      else {
        delete listened.item;
        for (const { text } of listened.addresses) this.#sink.quarantine(text, 'The agent has no such data item.', '');
      }
    }
    const found = [...this.#listened.values()].filter(({ item }) => item !== undefined);
    const units = found.flatMap(({ item, addresses }) => {
      const unit = item?.units === undefined ? undefined : ucumOf(item.units);
      return unit === undefined ? [] : addresses.map(({ text }) => ({ address: text, unit }));
    });
    if (units.length > 0) this.#sink.units(units);
    return found.length;
  }

  /**
   * Begins at `current`: at first with what holds now, or where an edge before this one ended; after `reason`, with the oldest that the agent still has, or, `atOnce`, with the newest.
   * What may have been lost until then is one gap of each address, from its last value to its next.
   */
  begin({ header, observations }: Streams, reason: string, atOnce = false): void {
    const place = this.#place;
    const isAnew = place !== undefined && (place.instanceId !== header.instanceId || header.nextSequence < place.next);
    const oldest = header.firstSequence >= 0 ? header.firstSequence : header.nextSequence;
    const from = place === undefined || atOnce ? header.nextSequence : Math.max(oldest, isAnew ? 0 : place.next);
    const latest = latestOf(observations);
    const [lacking, whole]: [RawAbsence[], string[]] = [[], []];
    for (const [key, listened] of this.#listened) {
      // An observation that still holds was followed by none. Of conditions, several hold at once, and one may have come and gone.
      const isStill = listened.item?.category !== 'CONDITION' && (latest.get(key) ?? Infinity) < (place?.next ?? 0);
      const isWhole = !isAnew && (from === place?.next || isStill);
      for (const [text, { atMs }] of listened.told) {
        if (!isWhole) {
          listened.missing.set(text, listened.missing.get(text) ?? reason);
          lacking.push({ address: text, sinceMs: atMs, reason });
        } else if (!listened.missing.has(text)) whole.push(text);
      }
      if (isAnew) listened.sequence = -1;
      listened.conditions.clear();
    }
    if (lacking.length > 0) this.#sink.absent(lacking);
    if (whole.length > 0) this.#sink.whole(whole);
    this.#place = { instanceId: header.instanceId, next: from };
    this.#isEarlier = false;
    const news: News = { samples: [], gaps: [] };
    for (const each of observations) if (each.sequence < from) this.#hear(each, news);
    if (place !== undefined) this.#compareConditions(header, news);
    this.#deliver(news);
  }

  /** Tells again, as it was, what `current` says to hold still: nothing else would end that it is stale. */
  confirm({ observations }: Streams): void {
    const latest = latestOf(observations);
    const samples = [...this.#listened].flatMap(([key, { sequence, told }]) => (latest.get(key) === sequence ? [...told.values()] : []));
    this.#deliver({ samples, gaps: [] });
  }

  /** Takes the next observations; what was taken already is left out. */
  take({ header, observations }: Streams): void {
    const from = this.next;
    const news: News = { samples: [], gaps: [] };
    for (const each of observations) if (each.sequence >= from) this.#hear(each, news);
    this.#place = { instanceId: header.instanceId, next: Math.max(from, header.nextSequence) };
    this.#deliver(news);
  }

  #hear(observation: Observation, news: News): void {
    const listened = this.#listened.get(`${observation.device}/${observation.id}`);
    if (!listened?.item) return;
    if (listened.item.category === 'CONDITION') listened.conditions.add(observation);
    if (observation.sequence <= listened.sequence) return;
    listened.sequence = observation.sequence;
    const { samples, refused } = valuesOf(listened.item, observation, listened.addresses, listened.conditions, this.#clock.now());
    for (const { address, reason } of refused) this.#sink.quarantine(address, reason, observation.text.slice(0, 2_048));
    for (const sample of samples) tell(listened, sample, news);
  }

  /** One that ended unheard is in no observation: what is active now is told as of `current`. */
  #compareConditions({ createdMs }: Header, news: News): void {
    const atMs = Number.isNaN(createdMs) ? this.#clock.now() : createdMs;
    for (const { item, addresses, conditions, told, missing } of this.#listened.values()) {
      if (item?.category !== 'CONDITION') continue;
      for (const { text, part } of addresses) {
        const value = conditionValue(conditions, part);
        const last = told.get(text);
        if (value !== undefined && typeof last?.value === 'string' && last.value !== value) tell({ told, missing }, { address: text, value, atMs, quality: 'good' }, news);
      }
    }
  }

  #deliver({ samples, gaps }: News): void {
    if (gaps.length > 0) this.#sink.gaps(gaps);
    if (samples.length > 0) this.#sink.samples(samples);
  }
}

/** Undefined where there is none, or another Lineshaft wrote it in another way, or another connector that the source had before. */
function placeIn(text: string | undefined): Place | undefined {
  if (text === undefined) return undefined;
  try {
    const found: unknown = JSON.parse(text);
    return placeSchema.check(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The sequence number of each data item's newest observation. */
function latestOf(observations: readonly Observation[]): ReadonlyMap<string, number> {
  return new Map(observations.map(({ device, id, sequence }) => [`${device}/${id}`, sequence]));
}

function tell({ told, missing }: Pick<Listened, 'told' | 'missing'>, sample: RawSample, { samples, gaps }: News): void {
  const { address, atMs } = sample;
  const [last, reason] = [told.get(address), missing.get(address)];
  if (last && reason !== undefined) gaps.push({ address, afterMs: last.atMs, beforeMs: atMs, reason });
  missing.delete(address);
  told.set(address, sample);
  samples.push(sample);
}
