// What an edge node says (Sparkplug 3.0 §5.4, §5.5, §6.4): births, data and deaths, with their numbers. Sends nothing itself.
import type { Signal } from '../../model/asset.ts';
import type { OutputSample } from '../../model/output.ts';
import type { Quality } from '../../model/source.ts';
import type { MqttMessage } from '../mqtt-link.ts';
import { datatype } from './datatype.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import type { Metric, WireValue } from './payload.ts';
import { rebirthMetric } from './rebirth.ts';
import { namespace, ncmdTopic, type DeviceVerb, type NodeVerb } from './topic.ts';
import { WireWriter } from './wire-writer.ts';

const bdSeqName = 'bdSeq';
const numbers = 256;
/** Metrics of one DDATA. */
const metricsMax = 500;

export interface EdgeNodeOptions {
  readonly group: string;
  readonly node: string;
  readonly signals: readonly Signal[];
  /** Values that are kept while nobody can hear them; the oldest go first. */
  readonly bufferMax: number;
  /** Whether data has its datatype too; the specification says that it should not. */
  readonly isTyped: boolean;
}

interface Tag {
  readonly signal: Signal;
  readonly alias: number;
  value?: OutputSample['value'];
  atMs: number;
  quality: Quality;
}

interface Device {
  readonly name: string;
  readonly tags: readonly Tag[];
  /** Born and not dead, in this session. */
  isAlive: boolean;
}

/** A value as it is sent: as of its own time, whatever came later. */
interface Told {
  readonly tag: Tag;
  readonly device: Device;
  readonly value: OutputSample['value'] | undefined;
  readonly atMs: number;
  readonly quality: Quality;
  readonly historical: boolean;
}

export class EdgeNode {
  readonly #options: EdgeNodeOptions;
  readonly #devices: readonly Device[];
  readonly #places: ReadonlyMap<string, { readonly device: Device; readonly tag: Tag }>;
  #bdSeq: number;
  #seq = 0;
  #isBorn = false;
  #waiting: Told[] = [];
  #dropped = 0;

