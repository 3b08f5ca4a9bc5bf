// Laying part of a plain object over a whole one, and freezing what comes out.

/** Objects are merged field by field, everything else (arrays too) is replaced; the result is deeply frozen. */
export function deepMerged<T extends object>(whole: T, part: object): T {
  // True as long as `part` has the shape of `whole`, which whoever read it from outside has checked field by field (`unfitting`).
  return deepFrozen(merged(whole, part) as T);
}

function merged(whole: unknown, part: unknown): unknown {
  if (part === undefined) return whole;
  if (!isPlain(whole) || !isPlain(part)) return part;
  const names = new Set([...Object.keys(whole), ...Object.keys(part)]);
  return Object.fromEntries([...names].map((name) => [name, merged(whole[name], part[name])]));
}

/** The path of the first field of `part` that has no counterpart of the same kind in `whole`, or undefined. */
export function unfitting(whole: unknown, part: unknown, path = ''): string | undefined {
  if (isPlain(whole) && isPlain(part)) {
    for (const [name, value] of Object.entries(part)) {
      const field = path === '' ? name : `${path}.${name}`;
      if (!Object.hasOwn(whole, name)) return field;
      const wrong = unfitting(whole[name], value, field);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  }
  if (Array.isArray(whole) && Array.isArray(part)) {
    if (whole.length === 0) return undefined;
    const wrong = part.findIndex((element) => !sameShape(whole[0], element));
    return wrong === -1 ? undefined : `${path}[${wrong}]`;
  }
  return typeof whole === typeof part && Array.isArray(whole) === Array.isArray(part) && part !== null ? undefined : path;
}

/** A replaced array's elements must be whole: every field of the pattern, none beside. */
function sameShape(pattern: unknown, element: unknown): boolean {
  if (!isPlain(pattern) || !isPlain(element)) return typeof pattern === typeof element;
  return unfitting(pattern, element) === undefined && Object.keys(pattern).every((name) => Object.hasOwn(element, name));
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.values(value).forEach(deepFrozen);
    Object.freeze(value);
  }
  return value;
}
