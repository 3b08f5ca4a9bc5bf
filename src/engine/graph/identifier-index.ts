import { readFile } from 'node:fs/promises';
import type { Definition } from '../../model/definition.ts';
import { bareCode, lineStart } from './bare-code.ts';

/** The source texts of a landscape's files, read once each; an unreadable one is empty. */
export interface SourceTexts {
  of(file: string): Promise<string>;
}

const bytesMax = 1024 * 1024;

export function sourceTexts(): SourceTexts {
  const texts = new Map<string, Promise<string>>();
  return {
    of(file) {
      const known = texts.get(file);
      if (known) return known;
      // A landscape that was moved or packed after loading is shown without its source.
      const reading = readFile(file, 'utf8').then(
        (text) => text.slice(0, bytesMax),
        () => '',
      );
      texts.set(file, reading);
      return reading;
    },
  };
}

/** Which definitions go by which name in the source: `const reviseOrder = defineCapability(` or `throughput: defineSignal(`. */
export async function identifierIndex(definitions: readonly Definition[], texts: SourceTexts): Promise<ReadonlyMap<string, readonly Definition[]>> {
  const index = new Map<string, Definition[]>();
  for (const definition of definitions) {
    const name = nameAt(await texts.of(definition.site.file), definition.site.line);
    if (name !== undefined) index.set(name, [...(index.get(name) ?? []), definition]);
  }
  return index;
}

/** The name that the value at this line is given: on the line itself, or at the end of the two before. */
function nameAt(text: string, line: number): string | undefined {
  if (text === '') return undefined;
  const start = lineStart(text, Math.max(1, line - 2));
  const end = text.indexOf('\n', lineStart(text, line));
  const before = bareCode(text.slice(start, end === -1 ? undefined : end));
  const define = before.lastIndexOf('define');
  if (define === -1) return undefined;
  const left = before.slice(0, define);
  const found = /([A-Za-z_$][\w$]*)\s*[=:]\s*$/.exec(left) ?? /\bconst\s+([A-Za-z_$][\w$]*)\s*:[^=]*=\s*$/.exec(left);
  return found?.[1];
}

/** The definition of one of `kinds` that an identifier of a flow means; `as` names of its imports are followed. */
export function resolved(identifier: string, kinds: readonly string[], index: ReadonlyMap<string, readonly Definition[]>, source: string): Definition | undefined {
  const name = identifier.split('.').at(-1) ?? identifier;
  const imported = new RegExp(`\\b([A-Za-z_$][\\w$]*)\\s+as\\s+${name.replaceAll('$', '\\$')}\\b`).exec(source)?.[1];
  return [imported, name].flatMap((one) => (one === undefined ? [] : (index.get(one) ?? []))).find(({ kind }) => kinds.includes(kind));
}
