import { schema as compiled } from '../../kernel/schema.ts';
import type { Contract } from '../../model/contract.ts';
import type { Definition } from '../../model/definition.ts';
import type { EventFilter } from '../../model/event-filter.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

type Shape = Readonly<Record<string, unknown>>;

/** A filter whose value its field never has drops nothing: a number for a text, a word that an enum does not have. `at` has the filters, of events that fit `contract`. */
export function filterValueFindings(at: Definition, drop: readonly EventFilter[], contract: Contract): readonly Finding[] {
  return drop.flatMap((filter) => {
    const { reason, field, is = [], below, above } = filter;
    const shape = field === undefined ? undefined : fieldShape(contract.schema.json, field);
    if (!shape) return [];
    const takes = takenBy(shape);
    const told = (what: string): Finding =>
      refuse(
        at,
        'filter-never-true',
        `The filter "${reason}" of the ${nameOf(at)} compares "${field}" with ${what}, and by the schema of ${nameOf(contract)} it is ${takes}: it never drops anything by that.`,
        `Give it a value that "${field}" can have, or correct the schema.`,
      );
    const strange = is.filter((value) => !mayBe(shape, contract.schema.json, value)).map((value) => told(JSON.stringify(value)));
    const bounds = Object.entries({ below, above }).flatMap(([name, bound]) => (bound === undefined || takesNumber(shape, name, bound) ? [] : [told(`${name} ${bound}`)]));
    return [...strange, ...bounds];
  });
}

/** What the schema says of a field; undefined where it cannot be read there. */
function fieldShape({ properties }: Shape, field: string): Shape | undefined {
  const found = isShape(properties) ? properties[field] : undefined;
  return isShape(found) ? found : undefined;
}

function mayBe(shape: Shape, root: Shape, value: unknown): boolean {
  try {
    const definitions = '$defs' in root ? { $defs: root['$defs'] } : {};
    return compiled({ ...shape, ...definitions }).check(value);
  } catch {
    // A reference that leads elsewhere: what the field takes is not known.
    return true;
  }
}

/** Whether there are numbers of the field beyond the bound; true of what cannot be told. */
function takesNumber(shape: Shape, side: string, bound: number): boolean {
  const choices = shape['anyOf'] ?? shape['oneOf'];
  if (Array.isArray(choices)) return choices.some((one) => !isShape(one) || takesNumber(one, side, bound));
  const isBeyond = (value: unknown): boolean => typeof value === 'number' && (side === 'below' ? value < bound : value > bound);
  if (Array.isArray(shape['enum'])) return shape['enum'].some(isBeyond);
  if ('const' in shape) return isBeyond(shape['const']);
  const types = [shape['type'] ?? 'number'].flat();
  if (!types.includes('number') && !types.includes('integer')) return false;
  const edge = shape[side === 'below' ? 'minimum' : 'maximum'];
  return typeof edge !== 'number' || isBeyond(edge);
}

/** Letters of a schema that is told as it is. */
const lettersMax = 120;

/** In a few words. */
function takenBy(shape: Shape): string {
  const choices = shape['anyOf'] ?? shape['oneOf'];
  if (Array.isArray(choices)) return choices.map((one) => (isShape(one) ? takenBy(one) : 'anything')).join(' or ');
  if (Array.isArray(shape['enum'])) return shape['enum'].map((one) => JSON.stringify(one)).join(' or ');
  if ('const' in shape) return JSON.stringify(shape['const']);
  const text = JSON.stringify(shape);
  return Object.keys(shape).length === 1 && typeof shape['type'] === 'string' ? `of the type ${shape['type']}` : text.length > lettersMax ? `${text.slice(0, lettersMax)}…` : text;
}

function isShape(value: unknown): value is Shape {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
