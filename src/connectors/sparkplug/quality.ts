import type { Quality } from '../../model/source.ts';
import { propertyIn } from './property.ts';
import { WireReader, wireType } from './wire-reader.ts';

/** Sparkplug 3.0 §6.4.12: the property "Quality" is an Int32 of 0 (bad), 192 (good) or 500 (stale). */
const qualities = new Map<number, Quality>([
  [0, 'bad'],
  [192, 'good'],
  [500, 'stale'],
]);

/** The quality in a metric's property set; good where none is given, uncertain where it is not one of the three. Raises PROTOCOL_VIOLATED. */
export function qualityIn(properties: Uint8Array | undefined): Quality {
  const value = properties && propertyIn(properties, (key) => key === 'Quality');
  return value ? (qualities.get(intValueOf(value) ?? -1) ?? 'uncertain') : 'good';
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
