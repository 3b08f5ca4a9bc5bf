import type { CallExpression } from 'acorn';
import type { Definition } from '../../model/definition.ts';
import type { Flow } from '../../model/flow.ts';
import type { Landscape } from '../../model/landscape.ts';
import type { Limit, LimitValues } from '../../model/limit.ts';
import type { DefinitionNames } from './definition-names.ts';
import type { FlowOutline, OutlineStep } from './flow-outline.ts';
import { idOf, titleOf } from './graph-node.ts';
import { readOutline, type OutlineParts } from './outline-reader.ts';
import { nameInWords } from './outline-words.ts';
import type { SourceFiles } from './source-files.ts';
import type { SourceModule } from './source-module.ts';
import { lineOf } from './syntax.ts';
import { kindsOfVerb, verbs, type Verb } from './verb.ts';

export interface OutlinesParts {
  readonly landscape: Landscape;
  readonly flows: readonly Flow[];
  readonly files: SourceFiles;
  readonly names: DefinitionNames;
  readonly root: string;
  readonly limits: LimitValues;
}

/** The outline of each flow, by its name. */
export function flowOutlines({ landscape, flows, files, names, root, limits }: OutlinesParts): ReadonlyMap<string, FlowOutline> {
  const parts: OutlineParts = {
    files,
    root,
    about(verb, reference) {
      const meant = reference && names.meant(reference, kindsOfVerb[verb]);
      if (!meant) return { node: undefined, title: titleless(verb, reference?.text), system: undefined };
      return { node: idOf(meant), title: titleOf(meant), system: systemOf(landscape, meant) };
    },
    limit(reference) {
      const meant = names.meant(reference, ['limit']);
      // The only definitions of the kind `limit` are Limits.
      const limit = meant as Limit | undefined;
      return limit && { name: limit.name, value: String(limits[limit.name] ?? limit.value) };
    },
  };
  return new Map(flows.map((flow) => [flow.name, outlineOf(parts, flow)]));
}

export function systemOf(landscape: Landscape, { kind, name }: Definition): string | undefined {
  return kind === 'capability' ? landscape.bindingOf(name)?.system.name : undefined;
}

function titleless(verb: Verb, identifier: string | undefined): string {
  if (verb === 'compensate') return 'Undo what was done';
  return identifier === undefined ? nameInWords(verb) : nameInWords(identifier.split('.').at(-1) ?? identifier);
}

function outlineOf(parts: OutlineParts, flow: Flow): FlowOutline {
  const { file, line } = flow.site;
  const module = parts.files.module(file);
  const definer = module && definerOf(module, flow);
  if (!module || !definer) return writtenSteps(parts, parts.files.text(file), line);
  try {
    return readOutline(parts, module, definer);
  } catch (error) {
    // Only nesting beyond the stack ends here; the rest of the source is drawn or told to be partial.
    if (!(error instanceof RangeError)) throw error;
    return writtenSteps(parts, parts.files.text(file), line);
  }
}

/** The `defineFlow(…)` that made a flow: the one that says its name, or the one at its line. */
function definerOf({ definitions }: SourceModule, { name, site }: Flow): CallExpression | undefined {
  const there = definitions.filter(({ call }) => lineOf(call) === site.line);
  return (definitions.find(({ defined }) => defined === name) ?? there[0])?.call;
}

/** What a text that cannot be parsed tells: its steps one after the other, without forks and loops. */
function writtenSteps(parts: OutlineParts, source: string, line: number): FlowOutline {
  const lines = source.split('\n');
  const pattern = new RegExp(`\\bflow\\.(${verbs.join('|')})\\s*\\(`);
  const nodes = lines.slice(Math.max(0, line - 1), line + linesMax).flatMap((text, index): OutlineStep[] => {
    const found = /^\s*(\/\/|\*|\/\*)/.test(text) ? undefined : pattern.exec(text)?.[1];
    const verb = verbs.find((each) => each === found);
    if (!verb) return [];
    const { title, node, system } = parts.about(verb, undefined);
    return [{ id: `step-${line + index}`, kind: 'step', verb, line: line + index, title, identifier: undefined, node, system, undo: false }];
  });
  return { note: undefined, nodes, partial: true };
}

const linesMax = 1_000;
