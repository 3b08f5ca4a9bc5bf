import { Fault } from '../../kernel/errors.ts';
import type { Metric, Payload, WireValue } from './payload.ts';
import { WireReader, wireType } from './wire-reader.ts';

/** Larger payloads are not decoded. Bytes. */
export const payloadMax = 4 * 1_048_576;
/** A birth of a large gateway has some ten thousand. */
export const metricsMax = 100_000;

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/**
 * A Sparkplug B payload from its protobuf bytes. Unknown fields are skipped; datasets, templates, properties and metadata
 * stay as bytes (views of the input). Raises PROTOCOL_VIOLATED on anything malformed or beyond `payloadMax` and `metricsMax`.
 */
export function decode(bytes: Uint8Array): Payload {
  if (bytes.length > payloadMax) throw tooMuch(`it has ${bytes.length} bytes; at most ${payloadMax} are read`);
  const reader = new WireReader(bytes);
  const metrics: Metric[] = [];
  const payload: Mutable<Payload> = { metrics };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        reader.expect(wireType.varint);
        payload.timestamp = reader.uint64();
        break;
      case 2:
        reader.expect(wireType.bytes);
        if (metrics.length >= metricsMax) throw tooMuch(`it has more than ${metricsMax} metrics`);
        metrics.push(metricFrom(reader));
        break;
      case 3:
        reader.expect(wireType.varint);
        payload.seq = reader.uint64();
        break;
      case 4:
        reader.expect(wireType.bytes);
        payload.uuid = reader.text();
        break;
      case 5:
        reader.expect(wireType.bytes);
        payload.body = reader.bytes();
        break;
      default:
        reader.skip();
    }
  }
  return payload;
}

function metricFrom(reader: WireReader): Metric {
  const end = reader.enter();
  const metric: Mutable<Metric> = {};
  while (reader.next()) {
    if (reader.field >= 10 && reader.field <= 19) metric.value = valueFrom(reader);
    else attribute(reader, metric);
  }
  reader.leave(end);
  return metric;
}

function attribute(reader: WireReader, metric: Mutable<Metric>): void {
  const { field } = reader;
  if (field > 9) return reader.skip();
  reader.expect(field === 1 || field === 8 || field === 9 ? wireType.bytes : wireType.varint);
  switch (field) {
    case 1:
      metric.name = reader.text();
      return;
    case 2:
      metric.alias = reader.uint64();
      return;
    case 3:
      metric.timestamp = reader.uint64();
      return;
    case 4:
      metric.datatype = reader.uint32();
      return;
    case 5:
      metric.isHistorical = isTrue(reader);
      return;
    case 6:
      metric.isTransient = isTrue(reader);
      return;
    case 7:
      metric.isNull = isTrue(reader);
      return;
    case 8:
      metric.metadata = reader.bytes();
      return;
    case 9:
      metric.properties = reader.bytes();
  }
}

function valueFrom(reader: WireReader): WireValue {
  switch (reader.field) {
    case 10:
      reader.expect(wireType.varint);
      return { field: 'int', value: reader.uint32() };
    case 11:
      reader.expect(wireType.varint);
      return { field: 'long', value: reader.uint64() };
    case 12:
      reader.expect(wireType.fixed32);
      return { field: 'float', value: reader.float() };
    case 13:
      reader.expect(wireType.fixed64);
      return { field: 'double', value: reader.double() };
    case 14:
      reader.expect(wireType.varint);
      return { field: 'boolean', value: isTrue(reader) };
    case 15:
      reader.expect(wireType.bytes);
      return { field: 'string', value: reader.text() };
    case 16:
      reader.expect(wireType.bytes);
      return { field: 'bytes', value: reader.bytes() };
    default:
      reader.expect(wireType.bytes);
      return { field: reader.field === 17 ? 'dataset' : reader.field === 18 ? 'template' : 'extension', value: reader.bytes() };
  }
}

function isTrue(reader: WireReader): boolean {
  return reader.uint64() !== 0;
}

function tooMuch(reason: string): Fault {
  return new Fault('PROTOCOL_VIOLATED', `The Sparkplug payload is too large: ${reason}.`, { reason });
}
