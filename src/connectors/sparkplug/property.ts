import { WireReader, wireType } from './wire-reader.ts';

/** The PropertyValue of a name in a PropertySet (Sparkplug 3.0 §6.4.7), without anything where the set has none for it; undefined where the name is not there. Raises PROTOCOL_VIOLATED. */
export function propertyIn(properties: Uint8Array, isNamed: (key: string) => boolean): Uint8Array | undefined {
  const keys: string[] = [];
  const values: Uint8Array[] = [];
  const reader = new WireReader(properties);
  while (reader.next()) {
    if (reader.field > 2) {
      reader.skip();
      continue;
    }
    reader.expect(wireType.bytes);
    if (reader.field === 1) keys.push(reader.text());
    else values.push(reader.bytes());
  }
  const at = keys.findIndex(isNamed);
  return at < 0 ? undefined : (values[at] ?? new Uint8Array());
}
