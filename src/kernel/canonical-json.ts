/**
 * A JSON value as text that is the same for every order of its keys and every spelling of its numbers and strings
 * (RFC 8785 §3.2: members sorted by the UTF-16 units of their names, numbers and strings as ECMAScript writes them).
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members: readonly (readonly [string, unknown])[] = Object.entries(value);
  return `{${members
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`)
    .join()}}`;
}
