// The units that the landscape declares for fields: codes in the shape of the value that has them.
import type { FieldUnits } from '../../api/landscape.ts';

export type Units = FieldUnits | undefined;

/** The UCUM code of a field; undefined where none is declared. */
export function codeOf(units: Units, field: string): string | undefined {
  const found = units && Object.hasOwn(units, field) ? units[field] : undefined;
  return typeof found === 'string' ? found : undefined;
}

/** The units of a field's own fields, or of the items of the list that it is. */
export function unitsWithin(units: Units, field: string): Units {
  const found = units && Object.hasOwn(units, field) ? units[field] : undefined;
  return typeof found === 'object' ? found : undefined;
}
