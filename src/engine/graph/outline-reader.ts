import type { AnyNode, CallExpression, SwitchStatement, TryStatement } from 'acorn';
import type { Reference } from './definition-names.ts';
import type { FlowOutline, OutlineBranch, OutlineEnd, OutlineNode, OutlineStep } from './flow-outline.ts';
import { frameOf, frameWithin, isContext, learnsAlias, referenceOf, runOf, verbOf, type Frame } from './outline-frame.ts';
import { conditionWords, firstSentence, nameInWords, tidyText, type NamedPlace } from './outline-words.ts';
import type { SourceFiles } from './source-files.ts';
import type { SourceModule } from './source-module.ts';
import { bare, isFunction, keyName, lineOf, partsOf, propertyOf, textLiteral, visit, type FunctionNode } from './syntax.ts';
import type { Verb } from './verb.ts';

/** What a step is about. */
export interface About {
  readonly node: string | undefined;
  readonly title: string;
  readonly system: string | undefined;
}

/** What the reader asks of those who know the landscape. */
export interface OutlineParts {
  readonly files: SourceFiles;
  /** The landscape's folder, with its last separator. */
  readonly root: string;
  about(verb: Verb, reference: Reference | undefined): About;
  /** The limit that a name means, under the environment's values. */
  limit(reference: Reference): { readonly name: string; readonly value: string } | undefined;
}

/** Nodes of one outline, and functions within functions. */
const nodesMax = 500;
const depthMax = 8;
const turning = new Set(['map', 'flatMap', 'forEach', 'filter', 'reduce', 'some', 'every', 'find']);
/** These begin all turns before one has ended. */
const atOnce = new Set(['map', 'flatMap', 'forEach']);
const together = new Set(['Promise.all', 'Promise.allSettled', 'Promise.race', 'Promise.any']);

interface Reading extends OutlineParts {
  /** The statement that is read, until its comment was given to something. */
  statement: AnyNode | undefined;
  partial: boolean;
  nodes: number;
  readonly numbers: Map<string, number>;
  readonly named: NamedPlace[];
  readonly seen: Set<CallExpression>;
}

/** The outline of a flow that `call` declares; `definer` is its `defineFlow(…)`. */
export function readOutline(parts: OutlineParts, module: SourceModule, definer: CallExpression): FlowOutline {
  const reading: Reading = { ...parts, statement: undefined, partial: false, nodes: 0, numbers: new Map(), named: [], seen: new Set() };
  const note = module.commentAbove(lineOf(definer));
  const home = runOf(module, definer.arguments[0]) ?? importedRun(parts, module, definer);
  const [run, from] = home && 'module' in home ? [home.run, home.module] : [home, module];
  const frame = run && frameOf(from, run, 0);
  if (!run || !frame) return { note, nodes: [], partial: run === undefined };
  const nodes = functionBody(reading, frame, run);
  noticeUnseen(reading, frame);
  return { note, nodes, partial: reading.partial };
}

/** A `run` that comes from another file. */
function importedRun({ files }: OutlineParts, module: SourceModule, definer: CallExpression): { readonly module: SourceModule; readonly run: FunctionNode } | undefined {
  const run = propertyOf(definer.arguments[0], 'run');
  const found = run?.type === 'Identifier' ? module.imports.get(run.name) : undefined;
  const target = found && files.imported(module.file, found.specifier);
  const [declared] = (found && target?.functions.get(found.name)) ?? [];
  return target && declared && { module: target, run: declared };
}

/** Steps of the function that stand where the reader does not look, such as in a table of functions. */
function noticeUnseen(reading: Reading, frame: Frame): void {
  visit(frame.scope, (node) => {
    if (node.type === 'CallExpression' && verbOf(frame, node.callee) && !reading.seen.has(node)) reading.partial = true;
  });
}

function functionBody(reading: Reading, frame: Frame, node: FunctionNode): readonly OutlineNode[] {
  const nodes = node.body.type === 'BlockStatement' ? statements(reading, frame, node.body.body) : expression(reading, frame, node.body);
  const last = nodes.at(-1);
  // The end of a function needs no sign.
  return last?.kind === 'end' && last.by === 'return' && last.leaves !== 'flow' ? nodes.slice(0, -1) : nodes;
}

