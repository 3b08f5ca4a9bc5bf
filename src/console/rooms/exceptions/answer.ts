// The answer that a system would have given, asked from a person field by field, as the capability's output schema says.
import { fieldIn, isObject, labelOf, type Json } from './facts.ts';

export interface AnswerField {
  readonly name: string;
  readonly label: string;
  readonly kind: 'text' | 'number' | 'flag' | 'json';
  readonly isRequired: boolean;
}

/** The fields of a JSON Schema; one field for the whole where it is no plain object. */
export function answerFields(schema: unknown): readonly AnswerField[] {
  const properties = isObject(schema) ? schema['properties'] : undefined;
  if (!isObject(schema) || !isObject(properties)) return [{ name: '', label: 'The answer, as JSON', kind: 'json', isRequired: true }];
  const required: readonly unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  return Object.entries(properties).map(([name, property]) => ({ name, label: labelOf(name), kind: kindOf(property), isRequired: required.includes(name) }));
}

function kindOf(property: unknown): AnswerField['kind'] {
  switch (isObject(property) ? property['type'] : undefined) {
    case 'string':
      return 'text';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'flag';
    case undefined:
    default:
      return 'json';
  }
}

/** What the answer most likely was: fields of the same name that were asked for. */
export function likelyAnswer(fields: readonly AnswerField[], input: unknown): Readonly<Record<string, string>> {
  const known = fields.flatMap(({ name, kind }): [string, string][] => {
    const value = fieldIn(input, name);
    if (value === undefined || value === null) return [];
    return [
      [name, kind === 'json' ? JSON.stringify(value, undefined, 2) : kind === 'flag' ? (value === true ? 'yes' : '') : typeof value === 'string' ? value : JSON.stringify(value)],
    ];
  });
  return Object.fromEntries(known);
}

/** What was typed as the answer; `wrong` names the field that cannot be read. */
export function answerOf(fields: readonly AnswerField[], typed: Readonly<Record<string, string>>): { readonly value: unknown } | { readonly wrong: string } {
  const answer: Record<string, unknown> = {};
  for (const { name, label, kind, isRequired } of fields) {
    const text = (typed[name] ?? '').trim();
    if (text === '' && !isRequired) continue;
    const read = valueOf(kind, text);
    if (read === undefined) return { wrong: label };
    if (name === '') return { value: read.value };
    answer[name] = read.value;
  }
  const value: Json = answer;
  return { value };
}

function valueOf(kind: AnswerField['kind'], text: string): { readonly value: unknown } | undefined {
  if (kind === 'flag') return { value: text === 'yes' };
  if (text === '') return undefined;
  if (kind === 'text') return { value: text };
  if (kind === 'number') return Number.isFinite(Number(text)) ? { value: Number(text) } : undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    // Not JSON: the person is told which field it is.
    return undefined;
  }
}
