// One edge node as its host sees it: born, doubted because we were away, or dead; its metrics, its sequence, and when to ask for a rebirth.
import type { Quality, RawSample } from '../../model/source.ts';
import { doubtOf } from '../source-instant.ts';
import { devicePrefix } from './address.ts';
import type { HostOutput } from './host-output.ts';
import type { NumberWalk } from './number-walk.ts';
import { metricTable, type BornMetric, type MetricTable } from './metric-table.ts';
import type { Metric, Payload, Uint64 } from './payload.ts';
import { rebirthRequest } from './rebirth.ts';
import { Reorder } from './reorder.ts';
import { sampleOf } from './sample.ts';
import type { DeviceVerb, NodeVerb } from './topic.ts';

/** A message of the node. `device` is empty where it is about the node itself. */
export interface Arrival {
  readonly verb: Exclude<NodeVerb | DeviceVerb, 'NCMD' | 'DCMD'>;
  readonly device: string;
  readonly payload: Payload;
  /** As it was on the wire. */
  readonly bytes: Uint8Array;
}

export interface SessionOptions {
  /** The addresses that somebody asked for, numbered; the others are not passed on. */
  readonly wanted: ReadonlyMap<string, number>;
  readonly reorderTimeoutMs: number;
  /** At most one rebirth request in this time. */
  readonly rebirthEveryMs: number;
}

/** Different things quarantined between two births; beyond it they are counted only. */
const complaintsMax = 1_000;

export class NodeSession {
  readonly #group: string;
  readonly #node: string;
  readonly #options: SessionOptions;
  readonly #prefix: string;
  readonly #order: Reorder<Arrival>;
  #state: 'unseen' | 'born' | 'doubted' | 'dead' = 'unseen';
  #bdSeq: Uint64 | undefined;
  /** By device; '' is the node. */
  #tables = new Map<string, MetricTable>();
  /** Good, or uncertain from a lost message to the next birth: what it said is not known. */
  #ceiling: Quality = 'good';
  /** Prefixes that are stale at this time unless a birth comes. */
  readonly #doubts = new Map<string, number>();
  #askAgainAtMs = Number.NEGATIVE_INFINITY;
  #asking = false;
  /** What was quarantined since the last birth, once each; the rest is counted. */
  readonly #complaints = new Set<string>();
  #dropped = 0;

  constructor(group: string, node: string, options: SessionOptions) {
    this.#group = group;
    this.#node = node;
    this.#options = options;
    this.#prefix = `${group}/${node}/`;
    this.#order = new Reorder(options.reorderTimeoutMs);
  }

