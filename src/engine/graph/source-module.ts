import { stripTypeScriptTypes } from 'node:module';
import type { CallExpression, Comment, Options, Program } from 'acorn';
import { bare, isCallOf, isFunction, keyName, propertyOf, textLiteral, visit, type FunctionNode } from './syntax.ts';

/** Where a name of a file comes from. `name` is `*` for the whole module. */
export interface Imported {
  readonly specifier: string;
  readonly name: string;
}

/** A `define…()` call, and the name that its value goes by. */
export interface NamedCall {
  readonly name: string | undefined;
  readonly call: CallExpression;
  /** What its `name:` says, where that is written out. */
  readonly defined: string | undefined;
}

/** One file of a landscape's source, parsed. */
export interface SourceModule {
  readonly file: string;
  /** The text with its types blanked out, every other character in its place. */
  readonly code: string;
  /** Every function that has a name, wherever it stands. */
  readonly functions: ReadonlyMap<string, readonly FunctionNode[]>;
  readonly imports: ReadonlyMap<string, Imported>;
  /** `export { a as b } from '…'`; without a specifier, a name of this file itself. */
  readonly reexports: ReadonlyMap<string, { readonly specifier: string | undefined; readonly name: string }>;
  /** The files of `export * from '…'`. */
  readonly stars: readonly string[];
  readonly definitions: readonly NamedCall[];
  /** The comment that ends on the line before this one, without its marks. */
  commentAbove(line: number): string | undefined;
}

/** The parser, given, because only who draws flows needs it in memory. */
export type Parse = (code: string, options: Options) => Program;

const noteMax = 600;

/** Raises what Node and the parser raise about a text that is no TypeScript with types to be erased. */
export function sourceModule(file: string, text: string, parse: Parse): SourceModule {
  const code = /\.m?ts$/.test(file) ? stripTypeScriptTypes(text) : text;
  const comments: Comment[] = [];
  const program = parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true, onComment: comments, allowHashBang: true });
  const functions = new Map<string, FunctionNode[]>();
  const named = (name: string, node: FunctionNode): void => void functions.set(name, [...(functions.get(name) ?? []), node]);
  const names = new Map<CallExpression, string>();
  const calls: CallExpression[] = [];
  visit(program, (node) => {
    if (node.type === 'FunctionDeclaration' && node.id) named(node.id.name, node);
    else if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init) {
      const value = bare(node.init);
      if (isFunction(value)) named(node.id.name, value);
      else if (value.type === 'CallExpression') names.set(value, node.id.name);
    } else if (node.type === 'Property' && node.value.type === 'CallExpression') {
      const name = keyName(node.key, node.computed);
      if (name !== undefined) names.set(node.value, name);
    } else if (isCallOf(node, /^define[A-Z]/)) calls.push(node);
  });
  const above = commentLines(code, comments);
  return {
    file,
    code,
    functions,
    ...links(program),
    definitions: calls.map((call) => ({ name: names.get(call), call, defined: textLiteral(propertyOf(call.arguments[0], 'name')) })),
    commentAbove: (line) => above.get(line - 1),
  };
}

function links(program: Program): Pick<SourceModule, 'imports' | 'reexports' | 'stars'> {
  const imports = new Map<string, Imported>();
  const reexports = new Map<string, { readonly specifier: string | undefined; readonly name: string }>();
  const stars: string[] = [];
  for (const node of program.body) {
    if (node.type === 'ImportDeclaration') {
      for (const each of node.specifiers) {
        const name = each.type === 'ImportSpecifier' ? (keyName(each.imported, false) ?? '') : each.type === 'ImportDefaultSpecifier' ? 'default' : '*';
        imports.set(each.local.name, { specifier: String(node.source.value), name });
      }
    } else if (node.type === 'ExportNamedDeclaration') {
      const specifier = node.source ? String(node.source.value) : undefined;
      for (const each of node.specifiers) reexports.set(keyName(each.exported, false) ?? '', { specifier, name: keyName(each.local, false) ?? '' });
    } else if (node.type === 'ExportAllDeclaration' && !node.exported) stars.push(String(node.source.value));
  }
  return { imports, reexports, stars };
}

/** Comments that have their lines to themselves, by the line that they end on; one line after the other is one comment. */
function commentLines(code: string, comments: readonly Comment[]): ReadonlyMap<number, string> {
  const lines = new Map<number, string>();
  for (const { type, value, start, loc } of comments) {
    const before = code.slice(code.lastIndexOf('\n', start - 1) + 1, start);
    if (!loc || before.trim() !== '') continue;
    const text = type === 'Line' ? value.trim() : value.replaceAll(/^\s*\*+ ?/gm, '').trim();
    if (text === '' || /^(oxlint|eslint|biome|prettier|@ts-|@vite|c8 |v8 )/.test(text)) continue;
    const earlier = type === 'Line' ? lines.get(loc.start.line - 1) : undefined;
    lines.set(loc.end.line, (earlier === undefined ? text : `${earlier} ${text}`).replaceAll(/\s+/g, ' ').slice(0, noteMax));
  }
  return lines;
}