  /** `bdSeq` is that of the next session. A device is an asset, a metric the name of a signal on it. */
  constructor(options: EdgeNodeOptions, bdSeq: number) {
    this.#options = options;
    this.#bdSeq = bdSeq;
    let alias = 0;
    this.#devices = [...Map.groupBy(options.signals, ({ asset }) => asset.name)].map(([name, own]) => ({
      name,
      tags: own.map((signal) => ({ signal, alias: ++alias, atMs: 0, quality: 'stale' })),
      isAlive: false,
    }));
    this.#places = new Map(this.#devices.flatMap((device) => device.tags.map((tag) => [tag.signal.name, { device, tag }])));
  }

  get bdSeq(): number {
    return this.#bdSeq;
  }

  /** Values that nobody heard, and that are kept no more; since the node began. */
  get dropped(): number {
    return this.#dropped;
  }

  commandTopic(): string {
    return ncmdTopic(this.#options.group, this.#options.node);
  }

  /** The will of the next session, and its farewell. QoS 1, so that a broker that takes it has it. */
  death(nowMs: number): MqttMessage {
    return { topic: this.#topic('NDEATH'), payload: encode({ timestamp: nowMs, metrics: [this.#bdSeqMetric(nowMs)] }), qos: 1, retain: false };
  }

  /** Everything that a host needs to know, then what it missed. Also on request: bdSeq stays that of the session. */
  birth(nowMs: number): readonly MqttMessage[] {
    this.#seq = 0;
    this.#isBorn = true;
    const control: Metric = { name: rebirthMetric, timestamp: nowMs, datatype: datatype.Boolean, value: { field: 'boolean', value: false } };
    const messages = [this.#message('NBIRTH', [this.#bdSeqMetric(nowMs), control], nowMs)];
    for (const device of this.#devices) {
      device.isAlive = device.tags.some(isKnown);
      if (device.isAlive) messages.push(this.#deviceBirth(device, nowMs));
    }
    const missed = this.#takeWaiting((device) => device.isAlive);
    return [...messages, ...this.#data(missed, nowMs)];
  }

  /** Of the session after this one. */
  get nextBdSeq(): number {
    return (this.#bdSeq + 1) % numbers;
  }

  /** The session is over: the next one has the next number. What comes from now on waits. */
  disconnected(): void {
    this.#bdSeq = this.nextBdSeq;
    this.#isBorn = false;
    for (const device of this.#devices) device.isAlive = false;
  }

  samples(batch: readonly OutputSample[], nowMs: number): readonly MqttMessage[] {
    const news: Told[] = [];
    const births: MqttMessage[] = [];
    for (const { signal, value, atMs, quality, historical } of batch) {
      const place = this.#places.get(signal.name);
      if (!place) continue;
      const { tag, device } = place;
      if (!historical) Object.assign(tag, { value, atMs, quality });
      if (this.#isBorn && !device.isAlive && !historical) {
        device.isAlive = true;
        births.push(this.#deviceBirth(device, nowMs));
        news.push(...this.#takeWaiting((each) => each === device));
      } else news.push({ tag, device, value, atMs, quality, historical });
    }
    if (this.#isBorn) return [...births, ...this.#data(news, nowMs)];
    this.#keep(news);
    return [];
  }

  /** A device of which nothing is known any more is dead; of another one its metrics are stale. */
  stale(signals: readonly Signal[], atMs: number, nowMs: number): readonly MqttMessage[] {
    const news: Told[] = [];
    for (const { name } of signals) {
      const place = this.#places.get(name);
      if (!place || place.tag.quality === 'stale') continue;
      Object.assign(place.tag, { quality: 'stale', atMs: Math.max(atMs, place.tag.atMs) });
      news.push({ ...place, value: place.tag.value, atMs: place.tag.atMs, quality: 'stale', historical: false });
    }
    if (!this.#isBorn) return [];
    const dead = this.#devices.filter((device) => device.isAlive && !device.tags.some(isKnown));
    const deaths = dead.map((device) => {
      device.isAlive = false;
      return this.#message('DDEATH', [], nowMs, device.name);
    });
    return [
      ...this.#data(
        news.filter(({ device }) => device.isAlive),
        nowMs,
      ),
      ...deaths,
    ];
  }

  /** Whether a command asks for a rebirth. Raises PROTOCOL_VIOLATED where it is no payload. */
  asksForRebirth(payload: Buffer): boolean {
    return decode(payload).metrics.some(({ name, value }) => name === rebirthMetric && value?.field === 'boolean' && value.value);
  }

  /** Values that a birth tells anyhow are left out. */
  #takeWaiting(of: (device: Device) => boolean): readonly Told[] {
    const mine = this.#waiting.filter(({ device }) => of(device));
    this.#waiting = this.#waiting.filter(({ device }) => !of(device));
    return mine.filter(({ tag, atMs, value }) => tag.atMs !== atMs || tag.value !== value);
  }

  #keep(news: readonly Told[]): void {
    // What waits is of the past when it is heard.
    for (const each of news) this.#waiting.push({ ...each, historical: true });
    const over = this.#waiting.length - this.#options.bufferMax;
    if (over <= 0) return;
    this.#waiting = this.#waiting.slice(over);
    this.#dropped += over;
  }

  /** By device, in the order of their times (§5.4, chronological order). */
  #data(news: readonly Told[], nowMs: number): readonly MqttMessage[] {
    const messages: MqttMessage[] = [];
    for (const [device, own] of Map.groupBy(news, (each) => each.device)) {
      if (!device.isAlive) {
        this.#keep(own);
        continue;
      }
      const ordered = own.toSorted((a, b) => a.atMs - b.atMs);
      for (let from = 0; from < ordered.length; from += metricsMax)
        messages.push(
          this.#message(
            'DDATA',
            ordered.slice(from, from + metricsMax).map((each) => dataMetric(each, this.#options.isTyped)),
            nowMs,
            device.name,
          ),
        );
    }
    return messages;
  }

  #deviceBirth(device: Device, nowMs: number): MqttMessage {
    return this.#message(
      'DBIRTH',
      device.tags.map((tag) => birthMetric(tag, nowMs)),
      nowMs,
      device.name,
    );
  }

  #bdSeqMetric(nowMs: number): Metric {
    return { name: bdSeqName, timestamp: nowMs, datatype: datatype.Int64, value: { field: 'long', value: this.#bdSeq } };
  }

  #message(verb: NodeVerb | DeviceVerb, metrics: readonly Metric[], nowMs: number, device?: string): MqttMessage {
    const seq = this.#seq;
    this.#seq = (seq + 1) % numbers;
    return { topic: this.#topic(verb, device), payload: encode({ timestamp: nowMs, metrics, seq }), qos: 0, retain: false };
  }

  #topic(verb: NodeVerb | DeviceVerb, device?: string): string {
    const { group, node } = this.#options;
    return [namespace, group, verb, node, ...(device === undefined ? [] : [device])].join('/');
  }
}

function isKnown({ value, quality }: Tag): boolean {
  return value !== undefined && quality !== 'stale';
}

function birthMetric({ signal, alias, value, atMs, quality }: Tag, nowMs: number): Metric {
  const known = value === undefined ? { isNull: true } : { value: wireValue(value) };
  const timestamp = value === undefined ? nowMs : atMs;
  return { name: signal.of, alias, timestamp, datatype: datatypeOf(signal), properties: properties(quality, signal.type === 'number' ? signal.unit : undefined), ...known };
}

function dataMetric({ tag, value, atMs, quality, historical }: Told, isTyped: boolean): Metric {
  const known = value === undefined ? { isNull: true } : { value: wireValue(value) };
  return {
    alias: tag.alias,
    timestamp: atMs,
    ...(isTyped && { datatype: datatypeOf(tag.signal) }),
    ...(historical && { isHistorical: true }),
    properties: properties(quality),
    ...known,
  };
}

function datatypeOf({ type }: Signal): number {
  switch (type) {
    case 'number':
      return datatype.Double;
    case 'text':
      return datatype.String;
    case 'boolean':
      return datatype.Boolean;
  }
}

function wireValue(value: OutputSample['value']): WireValue {
  if (typeof value === 'number') return { field: 'double', value };
  return typeof value === 'string' ? { field: 'string', value } : { field: 'boolean', value };
}

/** Sparkplug 3.0 §6.4.12 has three; what is not certain is not good. */
const codes: Readonly<Record<Quality, number>> = { good: 192, uncertain: 0, bad: 0, stale: 500 };

/** A PropertySet of Quality (Int32) and, in a birth, the unit (String). */
function properties(quality: Quality, unit?: string): Uint8Array {
  const set = new WireWriter().text(1, 'Quality');
  if (unit !== undefined) set.text(1, 'engUnit');
  set.bytes(2, new WireWriter().varint(1, datatype.Int32).varint(3, codes[quality]).finish());
  if (unit !== undefined) set.bytes(2, new WireWriter().varint(1, datatype.String).text(8, unit).finish());
  return set.finish();
}
