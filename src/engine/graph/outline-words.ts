import type { AnyNode } from 'acorn';
import type { Answer, Frame } from './outline-frame.ts';
import type { SourceModule } from './source-module.ts';
import { bare, keyName } from './syntax.ts';

/** A step or part that stands in an expression, and what it is called. */
export interface NamedPlace extends Answer {
  readonly module: SourceModule;
  readonly start: number;
  readonly end: number;
}

const textMax = 120;

/** The source text of an expression in one line: steps by their titles, no comments, at most 120 characters. */
export function tidyText(module: SourceModule, node: AnyNode, named: readonly NamedPlace[]): string {
  const within = named.filter((place) => place.module === module && place.start >= node.start && place.end <= node.end);
  let text = '';
  let at = node.start;
  for (const { start, end, title } of within.sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at) continue;
    text += `${module.code.slice(at, start)}"${title}"`;
    at = end;
  }
  text += module.code.slice(at, node.end);
  return shortened(
    text
      .replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ')
      .replaceAll(/\bawait\s+/g, '')
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/([([]) | (?=[)\],;.])/g, '$1')
      .trim(),
  );
}

export function shortened(text: string): string {
  return text.length <= textMax ? text : `${text.slice(0, textMax - 1)}…`;
}

/** A condition in words: what became of a step that it asks about, or else its names as words; undefined for what is neither. */
export function conditionWords(frame: Frame, test: AnyNode, named: readonly NamedPlace[]): string | undefined {
  const told = toldBy(frame, test, named);
  return told && shortened(told.yes);
}

interface Told {
  readonly yes: string;
  readonly no: string;
}

function toldBy(frame: Frame, node: AnyNode, named: readonly NamedPlace[]): Told | undefined {
  const plain = bare(node);
  if (plain.type === 'UnaryExpression' && plain.operator === '!') {
    const told = toldBy(frame, plain.argument, named);
    return told && { yes: told.no, no: told.yes };
  }
  if (plain.type === 'LogicalExpression' && plain.operator !== '??') {
    const [left, right] = [toldBy(frame, plain.left, named), toldBy(frame, plain.right, named)];
    const [word, other] = plain.operator === '||' ? ['or', 'and'] : ['and', 'or'];
    return left && right && { yes: `${left.yes} ${word} ${right.yes}`, no: `${left.no} ${other} ${right.no}` };
  }
  if (plain.type === 'BinaryExpression') return plain.left.type === 'PrivateIdentifier' ? undefined : toldByComparison(frame, plain.operator, plain.left, plain.right, named);
  const answer = answerOf(frame, plain, named);
  if (answer?.verb === 'waitFor') return { yes: `"${answer.title}" came`, no: `"${answer.title}" did not come` };
  const tried = plain.type === 'MemberExpression' && keyName(plain.property, plain.computed) === 'ok' ? answerOf(frame, bare(plain.object), named) : undefined;
  return tried?.verb === 'attempt' ? { yes: `"${tried.title}" was accepted`, no: `"${tried.title}" was refused` } : undefined;
}

function toldByComparison(frame: Frame, operator: string, left: AnyNode, right: AnyNode, named: readonly NamedPlace[]): Told | undefined {
  const equal = operator === '===' || operator === '==';
  if (!equal && operator !== '!==' && operator !== '!=') return toldByOrder(frame, operator, left, right, named);
  const told =
    right.type === 'Identifier' && right.name === 'undefined'
      ? flipped(toldBy(frame, left, named))
      : (toldByValue(frame, left, right, named) ?? toldByNames(frame, left, right, named, ['is', 'is not']));
  return equal ? told : flipped(told);
}

/** `plan.kind === 'shortage'`, where `plan` is what was decided. */
function toldByValue(frame: Frame, left: AnyNode, right: AnyNode, named: readonly NamedPlace[]): Told | undefined {
  const plain = bare(left);
  if (right.type !== 'Literal' || plain.type !== 'MemberExpression') return undefined;
  const answer = answerOf(frame, bare(plain.object), named);
  if (answer?.verb !== 'decide') return undefined;
  const value = String(right.value);
  return { yes: `"${answer.title}": ${value}`, no: `"${answer.title}": not ${value}` };
}

const orders: Readonly<Record<string, readonly [yes: string, no: string]>> = {
  '<': ['is below', 'is at least'],
  '<=': ['is at most', 'is above'],
  '>': ['is above', 'is at most'],
  '>=': ['is at least', 'is below'],
};

function toldByOrder(frame: Frame, operator: string, left: AnyNode, right: AnyNode, named: readonly NamedPlace[]): Told | undefined {
  const words = orders[operator];
  return words && toldByNames(frame, left, right, named, words);
}

function toldByNames(frame: Frame, left: AnyNode, right: AnyNode, named: readonly NamedPlace[], [yes, no]: readonly [yes: string, no: string]): Told | undefined {
  const [one, other] = [valueWords(frame, left, named), valueWords(frame, right, named)];
  return one === undefined || other === undefined ? undefined : { yes: `${one} ${yes} ${other}`, no: `${one} ${no} ${other}` };
}

/** `event.maxAge` is "event's max age", of what a step gave "its max age"; `othersMax` is "others max"; undefined for what computes. */
function valueWords(frame: Frame, node: AnyNode, named: readonly NamedPlace[]): string | undefined {
  const plain = bare(node);
  if (plain.type === 'Literal') return typeof plain.value === 'number' || typeof plain.value === 'string' || typeof plain.value === 'boolean' ? String(plain.value) : undefined;
  if (plain.type === 'Identifier') return nameInWords(plain.name).toLowerCase();
  const property = plain.type === 'MemberExpression' ? keyName(plain.property, plain.computed) : undefined;
  if (plain.type !== 'MemberExpression' || property === undefined) return undefined;
  const of = answerOf(frame, bare(plain.object), named) ? 'its' : possessive(valueWords(frame, plain.object, named));
  return of && `${of} ${nameInWords(property).toLowerCase()}`;
}

function possessive(words: string | undefined): string | undefined {
  return words && `${words}'s`;
}

function flipped(told: Told | undefined): Told | undefined {
  return told && { yes: told.no, no: told.yes };
}

/** The step whose answer an expression is: itself, or the variable that holds it. */
function answerOf(frame: Frame, node: AnyNode, named: readonly NamedPlace[]): Answer | undefined {
  if (node.type === 'Identifier') return frame.answers.get(node.name);
  return named.find(({ module, start, end }) => module === frame.module && start === node.start && end === node.end);
}

/** The first sentence of a comment, without its full stop. */
export function firstSentence(comment: string): string {
  return shortened(/^.*?[.!?](?=\s|$)/.exec(comment)?.[0].replace(/\.$/, '') ?? comment);
}

/** `moveWindows` → `Move windows`. */
export function nameInWords(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
    .replaceAll(/[_$]+/g, ' ')
    .trim();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
