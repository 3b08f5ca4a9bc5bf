/** The tokens of an RFC 6901 JSON pointer, or undefined where the text is none. `''` is the whole document. */
export function jsonPointer(text: string): readonly string[] | undefined {
  if (text === '') return [];
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return undefined;
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What the pointer points at in a JSON document, or undefined where there is nothing. */
export function pointedAt(document: unknown, pointer: readonly string[]): unknown {
  let at = document;
  for (const token of pointer) {
    if (Array.isArray(at)) at = /^(0|[1-9]\d{0,8})$/.test(token) ? at[Number(token)] : undefined;
    else if (typeof at === 'object' && at !== null && Object.hasOwn(at, token)) at = Reflect.get(at, token);
    else return undefined;
  }
  return at;
}
