import { fileURLToPath } from 'node:url';
import { Fault } from '../kernel/errors.ts';

/** Where in the landscape's source something was declared. */
export interface Site {
  readonly file: string;
  readonly line: number;
}

/** What every declared thing has: its kind, its name, and where it was declared. */
export interface Definition<Kind extends string = string> {
  readonly kind: Kind;
  readonly name: string;
  readonly site: Site;
}

const marker = Symbol.for('lineshaft.definition');

/** Freezes what a `define…()` call was given, as a definition of `kind`, with the place of the call. */
export function definition<const Kind extends string, const Spec extends { readonly name: string }>(kind: Kind, spec: Spec): Spec & Definition<Kind> {
  const site = callSite();
  if (typeof spec.name !== 'string' || !/^[a-z0-9]+([.-][a-z0-9]+)*$/.test(spec.name)) {
    throw new Fault(
      'LANDSCAPE_INVALID',
      `${site.file}:${site.line}: the ${kind} name ${JSON.stringify(spec.name)} is not lower-case words joined by "-" or ".", e.g. "packaging.throughput-drop".`,
      { kind, site },
    );
  }
  return Object.freeze({ ...spec, kind, site, [marker]: true });
}

/** Whether a value came from a `define…()` call. */
export function isDefinition(value: unknown): value is Definition {
  return typeof value === 'object' && value !== null && marker in value;
}

/** The name of a definition that another one is named after. Raises LANDSCAPE_INVALID where there is none, as of a misspelt import. */
export function partName(kind: string, field: string, part: Definition): string {
  if (isDefinition(part)) return part.name;
  const site = callSite();
  throw new Fault('LANDSCAPE_INVALID', `${site.file}:${site.line}: the ${kind} has no "${field}": it is ${part === undefined ? 'undefined' : 'no definition'}.`, { kind, site });
}

/** The files of definitions by what a stack frame calls them, so that a hundred thousand definitions of a file share its name. */
const files = new Map<string, string>();
const filesMax = 10_000;

function fileOf(framed: string): string {
  const known = files.get(framed);
  if (known !== undefined) return known;
  const plain = framed.replace(/\?.*$/, '');
  const file = plain.startsWith('file:') ? fileURLToPath(plain) : plain;
  if (files.size < filesMax) files.set(framed, file);
  return file;
}

/** The first stack frame outside this folder: the landscape's own line. */
function callSite(): Site {
  const frames = (new Error('site').stack ?? '').split('\n').slice(1);
  for (const frame of frames) {
    const match = /(?:\(|at )((?:file:\/\/)?[^()]+?):(\d+):\d+\)?$/.exec(frame);
    if (!match?.[1] || /[\\/](?:src|dist|\.built)[\\/]model[\\/]/.test(match[1])) continue;
    return { file: fileOf(match[1]), line: Number(match[2]) };
  }
  return { file: 'unknown', line: 0 };
}
