import type { AnyNode, CallExpression } from 'acorn';
import type { Reference } from './definition-names.ts';
import type { SourceModule } from './source-module.ts';
import { bare, dotted, isFunction, keyName, lineOf, propertyOf, type FunctionNode } from './syntax.ts';
import { verbs, type Verb } from './verb.ts';

/** What a variable holds, where that is the answer of a step. */
export interface Answer {
  readonly verb: Verb;
  readonly title: string;
}

/** A function of the flow while it is read: by which names it knows the flow's context. */
export interface Frame {
  readonly module: SourceModule;
  /** The function whose own names these are; functions within it know them too. */
  readonly scope: FunctionNode;
  /** Functions that are being read, so that one that calls itself ends. */
  readonly stack: readonly FunctionNode[];
  /** `flow`, or `parts.flow`. */
  readonly contexts: Set<string>;
  /** `call`, where the context was taken apart. */
  readonly verbs: Map<string, Verb>;
  /** What was given for a parameter. */
  readonly given: ReadonlyMap<string, Reference>;
  readonly answers: Map<string, Answer>;
  /** Lines whose comment was given to a node, or is the function's own. */
  readonly noted: Set<number>;
  /** What a `return` leaves. */
  readonly leaves: 'flow' | 'part' | 'turn';
}

/** The frame of a function that gets the context as its parameter `index`. */
export function frameOf(module: SourceModule, scope: FunctionNode, index: number): Frame | undefined {
  const frame: Frame = {
    module,
    scope,
    stack: [scope],
    contexts: new Set(),
    verbs: new Map(),
    given: new Map(),
    answers: new Map(),
    noted: new Set([lineOf(scope)]),
    leaves: 'flow',
  };
  const parameter = scope.params[index];
  if (!parameter) return undefined;
  know(frame, parameter);
  return frame;
}

/** The frame of `called` for a call that hands the context over; undefined where it does not, and `called` cannot see it either. */
export function frameWithin(frame: Frame, module: SourceModule, called: FunctionNode, call: CallExpression, leaves: Frame['leaves']): Frame | undefined {
  const stack = [...frame.stack, called];
  const inner: Frame = {
    module,
    scope: called,
    stack,
    contexts: new Set(),
    verbs: new Map(),
    given: given(frame, called, call),
    answers: new Map(),
    noted: new Set([lineOf(called)]),
    leaves,
  };
  call.arguments.forEach((argument, index) => {
    const parameter = called.params[index];
    if (!parameter) return;
    if (isContext(frame, argument)) know(inner, parameter);
    else if (argument.type === 'ObjectExpression') knowIn(frame, inner, argument, parameter);
  });
  if (inner.contexts.size > 0 || inner.verbs.size > 0) return inner;
  const sees = module === frame.module && called.start >= frame.scope.start && called.end <= frame.scope.end;
  return sees ? { ...frame, stack, leaves } : undefined;
}

/** Learns a name of the context: `flow`, or `{ call, waitFor }`. */
function know(frame: Frame, pattern: AnyNode): void {
  if (pattern.type === 'AssignmentPattern') know(frame, pattern.left);
  else if (pattern.type === 'Identifier') frame.contexts.add(pattern.name);
  else if (pattern.type === 'ObjectPattern') {
    for (const property of pattern.properties) {
      const verb = property.type === 'Property' ? verbNamed(keyName(property.key, property.computed)) : undefined;
      if (verb && property.type === 'Property' && property.value.type === 'Identifier') frame.verbs.set(property.value.name, verb);
    }
  }
}

/** Learns the context out of an object that it is handed over in. */
function knowIn(frame: Frame, inner: Frame, argument: AnyNode, parameter: AnyNode): void {
  if (argument.type !== 'ObjectExpression') return;
  for (const property of argument.properties) {
    if (property.type !== 'Property' || !isContext(frame, property.value)) continue;
    const key = keyName(property.key, property.computed) ?? '';
    if (parameter.type === 'Identifier') inner.contexts.add(`${parameter.name}.${key}`);
    if (parameter.type !== 'ObjectPattern') continue;
    for (const each of parameter.properties) if (each.type === 'Property' && keyName(each.key, each.computed) === key) know(inner, each.value);
  }
}

/** The references that a call hands over, by the names of the parameters. */
function given(frame: Frame, called: FunctionNode, call: CallExpression): ReadonlyMap<string, Reference> {
  const references = new Map<string, Reference>();
  call.arguments.forEach((argument, index) => {
    const parameter = called.params[index];
    const reference = referenceOf(frame, argument);
    if (parameter?.type === 'Identifier' && reference) references.set(parameter.name, reference);
  });
  return references;
}

/** `const ctx = flow`, `const { call } = flow`: other names of the context. Whether it was that. */
export function learnsAlias(frame: Frame, pattern: AnyNode, value: AnyNode): boolean {
  if (!isContext(frame, value)) return false;
  know(frame, pattern);
  return true;
}

export function isContext(frame: Frame, node: AnyNode): boolean {
  const name = dotted(node);
  return name !== undefined && frame.contexts.has(name);
}

/** The verb that is called; undefined where it is none of the context's. */
export function verbOf(frame: Frame, callee: AnyNode): Verb | undefined {
  const plain = bare(callee);
  if (plain.type === 'Identifier') return frame.verbs.get(plain.name);
  return plain.type === 'MemberExpression' && isContext(frame, plain.object) ? verbNamed(keyName(plain.property, plain.computed)) : undefined;
}

function verbNamed(name: string | undefined): Verb | undefined {
  return verbs.find((verb) => verb === name);
}

/** What an expression names, parameters replaced by what was given for them. */
export function referenceOf(frame: Frame, node: AnyNode | undefined): Reference | undefined {
  const text = node && dotted(node);
  if (text === undefined) return undefined;
  const [head = '', ...rest] = text.split('.');
  const known = frame.given.get(head);
  return known ? { module: known.module, text: [known.text, ...rest].join('.') } : { module: frame.module, text };
}

/** The `run` of what is given to `defineFlow`: a function, or the name of one of the file. */
export function runOf(module: SourceModule, spec: AnyNode | undefined): FunctionNode | undefined {
  const run = propertyOf(spec, 'run');
  if (!run) return undefined;
  const plain = bare(run);
  if (isFunction(plain)) return plain;
  return plain.type === 'Identifier' ? module.functions.get(plain.name)?.[0] : undefined;
}
