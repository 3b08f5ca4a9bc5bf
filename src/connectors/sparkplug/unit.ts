import { propertyIn } from './property.ts';
import { WireReader, wireType } from './wire-reader.ts';

/** The text of the property "engUnit", by which edge nodes commonly tell a unit; undefined where there is none. Raises PROTOCOL_VIOLATED. */
export function unitIn(properties: Uint8Array | undefined): string | undefined {
  const value = properties && propertyIn(properties, (key) => key.toLowerCase() === 'engunit');
  if (!value) return undefined;
  const reader = new WireReader(value);
  let text: string | undefined;
  while (reader.next()) {
    // PropertyValue.string_value
    if (reader.field === 8) {
      reader.expect(wireType.bytes);
      text = reader.text();
    } else reader.skip();
  }
  return text;
}
