import { ucumProblem } from '../../kernel/ucum.ts';
import type { Contract } from '../../model/contract.ts';
import type { Definition } from '../../model/definition.ts';
import { unitPaths, type FieldUnits } from '../../model/field-units.ts';
import type { Landscape } from '../../model/landscape.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

/** A part of a definition whose numbers have units: which, its codes, and its JSON Schema where it has one. */
interface Part {
  readonly at: Definition;
  /** The path before its fields, e.g. `units.input`. */
  readonly where: string;
  readonly units: FieldUnits | undefined;
  readonly json: unknown;
}

/** A number without a unit that people know is a guess: every code is one of UCUM, and stands at a field that is there. */
export function unitFindings(landscape: Landscape): readonly Finding[] {
  const signals = [...landscape.of('signal').values()].flatMap((signal) => codeFindings(signal, 'unit', signal.unit));
  return [...signals, ...partsOf(landscape).flatMap(findingsOf)];
}

function partsOf(landscape: Landscape): readonly Part[] {
  const sides = (at: Definition, units: { readonly input?: FieldUnits; readonly output?: FieldUnits } | undefined, input: unknown, output: unknown): readonly Part[] => [
    { at, where: 'units.input', units: units?.input, json: input },
    { at, where: 'units.output', units: units?.output, json: output },
  ];
  return [
    // Every version of a contract counts, not only the one that its name leads to.
    ...landscape.definitions
      .filter((definition): definition is Contract & Definition => definition.kind === 'contract')
      .map((contract) => ({ at: contract, where: 'units', units: contract.units, json: contract.schema.json })),
    ...[...landscape.of('capability').values()].flatMap((capability) => sides(capability, capability.units, capability.input.json, capability.output.json)),
    // What a decision and a case's evidence hold is known to the compiler alone, which refuses a field that is not there.
    ...[...landscape.of('decision').values()].flatMap((decision) => sides(decision, decision.units, undefined, undefined)),
    ...[...landscape.of('exception').values()].map((exception) => ({ at: exception, where: 'units', units: exception.units, json: undefined })),
  ];
}

function findingsOf({ at, where, units, json }: Part): readonly Finding[] {
  if (units === undefined) return [];
  return unitPaths(units).flatMap(([path, code]) => [
    ...codeFindings(at, `${where}.${path}`, code),
    ...(json === undefined || hasField(json, path.split('.'))
      ? []
      : [refuse(at, 'unit-of-nothing', `The ${nameOf(at)} says the unit of "${path}" (${where}), but its schema has no such field.`, 'Correct the path, or remove it.')]),
  ]);
}

function codeFindings(at: Definition, where: string, code: unknown): readonly Finding[] {
  const problem = typeof code === 'string' ? ucumProblem(code) : 'it is no text';
  return problem === undefined
    ? []
    : [
        refuse(
          at,
          'unit-unknown',
          `The ${nameOf(at)} has ${JSON.stringify(code)} as its "${where}": ${problem}.`,
          'Write a UCUM code: "mm/s", "Cel", "kW.h", "%", "1" for none; what is counted stands in braces: "{pack}", "{pack}/min".',
        ),
      ];
}

const combined = ['anyOf', 'oneOf', 'allOf'];

/** Whether a JSON Schema knows a field; lists are looked into. */
export function hasField(json: unknown, [field, ...rest]: readonly string[]): boolean {
  if (field === undefined) return true;
  if (typeof json !== 'object' || json === null) return false;
  const part = (name: string): unknown => Reflect.get(json, name);
  const items = part('items');
  if (items !== undefined) return hasField(items, [field, ...rest]);
  const alternatives = combined.map(part).filter(Array.isArray).flat();
  if (alternatives.some((one) => hasField(one, [field, ...rest]))) return true;
  const properties: unknown = part('properties');
  if (typeof properties === 'object' && properties !== null && Object.hasOwn(properties, field)) return hasField(Reflect.get(properties, field), rest);
  // A map has every field, and what a schema refers to may have it.
  return part('patternProperties') !== undefined || typeof part('additionalProperties') === 'object' || part('$ref') !== undefined;
}