function statements(reading: Reading, frame: Frame, list: readonly AnyNode[]): readonly OutlineNode[] {
  const nodes: OutlineNode[] = [];
  for (const each of list) {
    nodes.push(...statement(reading, frame, each));
    // Nothing after it is ever done.
    if (/^(Return|Throw|Break|Continue)Statement$/.test(each.type)) break;
  }
  return nodes;
}

function statement(reading: Reading, frame: Frame, node: AnyNode): readonly OutlineNode[] {
  reading.statement = node;
  if (node.type === 'BlockStatement') return statements(reading, frame, node.body);
  if (node.type === 'ExpressionStatement') return expression(reading, frame, node.expression);
  if (node.type === 'VariableDeclaration') return node.declarations.flatMap((each) => (each.init ? declarator(reading, frame, each.id, each.init) : []));
  if (node.type === 'ReturnStatement') return [...(node.argument ? expression(reading, frame, node.argument) : []), ...end(reading, frame, node, frame.leaves, 'return')];
  if (node.type === 'ThrowStatement') return [...expression(reading, frame, node.argument), ...end(reading, frame, node, 'flow', 'throw')];
  if (node.type === 'ContinueStatement') return end(reading, frame, node, 'turn', 'continue');
  if (node.type === 'BreakStatement') return end(reading, frame, node, 'loop', 'break');
  if (node.type === 'IfStatement') {
    const { consequent, alternate } = node;
    return fork(reading, frame, node, node.test, [() => statement(reading, frame, consequent), () => (alternate ? statement(reading, frame, alternate) : [])]);
  }
  if (node.type === 'ForOfStatement' || node.type === 'ForInStatement')
    return [...expression(reading, frame, node.right), ...loop(reading, frame, node, node.right, 'each', node.body)];
  if (node.type === 'WhileStatement' || node.type === 'DoWhileStatement') return loop(reading, frame, node, node.test, 'while', node.body);
  if (node.type === 'ForStatement') return [...(node.init ? statement(reading, frame, node.init) : []), ...loop(reading, frame, node, node.test ?? node, 'while', node.body)];
  if (node.type === 'TryStatement') return attempted(reading, frame, node);
  if (node.type === 'SwitchStatement') return [...expression(reading, frame, node.discriminant), ...cases(reading, frame, node, 0)];
  if (node.type === 'LabeledStatement') return statement(reading, frame, node.body);
  return node.type === 'AssignmentExpression' ? expression(reading, frame, node) : [];
}

function declarator(reading: Reading, frame: Frame, pattern: AnyNode, value: AnyNode): readonly OutlineNode[] {
  if (learnsAlias(frame, pattern, value)) return [];
  const nodes = expression(reading, frame, value);
  const plain = bare(value);
  const answer = reading.named.findLast(({ module, start, end: to }) => module === frame.module && start === plain.start && to === plain.end);
  if (answer && pattern.type === 'Identifier') frame.answers.set(pattern.name, answer);
  return nodes;
}

function expression(reading: Reading, frame: Frame, node: AnyNode): readonly OutlineNode[] {
  const plain = bare(node);
  if (plain.type === 'CallExpression') return call(reading, frame, plain);
  if (plain.type === 'ConditionalExpression') {
    return fork(reading, frame, plain, plain.test, [() => expression(reading, frame, plain.consequent), () => expression(reading, frame, plain.alternate)]);
  }
  if (plain.type === 'LogicalExpression') {
    const right = (): readonly OutlineNode[] => expression(reading, frame, plain.right);
    return fork(reading, frame, plain, plain.left, plain.operator === '&&' ? [right, () => []] : [() => [], right]);
  }
  if (plain.type === 'MemberExpression') {
    // `flow.now()` is no step, and no way to one.
    if (isContext(frame, plain.object)) return [];
    return [...expression(reading, frame, plain.object), ...(plain.computed ? expression(reading, frame, plain.property) : [])];
  }
  if (plain.type === 'Property') return expression(reading, frame, plain.value);
  // What a function does is done where it is called.
  if (isFunction(plain) || plain.type === 'ClassExpression') return [];
  // The context goes where the reader cannot follow.
  if (isContext(frame, plain)) reading.partial = true;
  return partsOf(plain).flatMap((part) => expression(reading, frame, part));
}

