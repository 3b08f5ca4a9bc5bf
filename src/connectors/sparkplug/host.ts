// The Sparkplug B 3.0 host application as a state machine: messages and time in, samples and commands out. No I/O, no clock.
import { Fault } from '../../kernel/errors.ts';
import type { NumberColumns } from '../../model/source.ts';
import type { MqttMessage } from '../mqtt-link.ts';
import { TopicTable } from '../topic-table.ts';
import { devicePrefix, sparkplugAddress } from './address.ts';
import { opened } from './compressed.ts';
import { datatype, wireOf } from './datatype.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';
import type { HostOutput } from './host-output.ts';
import { NodeSession } from './node-session.ts';
import { NumberWalk, rowsDue } from './number-walk.ts';
import { stateIn, stateMessage, stateTopic } from './state-message.ts';
import { dcmdTopic, namespace, ncmdTopic, sparkplugTopic } from './topic.ts';

export interface HostOptions {
  readonly hostId: string;
  /** `group/node/device/Metric Name`. */
  readonly addresses: readonly string[];
  /** Group ids to listen to; those of the addresses where none is given. */
  readonly groups?: readonly string[] | undefined;
  readonly reorderTimeoutMs: number;
  readonly rebirthEveryMs: number;
}

/** Edge nodes kept in mind; more are quarantined. */
const nodesMax = 10_000;

/** Topics of DATA messages that are known by their text. */
const placesMax = 100_000;

interface Place {
  readonly session: NodeSession;
  readonly device: string;
}

export class SparkplugHost {
  /** What to subscribe to before anything is published. */
  readonly filters: readonly string[];
  readonly #options: HostOptions;
  readonly #wanted: ReadonlyMap<string, number>;
  readonly #sessions = new Map<string, NodeSession>();
  readonly #places = new Map<string, Place>();
  readonly #placesInBytes = new TopicTable<Place>(placesMax);
  readonly #walk = new NumberWalk();
  /** The timestamp of our birth, once it is on its way. */
  #stateMs: number | undefined;
  #announced = false;

  /** Raises LANDSCAPE_INVALID where an address is none. */
  constructor(options: HostOptions) {
    this.#options = options;
    this.#wanted = new Map(options.addresses.map((address, index) => [address, index]));
    const addresses = options.addresses.map(sparkplugAddress);
    const groups = options.groups ?? [...new Set(addresses.map(({ group }) => group))];
    this.filters = [stateTopic(options.hostId), ...groups.map((group) => `${namespace}/${group}/#`)];
    for (const { group, node } of addresses) this.#session(group, node);
  }

