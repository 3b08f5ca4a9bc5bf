import { WireReader, wireType } from './wire-reader.ts';

/** The PropertyValue of a name in a PropertySet (Sparkplug 3.0 §6.4.7), without anything where it is not clear which one it is, since there are not as many values as keys; undefined where the name is not there. Raises PROTOCOL_VIOLATED. */
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
  if (at < 0) return undefined;
  return (keys.length === values.length ? values[at] : undefined) ?? new Uint8Array();
}
