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

/** A value as an object that more can be laid beside: itself, or `{ value }` of what is none. */
export function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : { value };
}

/** A recorded text without what was laid beside it under `name`. */
export function recordedWithout(text: string, name: string): unknown {
  const whole = recorded(text);
  if (typeof whole !== 'object' || whole === null || !(name in whole)) return whole;
  // The object has the name, as was just checked.
  const { [name]: _beside, ...own } = whole as Readonly<Record<string, unknown>>;
  return own;
}

/** Epoch milliseconds as RFC 3339, UTC. */
export function instant(ms: number): string {
  return new Date(ms).toISOString();
}
