import { bareCode, bracketEnd, lineAt, lineStart } from './bare-code.ts';

export const verbs = ['call', 'attempt', 'post', 'decide', 'sleep', 'waitFor', 'compensate', 'raise'] as const;
export type Verb = (typeof verbs)[number];

/** A step as the flow's source writes it. */
export interface WrittenStep {
  readonly verb: Verb;
  /** What it is about, as written, e.g. `reviseProductionOrder` or `signals.throughput`; undefined for a sleep or compensation. */
  readonly identifier: string | undefined;
  readonly line: number;
}

const stepsMax = 500;
const depthMax = 5;

/**
 * The steps of the flow that is declared at or after `line`, in the order of the source; functions of the same file that it hands
 * its context to are followed where they are called. Read from the text, so a step that is only reached through other files is not seen.
 */
export function flowSteps(source: string, line: number): readonly WrittenStep[] {
  const code = bareCode(source);
  const call = code.indexOf('defineFlow', lineStart(code, line));
  const open = call === -1 ? -1 : code.indexOf('(', call);
  const end = open === -1 ? undefined : bracketEnd(code, open);
  if (end === undefined) return [];
  const run = /\brun\s*(?::\s*async\s*)?\(\s*([A-Za-z_$][\w$]*)/.exec(code.slice(open, end));
  const context = run?.[1];
  if (context === undefined) return [];
  return stepsWithin({ code, helpers: helpersIn(code) }, { from: open, to: end, context }, 0).slice(0, stepsMax);
}

interface Part {
  readonly from: number;
  readonly to: number;
  /** The name that the flow's context goes by. */
  readonly context: string;
}

interface Source {
  readonly code: string;
  readonly helpers: ReadonlyMap<string, Part>;
}

function stepsWithin(source: Source, { from, to, context }: Part, depth: number): readonly WrittenStep[] {
  if (depth > depthMax) return [];
  const name = context.replaceAll('$', '\\$');
  const pattern = new RegExp(`\\b${name}\\.(${verbs.join('|')})\\s*\\(\\s*([A-Za-z_$][\\w$.]*)?|\\b([A-Za-z_$][\\w$]*)\\s*\\(\\s*${name}\\b`, 'g');
  const part = source.code.slice(from, to);
  return [...part.matchAll(pattern)].flatMap((found) => {
    const verb = verbs.find((one) => one === found[1]);
    if (verb) return [{ verb, identifier: verb === 'sleep' || verb === 'compensate' ? undefined : found[2], line: lineAt(source.code, from + found.index) }];
    const helper = source.helpers.get(found[3] ?? '');
    const isItself = helper !== undefined && helper.from <= from + found.index && from + found.index < helper.to;
    return helper && !isItself ? stepsWithin(source, helper, depth + 1) : [];
  });
}

/** Functions of the file that take a flow's context. */
function helpersIn(code: string): ReadonlyMap<string, Part> {
  const helpers = new Map<string, Part>();
  const patterns = [
    /\bfunction\s+([A-Za-z_$][\w$]*)[^(]*\(\s*([A-Za-z_$][\w$]*)\s*:\s*FlowContext/g,
    /\bconst\s+([A-Za-z_$][\w$]*)\s*=\s*async\s*\(\s*([A-Za-z_$][\w$]*)\s*:\s*FlowContext/g,
  ];
  for (const found of patterns.flatMap((pattern) => [...code.matchAll(pattern)])) {
    const parameters = bracketEnd(code, code.indexOf('(', found.index + found[0].indexOf(found[1] ?? '')));
    const body = parameters === undefined ? -1 : bodyStart(code, parameters);
    const to = body === -1 ? undefined : bracketEnd(code, body);
    if (to !== undefined) helpers.set(found[1] ?? '', { from: body, to, context: found[2] ?? '' });
  }
  return helpers;
}

/** The brace that opens a function's body, past its return type: the first one that no type bracket holds. */
function bodyStart(code: string, after: number): number {
  let angle = 0;
  for (let index = after; index < code.length; index += 1) {
    const character = code[index];
    if (character === '<') angle += 1;
    else if (character === '>' && code[index - 1] !== '=') angle -= 1;
    else if (character === '{' && angle === 0) return index;
  }
  return -1;
}
