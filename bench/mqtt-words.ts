// MQTT 3.1.1 and Sparkplug B by hand, for those who make a load: as little work as may be, and nothing of ours that is judged by it.

/** Thirty days: a flood lives through hours in a second, and an edge believes no time that is a day ahead of its clock. Milliseconds. */
const headStartMs = 30 * 86_400_000;
/** Where the event time of the loads begins. Epoch milliseconds, full seconds. */
export const beginMs = Math.floor(Date.now() / 1_000) * 1_000 - headStartMs;

/** What a machine says of itself, some 200 bytes. */
export function telemetryText(atMs: number, rate: number): string {
  return JSON.stringify({
    ts: atMs,
    rate,
    order: 'PO-4711',
    item: 'COFFEE-500G',
    state: 'Execute',
    target: 120,
    remaining: 28_800,
    temperature: 181.4,
    vibration: 2.1,
    shift: 'early',
    operator: 'none',
  });
}

function field(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

export function packet(first: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([first, ...varint(body.length)]), body]);
}

/** A PUBLISH; without `id` at QoS 0, with it at QoS 1. */
export function publishPacket(topic: string, payload: Buffer, id?: number): Buffer {
  const idBytes = id === undefined ? Buffer.alloc(0) : Buffer.from([id >> 8, id & 255]);
  return packet(id === undefined ? 0x30 : 0x32, Buffer.concat([field(Buffer.from(topic)), idBytes, payload]));
}

export function connectPacket(clientId: string): Buffer {
  return packet(0x10, Buffer.concat([field(Buffer.from('MQTT')), Buffer.from([4, 2, 0, 0]), field(Buffer.from(clientId))]));
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}

export const sparkplug = { group: 'bench', node: 'gateway', metrics: 10, devices: 8, seqs: 256 } as const;

interface Told {
  readonly name?: string;
  readonly alias: number;
  readonly atMs: number;
  readonly value: number;
}

/** A payload of doubles, each at a time of its own (Sparkplug 3.0 §6.4). A `seq` always has two bytes, so that it can be written over. */
export function sparkplugPayload(atMs: number, seq: number, metrics: readonly Told[]): Buffer {
  const bodies = metrics.map(({ name, alias, atMs: at, value }) => {
    const double = Buffer.alloc(8);
    double.writeDoubleLE(value);
    const named = name === undefined ? [] : [0x0a, name.length, ...Buffer.from(name)];
    return [...named, 0x10, ...varint(alias), 0x18, ...varint(at), 0x20, 10, 0x69, ...double];
  });
  return Buffer.from([0x08, ...varint(atMs), ...bodies.flatMap((body) => [0x12, ...varint(body.length), ...body]), 0x18, (seq & 127) | 128, seq >> 7]);
}

export function deviceTopic(verb: 'DBIRTH' | 'DDATA', device: number): string {
  return `spBv1.0/${sparkplug.group}/${verb}/${sparkplug.node}/machine-${device}`;
}

/** The metrics of one reading of a device: the first is its rate, the others go up and down by less and by more than a deadband. */
export function deviceMetrics(device: number, reading: number, atMs: number, rate: number, isNamed = false): readonly Told[] {
  return Array.from({ length: sparkplug.metrics }, (_, index) => ({
    ...(isNamed && { name: metricName(index) }),
    alias: device * sparkplug.metrics + index,
    atMs,
    value: index === 0 ? rate : 100 + index + (reading % 4) * 0.3,
  }));
}

export function metricName(index: number): string {
  return index === 0 ? 'rate' : `measure-${index}`;
}