  /** When `tick` has something to do, if ever. */
  nextAtMs(): number | undefined {
    const times = [this.#order.giveUpAtMs, ...this.#doubts.values(), this.#asking ? this.#askAgainAtMs : undefined].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  tick(nowMs: number, out: HostOutput[]): void {
    if ((this.#order.giveUpAtMs ?? Number.POSITIVE_INFINITY) <= nowMs) this.#giveUp(nowMs, out);
    for (const [prefix, atMs] of this.#doubts) if (atMs <= nowMs) this.#confirmDeath(prefix, nowMs, out);
    if (this.#asking && this.#askAgainAtMs <= nowMs) this.askRebirth(nowMs, out);
  }

  /** We were away from the broker: anything may have happened, births are not retained, so ask. */
  mistrust(nowMs: number, out: HostOutput[]): void {
    if (this.#state === 'born') {
      this.#ceiling = 'uncertain';
      for (const held of this.#order.giveUp()) this.#deliver(held, nowMs, out);
      this.#state = 'doubted';
      this.#doubts.set(this.#prefix, nowMs + this.#options.rebirthEveryMs + this.#options.reorderTimeoutMs);
    }
    this.askRebirth(nowMs, out);
  }

  /** The metrics that a device was born with, or with '' the node itself; undefined where it is not born, or may have died while we were away. */
  bornOf(device: string): MetricTable | undefined {
    return this.#state === 'born' ? this.#tables.get(device) : undefined;
  }

  receive(arrival: Arrival, nowMs: number, out: HostOutput[]): void {
    if (arrival.verb === 'NBIRTH' || arrival.verb === 'NDEATH') this.#deliver(arrival, nowMs, out);
    else this.#sequenced(arrival, nowMs, out);
  }

  /**
   * Takes a DATA message whose values are all good numbers, the next one in order of a node that is born and trusted; those that were asked for
   * are then added to the walk's columns. `bytes` holds its payload from `from` to `end`. False where it is any other message: nothing has changed
   * then, and `receive` says what becomes of it.
   */
  takeNumbers(device: string, bytes: Uint8Array, from: number, end: number, nowMs: number, walk: NumberWalk): boolean {
    const table = this.#state === 'born' && this.#ceiling === 'good' ? this.#tables.get(device) : undefined;
    const next = this.#order.next;
    if (!table || next === undefined || !walk.read(bytes, from, end, table, next, nowMs)) return false;
    this.#order.jump(next);
    return true;
  }

  /** Now, or as soon as the limit allows unless a birth comes first. */
  askRebirth(nowMs: number, out: HostOutput[]): void {
    this.#asking = nowMs < this.#askAgainAtMs;
    if (this.#asking) return;
    this.#askAgainAtMs = nowMs + this.#options.rebirthEveryMs;
    out.push({ kind: 'publish', message: rebirthRequest(this.#group, this.#node, nowMs) });
  }

  #nodeBirth(arrival: Arrival, nowMs: number, out: HostOutput[]): void {
    const { payload } = arrival;
    const bornAt = payload.timestamp ?? 0;
    if (this.#dropped > 0) out.push({ kind: 'note', text: `${this.#dropped} more messages or metrics of ${this.#prefix} could not be understood before this birth.` });
    for (const device of this.#tables.keys()) if (device !== '') this.#doubts.set(devicePrefix(this.#group, this.#node, device), nowMs + this.#options.rebirthEveryMs);
    this.#doubts.delete(this.#prefix);
    this.#state = 'born';
    this.#bdSeq = bdSeqOf(payload);
    this.#ceiling = 'good';
    this.#asking = false;
    this.#complaints.clear();
    this.#dropped = 0;
    this.#tables = new Map();
    // The specification's text says 0 to 255, its appendix 0: any is accepted.
    this.#order.restart(seqOf(payload) ?? 0, (held) => (held.payload.timestamp ?? -1) >= bornAt);
    this.#birth(arrival, nowMs, out);
    this.#deliverDue(nowMs, out);
  }

  #nodeDeath({ payload }: Arrival, nowMs: number, out: HostOutput[]): void {
    const bdSeq = bdSeqOf(payload);
    if (this.#state === 'unseen' || this.#state === 'dead') return void out.push({ kind: 'note', text: `NDEATH of ${this.#prefix}, which is not alive.` });
    // §5.4: an old will may arrive after a new birth. Only the death of the session that is alive counts.
    if (this.#bdSeq !== undefined && bdSeq !== this.#bdSeq)
      return void out.push({ kind: 'note', text: `NDEATH of ${this.#prefix} has bdSeq ${bdSeq}, its NBIRTH has ${this.#bdSeq}: left alone.` });
    for (const held of this.#order.giveUp()) this.#deliver(held, nowMs, out);
    this.#asking = false;
    this.#confirmDeath(this.#prefix, nowMs, out);
  }

  #confirmDeath(prefix: string, nowMs: number, out: HostOutput[]): void {
    this.#doubts.delete(prefix);
    out.push({ kind: 'stale', prefix, atMs: nowMs });
    if (prefix !== this.#prefix) return;
    this.#state = 'dead';
    this.#order.clear();
    this.#tables.clear();
    this.#doubts.clear();
  }

  #sequenced(arrival: Arrival, nowMs: number, out: HostOutput[]): void {
    if (this.#state !== 'born') return this.#misunderstood(arrival, arrival.device, `${arrival.verb} came before NBIRTH.`, nowMs, out);
    const seq = seqOf(arrival.payload);
    if (seq === undefined) return this.#misunderstood(arrival, 'seq', `${arrival.verb} has no seq from 0 to 255.`, nowMs, out);
    if (!this.#order.take(seq, arrival, nowMs)) {
      this.#giveUp(nowMs, out);
      this.#order.jump(seq);
      this.#deliver(arrival, nowMs, out);
    }
    this.#deliverDue(nowMs, out);
  }

  #deliverDue(nowMs: number, out: HostOutput[]): void {
    for (let due = this.#order.due(nowMs); due; due = this.#order.due(nowMs)) this.#deliver(due, nowMs, out);
  }

  /** Messages were lost. What came after them still counts, but less; a rebirth will tell what they said. */
  #giveUp(nowMs: number, out: HostOutput[]): void {
    this.#ceiling = 'uncertain';
    for (const held of this.#order.giveUp()) this.#deliver(held, nowMs, out);
    this.askRebirth(nowMs, out);
  }

  #deliver(arrival: Arrival, nowMs: number, out: HostOutput[]): void {
    switch (arrival.verb) {
      case 'DBIRTH':
        return this.#birth(arrival, nowMs, out);
      case 'DDEATH':
        return this.#deviceDeath(arrival, nowMs, out);
      case 'NDATA':
      case 'DDATA':
        if (this.#ceiling !== 'good') this.askRebirth(nowMs, out);
        return this.#data(arrival, nowMs, out);
      case 'NBIRTH':
        return this.#nodeBirth(arrival, nowMs, out);
      case 'NDEATH':
        return this.#nodeDeath(arrival, nowMs, out);
    }
  }

  #birth(arrival: Arrival, nowMs: number, out: HostOutput[]): void {
    const { device, payload, bytes } = arrival;
    const prefix = devicePrefix(this.#group, this.#node, device);
    const table = metricTable(this.#group, this.#node, device, payload.metrics, this.#options.wanted);
    this.#tables.set(device, table);
    this.#doubts.delete(prefix);
    for (const { address, reason } of table.faults) out.push({ kind: 'quarantine', address, reason, bytes });
    const named = payload.metrics.flatMap((metric) => {
      const address = prefix + metric.name;
      return metric.name ? [{ metric, born: { address, datatype: metric.datatype, series: this.#options.wanted.get(address) } }] : [];
    });
    this.#samples(named, arrival, nowMs, out);
  }

  #deviceDeath({ device, payload }: Arrival, nowMs: number, out: HostOutput[]): void {
    const prefix = devicePrefix(this.#group, this.#node, device);
    this.#tables.delete(device);
    this.#doubts.delete(prefix);
    const diedMs = Number(payload.timestamp ?? nowMs);
    out.push({ kind: 'stale', prefix, atMs: doubtOf(diedMs, nowMs) === undefined ? diedMs : nowMs });
  }

  #data(arrival: Arrival, nowMs: number, out: HostOutput[]): void {
    const { device, verb, payload } = arrival;
    const table = this.#tables.get(device);
    if (!table) return this.#misunderstood(arrival, device, `${verb} came before ${device === '' ? 'NBIRTH' : 'DBIRTH'}.`, nowMs, out);
    const known: { metric: Metric; born: BornMetric }[] = [];
    for (const metric of payload.metrics) {
      const born = table.find(metric);
      if ('reason' in born) this.#misunderstood(arrival, `${device}/${metric.alias ?? metric.name}`, born.reason, nowMs, out);
      else known.push({ metric, born });
    }
    this.#samples(known, arrival, nowMs, out);
  }

  #samples(metrics: readonly { readonly metric: Metric; readonly born: BornMetric }[], { payload, bytes }: Arrival, nowMs: number, out: HostOutput[]): void {
    const samples: RawSample[] = [];
    for (const { metric, born } of metrics) {
      if (born.series === undefined) continue;
      const sample = sampleOf(born, metric, payload.timestamp, nowMs, this.#ceiling);
      if ('reason' in sample) out.push({ kind: 'quarantine', address: born.address, reason: sample.reason, bytes });
      else samples.push(sample);
    }
    if (samples.length > 0) out.push({ kind: 'samples', samples });
  }

  /** Quarantined once until the next birth, which is asked for: a device that goes on in the dark must not flood the quarantine. */
  #misunderstood({ device, bytes }: Arrival, complaint: string, reason: string, nowMs: number, out: HostOutput[]): void {
    this.askRebirth(nowMs, out);
    if (this.#complaints.has(complaint) || this.#complaints.size >= complaintsMax) {
      this.#dropped += 1;
      return;
    }
    this.#complaints.add(complaint);
    out.push({ kind: 'quarantine', address: devicePrefix(this.#group, this.#node, device), reason, bytes });
  }
}

function seqOf({ seq }: Payload): number | undefined {
  return typeof seq === 'number' && seq <= 255 ? seq : undefined;
}

function bdSeqOf({ metrics }: Payload): Uint64 | undefined {
  const value = metrics.find(({ name }) => name === 'bdSeq')?.value;
  return value?.field === 'int' || value?.field === 'long' ? value.value : undefined;
}
