import type { Metric, Payload, WireValue } from './payload.ts';
import { WireWriter } from './wire-writer.ts';

/** The protobuf bytes of a Sparkplug B payload; what `decode` kept as bytes goes out as it came. */
export function encode(payload: Payload): Buffer {
  const writer = new WireWriter();
  if (payload.timestamp !== undefined) writer.varint(1, payload.timestamp);
  for (const metric of payload.metrics) writer.bytes(2, encodedMetric(metric));
  if (payload.seq !== undefined) writer.varint(3, payload.seq);
  if (payload.uuid !== undefined) writer.text(4, payload.uuid);
  if (payload.body !== undefined) writer.bytes(5, payload.body);
  return writer.finish();
}

function encodedMetric(metric: Metric): Buffer {
  const writer = new WireWriter();
  if (metric.name !== undefined) writer.text(1, metric.name);
  if (metric.alias !== undefined) writer.varint(2, metric.alias);
  if (metric.timestamp !== undefined) writer.varint(3, metric.timestamp);
  if (metric.datatype !== undefined) writer.varint(4, metric.datatype);
  if (metric.isHistorical !== undefined) writer.boolean(5, metric.isHistorical);
  if (metric.isTransient !== undefined) writer.boolean(6, metric.isTransient);
  if (metric.isNull !== undefined) writer.boolean(7, metric.isNull);
  if (metric.metadata !== undefined) writer.bytes(8, metric.metadata);
  if (metric.properties !== undefined) writer.bytes(9, metric.properties);
  if (metric.value !== undefined) writeValue(writer, metric.value);
  return writer.finish();
}

function writeValue(writer: WireWriter, value: WireValue): WireWriter {
  switch (value.field) {
    case 'int':
      return writer.varint(10, value.value);
    case 'long':
      return writer.varint(11, value.value);
    case 'float':
      return writer.float(12, value.value);
    case 'double':
      return writer.double(13, value.value);
    case 'boolean':
      return writer.boolean(14, value.value);
    case 'string':
      return writer.text(15, value.value);
    case 'bytes':
      return writer.bytes(16, value.value);
    case 'dataset':
      return writer.bytes(17, value.value);
    case 'template':
      return writer.bytes(18, value.value);
    case 'extension':
      return writer.bytes(19, value.value);
  }
}
