/** The value of a JSON text that we recorded ourselves; undefined for none. */
export function recorded(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

/** A field of a recorded object, whatever it holds. */
export function fieldOf(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined;
  // The object has the field, as was just checked.
  return (value as Readonly<Record<string, unknown>>)[field];
}

/** Epoch milliseconds as RFC 3339, UTC. */
export function instant(ms: number): string {
  return new Date(ms).toISOString();
}