function call(reading: Reading, frame: Frame, node: CallExpression): readonly OutlineNode[] {
  const verb = verbOf(frame, node.callee);
  if (verb) return step(reading, frame, node, verb);
  const callee = bare(node.callee);
  const name = frame.module.code.slice(callee.start, callee.end);
  const [first] = node.arguments;
  if (together.has(name) && first?.type === 'ArrayExpression') return parallel(reading, frame, node, first.elements);
  const inner = part(reading, frame, node) ?? turns(reading, frame, node);
  if (inner) return inner;
  const own = isFunction(callee) ? inlined(reading, frame, callee, node) : expression(reading, frame, callee);
  return [...own, ...node.arguments.flatMap((argument) => (isFunction(argument) ? inlined(reading, frame, argument, node) : expression(reading, frame, argument)))];
}

/** A function that is given to something that calls it. */
function inlined(reading: Reading, frame: Frame, node: FunctionNode, at: CallExpression): readonly OutlineNode[] {
  const inner = frameWithin(frame, frame.module, node, at, 'turn');
  return inner && isShallow(reading, inner) ? functionBody(reading, inner, node) : [];
}

function isShallow(reading: Reading, { stack }: Frame): boolean {
  const shallow = stack.length <= depthMax && new Set(stack).size === stack.length;
  if (!shallow) reading.partial = true;
  return shallow;
}

function step(reading: Reading, frame: Frame, node: CallExpression, verb: Verb): readonly OutlineNode[] {
  reading.seen.add(node);
  const [first, second, third] = node.arguments;
  const options = verb === 'waitFor' || verb === 'raise' ? second : third;
  const within = node.arguments.flatMap((argument) => {
    if (argument.type !== 'ObjectExpression') return isFunction(argument) ? [] : expression(reading, frame, argument);
    return argument.properties.flatMap((property) => expression(reading, frame, property));
  });
  const reference = verb === 'sleep' || verb === 'compensate' ? undefined : referenceOf(frame, first);
  const about = reading.about(verb, reference);
  const lasts = verb === 'sleep' ? first : propertyOf(options, verb === 'waitFor' ? 'within' : 'maxAge');
  const span = lasts && spanOf(reading, frame, lasts);
  const as = propertyOf(options, 'as');
  const title = verb === 'sleep' && span ? `Sleep ${span.text}` : about.title;
  const placed = place(reading, frame, node, 'step');
  if (!placed) return within;
  reading.named.push({ module: frame.module, start: node.start, end: node.end, title, verb });
  const made: OutlineStep = {
    ...placed,
    kind: 'step',
    verb,
    title,
    identifier: reference?.text,
    node: about.node,
    system: about.system,
    ...(as && { as: textLiteral(as) ?? tidyText(frame.module, as, []) }),
    ...(span && (verb === 'post' ? { maxAge: span.text } : { within: span.text })),
    ...(span?.limit !== undefined && { limit: span.limit }),
    undo: propertyOf(options, 'undo') !== undefined,
  };
  return [...within, made];
}

function spanOf(reading: Reading, frame: Frame, node: AnyNode): { readonly text: string; readonly limit: string | undefined } {
  const written = textLiteral(node);
  const reference = referenceOf(frame, node);
  const limit = reference && reading.limit(reference);
  return { text: written ?? limit?.value ?? tidyText(frame.module, node, []), limit: limit?.name };
}

/** A function of the landscape that the flow is handed to. */
function part(reading: Reading, frame: Frame, node: CallExpression): readonly OutlineNode[] | undefined {
  const found = calledFunction(reading, frame, node);
  const inner = found && frameWithin(frame, found.module, found.called, node, 'part');
  if (!found || !inner) return undefined;
  const before = node.arguments.flatMap((argument) => (isContext(frame, argument) || argument.type === 'ObjectExpression' ? [] : expression(reading, frame, argument)));
  if (!isShallow(reading, inner)) return before;
  const placed = place(reading, frame, node, 'part');
  if (!placed) return before;
  const children = functionBody(reading, inner, found.called);
  if (inner.scope === found.called) noticeUnseen(reading, inner);
  if (!children.some(isWorthTelling)) return before;
  const { name } = found;
  const doc = found.module.commentAbove(lineOf(found.called));
  const title = doc === undefined ? nameInWords(name) : firstSentence(doc);
  reading.named.push({ module: frame.module, start: node.start, end: node.end, title: nameInWords(name), verb: 'call' });
  return [...before, { ...placed, kind: 'part', name, title, ...(found.module !== frame.module && { file: inFolder(reading, found.module.file) }), children }];
}

