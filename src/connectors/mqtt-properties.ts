// The properties of an MQTT 5 packet (§2.2.2), read where they stand.
import { Fault } from '../kernel/errors.ts';

/** What an MQTT 5 message says beside its payload. A user property that comes twice is a list. */
export interface MqttSaid {
  readonly contentType?: string;
  readonly userProperties?: Readonly<Record<string, string | readonly string[]>>;
}

/** Identifiers of those that are looked at or said (§2.2.2.2). */
export const propertyIds = {
  contentType: 3,
  sessionExpiryS: 17,
  assignedClientId: 18,
  authenticationMethod: 21,
  reasonText: 31,
  topicAlias: 35,
  userProperty: 38,
  bytesMax: 39,
} as const;

export interface MqttProperties {
  /** Where what follows them begins. */
  readonly next: number;
  readonly numbers: ReadonlyMap<number, number>;
  readonly texts: ReadonlyMap<number, string>;
  /** What the packet's user says beside its payload; undefined where it is nothing. */
  readonly said: MqttSaid | undefined;
}

type Kind = 'byte' | 'two bytes' | 'four bytes' | 'varying' | 'text' | 'bytes' | 'pair';
const sizes = { byte: 1, 'two bytes': 2, 'four bytes': 4 } as const;

const kinds: readonly (Kind | undefined)[] = (() => {
  const byKind: Readonly<Record<Kind, readonly number[]>> = {
    byte: [1, 23, 25, 36, 37, 40, 41, 42],
    'two bytes': [19, 33, 34, 35],
    'four bytes': [2, 17, 24, 39],
    varying: [11],
    text: [3, 8, 18, 21, 26, 28, 31],
    bytes: [9, 22],
    pair: [38],
  };
  const table: (Kind | undefined)[] = [];
  for (const kind of ['byte', 'two bytes', 'four bytes', 'varying', 'text', 'bytes', 'pair'] as const) for (const id of byKind[kind]) table[id] = kind;
  return table;
})();
/** May come more than once. */
const repeatable: readonly number[] = [11, propertyIds.userProperty];

const none = { numbers: new Map<number, number>(), texts: new Map<number, string>(), said: undefined } as const;

/** The properties that begin at `at` of a packet that ends at `end`. Raises PROTOCOL_VIOLATED. */
export function propertiesOf(bytes: Buffer, at: number, end: number): MqttProperties {
  // Mostly there are none.
  if (at < end && bytes[at] === 0) return { next: at + 1, ...none };
  const length = varying(bytes, at, end);
  const next = length.next + length.value;
  if (next > end) throw broken();
  const numbers = new Map<number, number>();
  const texts = new Map<number, string>();
  const pairs = new Map<string, string | readonly string[]>();
  const seen = new Set<number>();
  for (let place = length.next; place < next;) {
    const id = bytes[place] ?? 0;
    const kind = kinds[id];
    place += 1;
    if (kind === undefined || (seen.has(id) && !repeatable.includes(id))) throw broken();
    seen.add(id);
    switch (kind) {
      case 'byte':
      case 'two bytes':
      case 'four bytes': {
        const size = sizes[kind];
        if (place + size > next) throw broken();
        numbers.set(id, bytes.readUIntBE(place, size));
        place += size;
        break;
      }
      case 'varying':
        place = varying(bytes, place, next).next;
        break;
      case 'bytes':
        place = counted(bytes, place, next);
        break;
      case 'text': {
        const after = counted(bytes, place, next);
        texts.set(id, bytes.toString('utf8', place + 2, after));
        place = after;
        break;
      }
      case 'pair': {
        const middle = counted(bytes, place, next);
        const after = counted(bytes, middle, next);
        const [name, value] = [bytes.toString('utf8', place + 2, middle), bytes.toString('utf8', middle + 2, after)];
        const before = pairs.get(name);
        pairs.set(name, before === undefined ? value : [before, value].flat());
        place = after;
        break;
      }
    }
  }
  const contentType = texts.get(propertyIds.contentType);
  const said = { ...(contentType !== undefined && { contentType }), ...(pairs.size > 0 && { userProperties: Object.fromEntries(pairs) }) };
  return { next, numbers, texts, said: contentType === undefined && pairs.size === 0 ? undefined : said };
}

function broken(): Fault {
  return new Fault('PROTOCOL_VIOLATED', 'The properties of an MQTT packet are not whole, or not of MQTT 5.');
}

/** A number of up to four bytes of seven bits each (§1.5.5). */
function varying(bytes: Buffer, from: number, end: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let index = 0; index < 4 && from + index < end; index++) {
    const byte = bytes[from + index] ?? 0;
    value += (byte & 127) * 128 ** index;
    if (byte < 128) return { value, next: from + index + 1 };
  }
  throw broken();
}

/** Where that ends which has its length in the two bytes before it. */
function counted(bytes: Buffer, at: number, end: number): number {
  const after = at + 2 > end ? Number.POSITIVE_INFINITY : at + 2 + bytes.readUInt16BE(at);
  if (after > end) throw broken();
  return after;
}

/** The properties as a packet has them, with their length before them; what is undefined is left out. */
export function propertyBytes(given: { readonly assignedClientId?: string; readonly sessionExpiryS?: number; readonly bytesMax?: number; readonly reasonText?: string }): Buffer {
  const parts: Buffer[] = [];
  for (const name of ['sessionExpiryS', 'bytesMax'] as const) {
    if (given[name] === undefined) continue;
    const bytes = Buffer.alloc(5, propertyIds[name]);
    bytes.writeUInt32BE(given[name], 1);
    parts.push(bytes);
  }
  for (const name of ['assignedClientId', 'reasonText'] as const) {
    if (given[name] === undefined) continue;
    const text = Buffer.from(given[name].slice(0, textMax));
    const bytes = Buffer.alloc(3, propertyIds[name]);
    bytes.writeUInt16BE(text.length, 1);
    parts.push(bytes, text);
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([varyingBytes(body.length), body]);
}

/** Characters of a text that we say. */
const textMax = 500;

/** §1.5.5. */
export function varyingBytes(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 128 : low);
  } while (rest > 0);
  return Buffer.from(bytes);
}
