import { LineCounter, parseDocument } from 'yaml';
import { isDuration } from '../../kernel/duration.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Definition } from '../../model/definition.ts';
import type { Limit, LimitValues } from '../../model/limit.ts';
import type { Finding } from '../check/finding.ts';

/** The file in a landscape's folder in which a plant engineer sets limits: `name: value`, one a line, with comments. */
export const limitFileName = 'limits.yaml';

/** What a limit file sets, and what of it cannot be used. */
export interface LimitFile {
  readonly values: LimitValues;
  readonly failures: readonly Finding[];
}

/** Reads the text of a limit file by the limits that the landscape declares. Never raises: what is wrong is found with its line. */
export function readLimitFile(file: string, text: string, definitions: readonly Definition[]): LimitFile {
  const declared = new Map(definitions.filter(isLimit).map((limit) => [limit.name, limit]));
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const failures: Finding[] = [];
  const values: Record<string, number | string> = {};
  const refuse = (offset: number, message: string, help: string): void => {
    const { line, col } = counter.linePos(offset);
    failures.push({ severity: 'error', code: 'limit-file', site: { file, line, column: col }, message, help });
  };
  for (const { pos, message } of document.errors) refuse(pos[0], `${limitFileName} cannot be read: ${message}`, 'Write one "name: value" a line, e.g. "throughput.low: 80".');
  if (failures.length > 0 || document.contents === null) return { values, failures };
  const contents: unknown = document.contents;
  if (!isMap(contents)) {
    refuse(0, `${limitFileName} is no list of "name: value".`, 'Write one "name: value" a line, e.g. "throughput.low: 80".');
    return { values, failures };
  }
  for (const { key, value } of contents.items) {
    const name = String(key.value);
    const given = value?.value;
    const limit = declared.get(name);
    const offset = key.range?.[0] ?? 0;
    if (!limit) refuse(offset, `There is no limit "${name}".`, `${nearest(name, [...declared.keys()])}Limits are declared in the landscape with defineLimit().`);
    else if (!fits(limit, given)) refuse(offset, misfit(limit, given), typeof limit.value === 'number' ? 'Give a number.' : 'Give a number and one of ms, s, m, h, d, e.g. "5m".');
    else values[name] = given;
  }
  return { values, failures };
}

/** Whether a value is of the limit's kind: a number, or a duration. */
export function fits(limit: Limit, value: unknown): value is number | string {
  return typeof limit.value === 'number' ? typeof value === 'number' && Number.isFinite(value) : typeof value === 'string' && isDuration(value);
}

function misfit(limit: Limit, value: unknown): string {
  return `The limit "${limit.name}" cannot be ${shown(value)}: it is a ${typeof limit.value === 'number' ? 'number' : 'duration'}, by default ${limit.value}.`;
}

/** A value in a message; JSON would write a number without an end as null. */
export function shown(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return Number.isNaN(value) ? 'what is no number (.nan)' : `${value < 0 ? '-' : ''}.inf, which has no end`;
  return JSON.stringify(value) ?? 'nothing';
}

/** Holds text from a file or a command line to the declared limits. Raises COMMAND_INVALID. */
export function limitGiven(text: string, declared: ReadonlyMap<string, Limit>): readonly [name: string, value: number | string] {
  const [, name = '', given = ''] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (!text.includes('=') && declared.has(text)) throw new Fault('COMMAND_INVALID', `The limit "${text}" is given no value. Write ${text}=VALUE.`, { name: text });
  const limit = declared.get(name);
  const value = limit && typeof limit.value === 'number' && given !== '' ? Number(given) : given;
  if (limit && fits(limit, value)) return [name, value];
  if (limit) throw new Fault('COMMAND_INVALID', misfit(limit, given), { name });
  throw new Fault('COMMAND_INVALID', `There is no limit "${name || text}". ${nearest(name, [...declared.keys()])}Write name=value.`, { name });
}

interface YamlMap {
  readonly items: readonly { readonly key: { readonly value: unknown; readonly range?: readonly number[] | null }; readonly value: { readonly value?: unknown } | null }[];
}

function isMap(node: unknown): node is YamlMap {
  return typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items) && node.items.every((item: unknown) => isPair(item));
}

function isPair(item: unknown): boolean {
  return typeof item === 'object' && item !== null && 'key' in item && typeof item.key === 'object' && item.key !== null && 'value' in item.key;
}

function isLimit(definition: Definition): definition is Limit {
  return definition.kind === 'limit';
}

/** `Did you mean "throughput.low"? ` of names that share the most parts or beginnings; empty where none is near. */
function nearest(name: string, names: readonly string[]): string {
  const distances = names.map((other) => ({ other, distance: editDistance(name, other) })).sort((a, b) => a.distance - b.distance);
  const best = distances[0];
  return best && best.distance <= Math.max(2, name.length / 3) ? `Did you mean "${best.other}"? ` : '';
}

function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)));
    row = next;
  }
  return row.at(-1) ?? 0;
}
