import type { AnonymousFunctionDeclaration, AnyNode, ArrowFunctionExpression, CallExpression, FunctionDeclaration, FunctionExpression } from 'acorn';

export type FunctionNode = FunctionDeclaration | AnonymousFunctionDeclaration | FunctionExpression | ArrowFunctionExpression;

export function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value;
}

export function isFunction(node: AnyNode | null | undefined): node is FunctionNode {
  return node?.type === 'FunctionDeclaration' || node?.type === 'FunctionExpression' || node?.type === 'ArrowFunctionExpression';
}

/** What a node consists of, in the order of the source. */
export function partsOf(node: AnyNode): readonly AnyNode[] {
  const parts: AnyNode[] = [];
  eachPart(node, (part) => void parts.push(part));
  return parts.sort((a, b) => a.start - b.start);
}

/** Calls `look` with the node and everything in it, outside first. */
export function visit(node: AnyNode, look: (node: AnyNode) => void): void {
  look(node);
  eachPart(node, (part) => visit(part, look));
}

function eachPart(node: AnyNode, look: (part: AnyNode) => void): void {
  // The values of an object are of unknown types, whatever is said of it.
  for (const value of Object.values(node) as readonly unknown[]) {
    if (Array.isArray(value)) {
      // So are those of an array.
      for (const each of value as readonly unknown[]) if (isNode(each)) look(each);
    } else if (isNode(value)) look(value);
  }
}

/** From 1. */
export function lineOf(node: AnyNode): number {
  return node.loc?.start.line ?? 0;
}

/** The expression without what does not change what it stands for: `await`, brackets, `?.`. */
export function bare(node: AnyNode): AnyNode {
  if (node.type === 'AwaitExpression') return bare(node.argument);
  if (node.type === 'ParenthesizedExpression' || node.type === 'ChainExpression') return bare(node.expression);
  return node;
}

/** `signals.throughput` of an expression that is only names; undefined for every other. */
export function dotted(node: AnyNode): string | undefined {
  const plain = bare(node);
  if (plain.type === 'Identifier') return plain.name;
  if (plain.type !== 'MemberExpression') return undefined;
  const of = dotted(plain.object);
  const key = keyName(plain.property, plain.computed);
  return of === undefined || key === undefined ? undefined : `${of}.${key}`;
}

/** The name of a property: an identifier, or a text. */
export function keyName(key: AnyNode, computed: boolean): string | undefined {
  if (key.type === 'Identifier') return computed ? undefined : key.name;
  return textLiteral(key);
}

export function textLiteral(node: AnyNode | undefined): string | undefined {
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
}

/** The value of a property of an object that is written out. */
export function propertyOf(node: AnyNode | undefined, name: string): AnyNode | undefined {
  if (node?.type !== 'ObjectExpression') return undefined;
  for (const property of node.properties) if (property.type === 'Property' && keyName(property.key, property.computed) === name) return property.value;
  return undefined;
}

export function isCallOf(node: AnyNode, name: RegExp): node is CallExpression {
  return node.type === 'CallExpression' && name.test(dotted(node.callee)?.split('.').at(-1) ?? '');
}