  /** The will of the CONNECT that leaves at `connectMs`. */
  will(connectMs: number): MqttMessage {
    return stateMessage(this.#options.hostId, false, connectMs);
  }

  /** Subscribed in the session whose CONNECT left at `connectMs`: the birth to publish has the same timestamp as its will (§6.4.21). */
  birth(connectMs: number): MqttMessage {
    this.#stateMs = connectMs;
    return stateMessage(this.#options.hostId, true, connectMs);
  }

  /** The broker has our birth. Only now may anything else leave: MQTT keeps no order between QoS 1 and QoS 0. */
  announced(nowMs: number): HostOutput[] {
    const out: HostOutput[] = [];
    this.#announced = true;
    for (const session of this.#sessions.values()) session.mistrust(nowMs, out);
    return out;
  }

  /** The connection is gone, or about to be closed: nothing is answered until the next birth. */
  disconnected(): void {
    this.#stateMs = undefined;
    this.#announced = false;
  }

  /** The death to publish before a clean disconnect. */
  farewell(nowMs: number): MqttMessage {
    return stateMessage(this.#options.hostId, false, nowMs);
  }

  /**
   * The fast way for most messages: values of good numbers, added to `columns`, whose series are places in `addresses`. False where `message` has
   * to be asked, of which this is a part: nothing has changed then.
   */
  numbers(topic: string, payload: Uint8Array, nowMs: number): boolean {
    const place = this.#places.get(topic) ?? this.#place(topic);
    return place !== undefined && this.#take(place, payload, 0, payload.length, nowMs);
  }

  /** The same of a message that stands in `bytes`: its topic from `topicAt` to `topicEnd`, its payload from `payloadAt` to `end`. */
  numbersIn(bytes: Buffer, topicAt: number, topicEnd: number, payloadAt: number, end: number, nowMs: number): boolean {
    let place = this.#placesInBytes.find(bytes, topicAt, topicEnd);
    if (!place) {
      const topic = bytes.toString('utf8', topicAt, topicEnd);
      place = this.#places.get(topic) ?? this.#place(topic);
      if (!place) return false;
      this.#placesInBytes.set(bytes, topicAt, topicEnd, place);
    }
    return this.#take(place, bytes, payloadAt, end, nowMs);
  }

  /** What the fast way has found: to be handed on before `message` is asked, and where `isDue`; then `handedOn`. */
  get columns(): NumberColumns {
    return this.#walk.columns;
  }

  get isDue(): boolean {
    return this.#walk.columns.count >= rowsDue;
  }

  handedOn(): void {
    this.#walk.clear();
  }

  message(topic: string, bytes: Uint8Array, nowMs: number): HostOutput[] {
    if (this.#stateMs === undefined) return [];
    const parts = sparkplugTopic(topic);
    if (!parts) return [{ kind: 'quarantine', address: topic, reason: 'This is not a topic of Sparkplug B.', bytes }];
    if (parts.verb === 'STATE') return parts.host === this.#options.hostId ? ownState(this.#options.hostId, this.#stateMs, topic, bytes) : [];
    // What comes before our birth is out is not answered; the births that we ask for then tell it again.
    if (parts.verb === 'NCMD' || parts.verb === 'DCMD' || !this.#announced) return [];
    const { verb, group, node } = parts;
    const device = 'device' in parts ? parts.device : '';
    const session = this.#session(group, node);
    if (!session) return [{ kind: 'quarantine', address: `${group}/${node}/`, reason: `There are more than ${nodesMax} edge nodes.`, bytes }];
    const out: HostOutput[] = [];
    try {
      session.receive({ verb, device, payload: opened(decode(bytes)), bytes }, nowMs, out);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      out.push({ kind: 'quarantine', address: devicePrefix(group, node, device), reason: `${verb}: ${error.message}`, bytes });
    }
    return out;
  }

  /** The message that writes a value to a metric, to leave at `nowMs`; or why it cannot be written now, or never. Raises LANDSCAPE_INVALID where the address is none. */
  command(address: string, value: number | string | boolean, nowMs: number): MqttMessage | { readonly kind: 'refused' | 'unreachable'; readonly reason: string } {
    const { group, node, device, metric } = sparkplugAddress(address);
    if (!this.#announced) return { kind: 'unreachable', reason: 'The broker is not connected.' };
    const table = this.#sessions.get(`${group}/${node}`)?.bornOf(device);
    if (!table) return { kind: 'unreachable', reason: `${devicePrefix(group, node, device)} is not born.` };
    const born = table.find({ name: metric });
    if ('reason' in born) return { kind: 'refused', reason: born.reason };
    const code = born.datatype ?? datatype.Unknown;
    const wire = wireOf(value, code);
    if ('reason' in wire) return { kind: 'refused', reason: wire.reason };
    // §6.4.7: what has an alias goes by it alone. The datatype is not asked for (§6.4.16), and there are nodes that cannot read a value without it.
    const named = born.alias === undefined ? { name: metric } : { alias: born.alias };
    const payload = encode({ timestamp: nowMs, metrics: [{ ...named, timestamp: nowMs, datatype: code, value: wire }] });
    return { topic: device === '' ? ncmdTopic(group, node) : dcmdTopic(group, node, device), payload, qos: 0, retain: false };
  }

  /** What is due at `nowMs`. */
  tick(nowMs: number): HostOutput[] {
    const out: HostOutput[] = [];
    if (this.#announced) for (const session of this.#sessions.values()) session.tick(nowMs, out);
    return out;
  }

  /** When `tick` has something to do, if ever. */
  nextAtMs(): number | undefined {
    if (!this.#announced) return undefined;
    let next: number | undefined;
    for (const session of this.#sessions.values()) {
      const atMs = session.nextAtMs();
      if (atMs !== undefined && (next === undefined || atMs < next)) next = atMs;
    }
    return next;
  }

  #take({ session, device }: Place, bytes: Uint8Array, from: number, end: number, nowMs: number): boolean {
    return this.#announced && this.#stateMs !== undefined && session.takeNumbers(device, bytes, from, end, nowMs, this.#walk);
  }

  /** Whose DATA message comes under a topic; of nodes that are known. */
  #place(topic: string): Place | undefined {
    const parts = sparkplugTopic(topic);
    if (parts?.verb !== 'NDATA' && parts?.verb !== 'DDATA') return undefined;
    const session = this.#sessions.get(`${parts.group}/${parts.node}`);
    if (!session) return undefined;
    const place = { session, device: 'device' in parts ? parts.device : '' };
    if (this.#places.size >= placesMax) this.#places.clear();
    this.#places.set(topic, place);
    return place;
  }

  #session(group: string, node: string): NodeSession | undefined {
    const id = `${group}/${node}`;
    const known = this.#sessions.get(id);
    if (known || this.#sessions.size >= nodesMax) return known;
    const { reorderTimeoutMs, rebirthEveryMs } = this.#options;
    const session = new NodeSession(group, node, { wanted: this.#wanted, reorderTimeoutMs, rebirthEveryMs });
    this.#sessions.set(id, session);
    return session;
  }
}

/** §5.8: whoever says that we are offline while we are not (our own old will, somebody with our id) is corrected at once. */
function ownState(hostId: string, stateMs: number, topic: string, bytes: Uint8Array): HostOutput[] {
  const state = stateIn(bytes);
  if (!state) return [{ kind: 'quarantine', address: topic, reason: 'A STATE message is JSON with "online" and "timestamp".', bytes }];
  if (!state.online) return [{ kind: 'publish', message: stateMessage(hostId, true, stateMs) }];
  return state.timestamp === stateMs ? [] : [{ kind: 'note', text: `Another host application says that it is ${hostId}; host ids must be unique.` }];
}
