/** TypeScript text with comments and the insides of texts blanked out, every other character in its place. */
export function bareCode(source: string): string {
  const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');
  // A template's `${…}` is blanked with it: nobody declares or calls steps inside a text.
  return source.replaceAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g, (found) =>
    found.startsWith('/') ? blank(found) : `${found[0]}${blank(found.slice(1, -1))}${found.at(-1)}`,
  );
}

/** The end of the bracket that opens at `start`: the place after its partner; undefined where it has none. */
export function bracketEnd(code: string, start: number): number | undefined {
  let depth = 0;
  for (let index = start; index < code.length; index += 1) {
    const character = code[index] ?? '';
    if ('([{'.includes(character)) depth += 1;
    else if (')]}'.includes(character)) {
      depth -= 1;
      if (depth === 0) return index + 1;
    }
  }
  return undefined;
}

/** The line of a place, counted from 1. */
export function lineAt(text: string, place: number): number {
  let line = 1;
  for (let index = text.indexOf('\n'); index !== -1 && index < place; index = text.indexOf('\n', index + 1)) line += 1;
  return line;
}

/** Where a line begins. */
export function lineStart(text: string, line: number): number {
  let start = 0;
  for (let number = 1; number < line; number += 1) {
    const next = text.indexOf('\n', start);
    if (next === -1) return text.length;
    start = next + 1;
  }
  return start;
}