function inFolder({ root }: OutlineParts, file: string): string {
  return file.slice(root.length).replaceAll('\\', '/');
}

function calledFunction(
  { files }: Reading,
  { module }: Frame,
  node: CallExpression,
): { readonly module: SourceModule; readonly called: FunctionNode; readonly name: string } | undefined {
  const callee = bare(node.callee);
  // `steps.tell(flow)` of `import * as steps`.
  const member = callee.type === 'MemberExpression' && callee.object.type === 'Identifier' ? keyName(callee.property, callee.computed) : undefined;
  const local = callee.type === 'Identifier' ? callee.name : callee.type === 'MemberExpression' && callee.object.type === 'Identifier' ? callee.object.name : undefined;
  if (local === undefined) return undefined;
  const imported = module.imports.get(local);
  const home = imported ? files.imported(module.file, imported.specifier) : module;
  const name = member === undefined ? (imported?.name ?? local) : imported?.name === '*' ? member : undefined;
  const called = name === undefined ? undefined : home?.functions.get(name)?.[0];
  return home && called && name !== undefined ? { module: home, called, name } : undefined;
}

/** `orders.map(async (order) => …)`. */
function turns(reading: Reading, frame: Frame, node: CallExpression): readonly OutlineNode[] | undefined {
  const callee = bare(node.callee);
  const method = callee.type === 'MemberExpression' ? (keyName(callee.property, callee.computed) ?? '') : '';
  const [given] = node.arguments;
  const called = given?.type === 'Identifier' ? frame.module.functions.get(given.name)?.[0] : isFunction(given) ? given : undefined;
  if (callee.type !== 'MemberExpression' || !turning.has(method) || !called) return undefined;
  const inner = frameWithin(frame, frame.module, called, node, 'turn');
  const before = expression(reading, frame, callee.object);
  const placed = inner && isShallow(reading, inner) ? place(reading, frame, node, 'loop') : undefined;
  const children = inner && placed ? functionBody(reading, inner, called) : [];
  if (!placed || !children.some(isWorthTelling)) return before;
  return [...before, { ...placed, kind: 'loop', over: tidyText(frame.module, callee.object, reading.named), form: 'each', parallel: atOnce.has(method), children }];
}

function parallel(reading: Reading, frame: Frame, node: CallExpression, elements: readonly (AnyNode | null)[]): readonly OutlineNode[] {
  const placed = place(reading, frame, node, 'parallel');
  const lanes = elements.map((element) => (element ? expression(reading, frame, element) : [])).filter((lane) => lane.length > 0);
  if (!placed || lanes.length <= 1) return lanes.flat();
  const children = lanes.map((lane): OutlineNode => {
    const [only, ...more] = lane;
    return only && more.length === 0 ? only : { id: number(reading, 'part'), kind: 'part', name: '', title: '', line: only?.line ?? placed.line, children: lane };
  });
  return [{ ...placed, kind: 'parallel', children }];
}

type Placed = Pick<OutlineNode, 'id' | 'line' | 'note'>;

function branch(placed: Placed, asks: Pick<OutlineBranch, 'condition' | 'words'>, then: readonly OutlineNode[], otherwise: readonly OutlineNode[]): OutlineBranch {
  // Nobody takes a list for something to wait for.
  // oxlint-disable-next-line unicorn/no-thenable
  return { ...placed, kind: 'branch', ...asks, then, otherwise };
}

/** Reads the test, then both ways; a fork that leads nowhere is none. */
function fork(reading: Reading, frame: Frame, node: AnyNode, test: AnyNode, ways: readonly [() => readonly OutlineNode[], () => readonly OutlineNode[]]): readonly OutlineNode[] {
  const before = expression(reading, frame, test);
  const placed = place(reading, frame, node, 'branch');
  const condition = tidyText(frame.module, test, reading.named);
  const words = conditionWords(frame, test, reading.named);
  const [then, otherwise] = [ways[0](), ways[1]()];
  if (!placed || (then.length === 0 && otherwise.length === 0)) return [...before, ...then, ...otherwise];
  return [...before, branch(placed, { condition, ...(words !== undefined && { words }) }, then, otherwise)];
}

