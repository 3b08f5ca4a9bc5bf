import type { Quality } from '../../model/source.ts';
import { WireReader, wireType } from './wire-reader.ts';

/** Sparkplug 3.0 §6.4.12: the property "Quality" is an Int32 of 0 (bad), 192 (good) or 500 (stale). */
const qualities = new Map<number, Quality>([
  [0, 'bad'],
  [192, 'good'],
  [500, 'stale'],
]);

/** The quality in a metric's property set; good where none is given, uncertain where it is not one of the three. Raises PROTOCOL_VIOLATED. */
export function qualityIn(properties: Uint8Array | undefined): Quality {
  if (!properties) return 'good';
  const keys: string[] = [];
  const values: (number | undefined)[] = [];
  const reader = new WireReader(properties);
  while (reader.next()) {
    if (reader.field > 2) {
      reader.skip();
      continue;
    }
    reader.expect(wireType.bytes);
    if (reader.field === 1) keys.push(reader.text());
    else values.push(intValueOf(reader.bytes()));
  }
  const at = keys.indexOf('Quality');
  return at < 0 ? 'good' : (qualities.get(values[at] ?? -1) ?? 'uncertain');
}

function intValueOf(propertyValue: Uint8Array): number | undefined {
  const reader = new WireReader(propertyValue);
  let value: number | undefined;
  while (reader.next()) {
    if (reader.field === 3) {
      reader.expect(wireType.varint);
      value = reader.uint32();
    } else reader.skip();
  }
  return value;
}
