import { parseSync, Visitor } from 'rolldown/utils';

/** What one source file says of itself, as far as the shape of the tree goes. Lines count from 1. */
export interface SourceFile {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly { readonly specifier: string; readonly line: number; readonly typeOnly: boolean }[];
  /** Own lines: those of functions inside count for these alone, so that a factory is as long as what it does itself. */
  readonly functions: readonly { readonly line: number; readonly lines: number }[];
  /** Uses of clock, chance, timers and environment by name. */
  readonly impurities: readonly { readonly what: string; readonly line: number }[];
  /** Constructs that the style does without, e.g. `enum`. */
  readonly refused: readonly { readonly what: string; readonly line: number }[];
  /** Casts (`as` other than `as const`) with no comment at their statement. */
  readonly bareCasts: readonly number[];
  /** Whether it does nothing but hand on what others export. */
  readonly barrel: boolean;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

const timers = new Set(['setTimeout', 'setInterval']);
const members = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'process.env',
  'process.argv',
  'process.exit',
  'process.hrtime',
  'AbortSignal.timeout',
  'crypto.randomUUID',
]);
const chance = new Set(['randomUUID', 'randomBytes', 'randomInt', 'getRandomValues']);

/** Parses one file. A file that does not parse is an error of the test's own making and throws. */
export function sourceFile(path: string, text: string): SourceFile {
  const { program, module, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);
  const lineOf = lineFinder(text);
  const functions: Range[] = [];
  const impurities: { what: string; line: number }[] = [];
  const refused: { what: string; line: number }[] = [];
  const casts: Range[] = [];
  const statements: Range[] = [];
  const imports = importsOf(module, text, lineOf);

  const keep = (list: Range[]) => (node: Range) => void list.push(node);
  const refuse = (what: string) => (node: Range) => void refused.push({ what, line: lineOf(node.start) });
  const impure = (what: string, node: Range) => void impurities.push({ what, line: lineOf(node.start) });
  new Visitor({
    FunctionDeclaration: keep(functions),
    FunctionExpression: keep(functions),
    ArrowFunctionExpression: keep(functions),
    VariableDeclaration: keep(statements),
    ExpressionStatement: keep(statements),
    ReturnStatement: keep(statements),
    IfStatement: keep(statements),
    ForOfStatement: keep(statements),
    ThrowStatement: keep(statements),
    Property: keep(statements),
    ExportDefaultDeclaration: refuse('a default export'),
    TSEnumDeclaration: refuse('an enum'),
    TSModuleDeclaration: refuse('a namespace'),
    Decorator: refuse('a decorator'),
    TSImportType(node) {
      imports.push({ specifier: node.source.value, line: lineOf(node.start), typeOnly: true });
    },
    TSAsExpression(node) {
      if (text.slice(node.typeAnnotation.start, node.typeAnnotation.end) !== 'const') casts.push(node);
    },
    Identifier(node) {
      if (timers.has(node.name) || chance.has(node.name)) impure(node.name, node);
    },
    MemberExpression(node) {
      if (node.computed || node.object.type !== 'Identifier' || node.property.type !== 'Identifier') return;
      const name = `${node.object.name}.${node.property.name}`;
      if (members.has(name) && !chance.has(node.property.name)) impure(name, node);
    },
    NewExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0) impure('new Date()', node);
    },
  }).visit(program);

  const commentLines = new Set<number>();
  for (const { start, end } of comments) for (let line = lineOf(start); line <= lineOf(end); line += 1) commentLines.add(line);
  return {
    path,
    lines: text.endsWith('\n') ? lineOf(text.length) - 1 : lineOf(text.length),
    imports,
    functions: functions.map((one) => ({ line: lineOf(one.start), lines: ownLines(one, functions, lineOf) })),
    impurities,
    refused,
    bareCasts: casts.filter((cast) => !isExplained(cast, statements, commentLines, lineOf)).map((cast) => lineOf(cast.start)),
    barrel: program.body.length > 0 && program.body.every((node) => (node.type === 'ExportNamedDeclaration' || node.type === 'ExportAllDeclaration') && node.source !== null),
  };
}

type Module = ReturnType<typeof parseSync>['module'];

function importsOf(module: Module, text: string, lineOf: (offset: number) => number): { specifier: string; line: number; typeOnly: boolean }[] {
  const imports = module.staticImports.map(({ moduleRequest, entries, start }) => ({
    specifier: moduleRequest.value,
    line: lineOf(start),
    typeOnly: entries.length > 0 && entries.every((entry) => entry.isType),
  }));
  for (const { entries, start } of module.staticExports) {
    const from = entries.find((entry) => entry.moduleRequest !== null)?.moduleRequest;
    if (from) imports.push({ specifier: from.value, line: lineOf(start), typeOnly: entries.every((entry) => entry.isType) });
  }
  for (const { moduleRequest, start } of module.dynamicImports) {
    const literal = /^(['"`])(.*)\1$/s.exec(text.slice(moduleRequest.start, moduleRequest.end))?.[2];
    if (literal !== undefined) imports.push({ specifier: literal, line: lineOf(start), typeOnly: false });
  }
  return imports;
}

/** The lines of a function less those that lie wholly within functions inside it. */
function ownLines(one: Range, functions: readonly Range[], lineOf: (offset: number) => number): number {
  const inside = new Set<number>();
  for (const other of functions) {
    if (other === one || other.start < one.start || other.end > one.end) continue;
    for (let line = lineOf(other.start) + 1; line <= lineOf(other.end); line += 1) inside.add(line);
  }
  return lineOf(one.end) - lineOf(one.start) + 1 - inside.size;
}

/** A comment stands on the line above the innermost statement around the cast, or between there and its end. */
function isExplained(cast: Range, statements: readonly Range[], commentLines: ReadonlySet<number>, lineOf: (offset: number) => number): boolean {
  const around = statements.filter(({ start, end }) => start <= cast.start && cast.end <= end).sort((a, b) => b.start - a.start)[0] ?? cast;
  for (let line = lineOf(around.start) - 1; line <= lineOf(cast.end); line += 1) if (commentLines.has(line)) return true;
  return false;
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