function loop(reading: Reading, frame: Frame, node: AnyNode, over: AnyNode, form: 'each' | 'while', body: AnyNode): readonly OutlineNode[] {
  const placed = place(reading, frame, node, 'loop');
  const test = form === 'while' && over !== node ? expression(reading, frame, over) : [];
  const children = [...test, ...statement(reading, frame, body)];
  const last = children.at(-1);
  if (last?.kind === 'end' && last.by === 'continue') children.pop();
  if (!placed || !children.some(isWorthTelling)) return [];
  const words = form === 'while' && over !== node ? conditionWords(frame, over, reading.named) : undefined;
  const text = over === node ? '' : tidyText(frame.module, over, reading.named);
  return [{ ...placed, kind: 'loop', over: text, ...(words !== undefined && { words }), form, parallel: false, children }];
}

/** What a `catch` does is a way of its own. */
function attempted(reading: Reading, frame: Frame, { block, handler, finalizer }: TryStatement): readonly OutlineNode[] {
  const tried = statements(reading, frame, block.body);
  if (handler) reading.statement = handler;
  const placed = handler && place(reading, frame, handler, 'branch');
  const then = handler ? statements(reading, frame, handler.body.body) : [];
  const caught: readonly OutlineNode[] = placed && then.length > 0 ? [branch(placed, { condition: 'an error is thrown' }, then, [])] : [];
  return [...tried, ...caught, ...(finalizer ? statements(reading, frame, finalizer.body) : [])];
}

/** Each case is a fork, with the later ones on its other way. */
function cases(reading: Reading, frame: Frame, node: SwitchStatement, from: number): readonly OutlineNode[] {
  let at = from;
  while (node.cases[at]?.consequent.length === 0 && at < node.cases.length - 1) at += 1;
  const own = node.cases.slice(from, at + 1);
  const first = own[0];
  if (!first) return [];
  reading.statement = first;
  const placed = place(reading, frame, first, 'branch');
  const fallen = node.cases.slice(at).flatMap(({ consequent }) => consequent);
  const left = fallen.findIndex(({ type }) => /^(Return|Throw|Break|Continue)Statement$/.test(type));
  const done = left === -1 ? fallen : fallen.slice(0, fallen[left]?.type === 'BreakStatement' ? left : left + 1);
  const then = statements(reading, frame, done);
  const tests = own.flatMap(({ test }) => test ?? []);
  if (tests.length < own.length) return then;
  const otherwise = cases(reading, frame, node, at + 1);
  if (!placed || (then.length === 0 && otherwise.length === 0)) return [];
  const condition = `${tidyText(frame.module, node.discriminant, reading.named)} is ${tests.map((test) => tidyText(frame.module, test, [])).join(' or ')}`;
  return [branch(placed, { condition }, then, otherwise)];
}

function end(reading: Reading, frame: Frame, node: AnyNode, leaves: OutlineEnd['leaves'], by: OutlineEnd['by']): readonly OutlineNode[] {
  const placed = place(reading, frame, node, 'end');
  return placed ? [{ ...placed, kind: 'end', leaves, by }] : [];
}

/** Whether anybody would miss a loop or part with this in it. */
function isWorthTelling(node: OutlineNode): boolean {
  if (node.kind === 'end') return node.leaves === 'flow';
  return node.kind !== 'branch' || [...node.then, ...node.otherwise].some(isWorthTelling);
}

/** Id, line and comment of a node; undefined where there are too many. */
function place(reading: Reading, frame: Frame, node: AnyNode, kind: OutlineNode['kind']): Placed | undefined {
  reading.nodes += 1;
  if (reading.nodes > nodesMax) {
    reading.partial = true;
    return undefined;
  }
  const line = lineOf(node);
  const lines = reading.statement ? [line, lineOf(reading.statement)] : [line];
  const noted = lines.find((each) => frame.module.commentAbove(each) !== undefined && !frame.noted.has(each));
  const note = noted === undefined ? undefined : frame.module.commentAbove(noted);
  if (noted !== undefined) frame.noted.add(noted);
  reading.statement = undefined;
  return { id: number(reading, kind), line, ...(note !== undefined && { note }) };
}

function number({ numbers }: Reading, kind: string): string {
  const next = (numbers.get(kind) ?? 0) + 1;
  numbers.set(kind, next);
  return `${kind}-${next}`;
}
