import { readFile } from 'node:fs/promises';
import { sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { Finding } from '../check/finding.ts';

/** A place in a file; lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Finds where a file breaks the syntax, for errors that do not tell it; undefined where the file itself is sound. */
export type SyntaxPlace = (file: string) => Promise<Place | undefined>;

interface PlacedFailure {
  readonly file: string;
  readonly place: Place | undefined;
}

/** Why a file of a landscape could not be loaded, where, and what to do. `folder` is the landscape's, without links in its path. */
export async function loadFailure(error: unknown, file: string, folder: string, syntaxPlace: SyntaxPlace): Promise<Finding> {
  const message = messageOf(error);
  const imported = await failedImport(error, message, file);
  if (imported) return finding('import-unresolved', imported, `The import of "${imported.specifier}" does not resolve: ${sentence(message)}`, importHelp);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const printed = placePrinted(stack) ?? framePlace(stack, folder);
  const placed = printed ?? { file, place: error instanceof SyntaxError ? await syntaxPlace(file) : undefined };
  if (error instanceof Fault) return finding('definition-invalid', placed, withoutPlace(error.message, placed), 'Correct this definition.');
  if (!(error instanceof SyntaxError)) return finding('throws-on-load', placed, `It throws while it is loaded: ${sentence(message)}`, throwHelp);
  if (/does not provide an export named/.test(message)) return finding('export-missing', placed, sentence(message), exportHelp);
  if (/outside a module|Unexpected token 'export'/.test(message)) return finding('no-module', placed, sentence(message), moduleHelp);
  return finding('syntax', placed, sentence(message), 'code' in error && error.code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' ? unsupportedHelp : 'Correct the syntax there.');
}

const moduleHelp = 'The nearest package.json makes it a CommonJS file: write "type": "module" there ("npm pkg set type=module").';

const importHelp =
  'Correct the path, with its ending (e.g. "./orders.ts"), or add the file. Of packages a landscape imports lineshaft only: what it needs of another one is bundled into a file of its folder.';
const exportHelp = 'Export it there, or correct the name; a type is imported with "import type".';
const throwHelp = 'Mend what throws, or do not do it here: a landscape only declares.';
const unsupportedHelp = 'Node runs TypeScript by leaving out its types: write what needs nothing else, e.g. an object "as const" instead of an enum.';

function finding(code: string, { file, place }: PlacedFailure, message: string, help: string): Finding {
  return { severity: 'error', code, site: { file, line: 1, ...place }, message, help };
}

/** A definition's words, without the place in the same file that they begin with; one in another file, such as a row of a table, stays. */
function withoutPlace(message: string, { file }: PlacedFailure): string {
  return message.startsWith(`${file}:`) ? message.slice(file.length).replace(/^:\d+: /, '') : message;
}

/** Node's words, without the paths that the place tells already, as a sentence. */
function sentence(message: string): string {
  const words = message.replace(/ imported from \S.*$/s, '').trim();
  return /[.!?]$/.test(words) ? words : `${words}.`;
}

/** Errors of the syntax begin with `file:line`, the line itself and a mark below it. */
function placePrinted(stack: string): PlacedFailure | undefined {
  const [head = ''] = stack.split(/\n\s+at /, 1);
  const [first = '', ...lines] = head.split('\n');
  const [, file, line] = /^(\S.*):(\d+)$/.exec(first) ?? [];
  const mark = lines.find((text) => /^\s*\^+\s*$/.test(text));
  if (file === undefined || mark === undefined) return undefined;
  return { file: pathOf(file), place: { line: Number(line), column: mark.indexOf('^') + 1 } };
}

/** The innermost line of the landscape that an error came through. */
function framePlace(stack: string, folder: string): PlacedFailure | undefined {
  for (const frame of stack.split('\n')) {
    const [, where = '', line, column] = /^\s+at (?:.*\()?(\S.*?):(\d+):(\d+)\)?$/.exec(frame) ?? [];
    const file = pathOf(where.replace(/^async /, '').replace(/\?.*$/, ''));
    if (file.startsWith(`${folder}${sep}`) && !file.includes(`${sep}node_modules${sep}`)) return { file, place: { line: Number(line), column: Number(column) } };
  }
  return undefined;
}

function pathOf(place: string): string {
  return place.startsWith('file:') ? fileURLToPath(place) : place;
}

/** The import that an error is about, where it is about one; `file` is what was loaded, unless the error names another importer. */
async function failedImport(error: unknown, message: string, file: string): Promise<(PlacedFailure & { readonly specifier: string }) | undefined> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || !/MODULE|PACKAGE|IMPORT|EXTENSION/.test(code)) return undefined;
  const importer = / imported from (\S.*)$/s.exec(message)?.[1] ?? file;
  const text = await readFile(importer, 'utf8').catch(() => '');
  for (const match of text.matchAll(/\b(?:from|import)\s*\(?\s*(?<quoted>(['"])(?<specifier>[^'"\n]+)\2)/g)) {
    const { specifier = '', quoted = '' } = match.groups ?? {};
    if (!isMeant(specifier, importer, message)) continue;
    const before = text.slice(0, match.index + match[0].length - quoted.length).split('\n');
    return { file: importer, specifier, place: { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 } };
  }
  return undefined;
}

/** Whether a message of Node is about what `importer` calls `specifier`. */
function isMeant(specifier: string, importer: string, message: string): boolean {
  if (/^\.{1,2}\//.test(specifier)) return message.includes(fileURLToPath(new URL(specifier, pathToFileURL(importer)))) || message.includes(`'${specifier}'`);
  const [, name = '', inside] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.+))?$/.exec(specifier) ?? [];
  return message.includes(`'${name}'`) || (message.includes(name) && message.includes(`'./${inside}'`));
}
