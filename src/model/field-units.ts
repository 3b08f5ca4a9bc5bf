/** UCUM codes of fields, in the shape of the value that has them; a list has the codes of its items. */
export interface FieldUnits {
  readonly [field: string]: string | FieldUnits;
}

/**
 * What `units` of a `define…()` may say about a value: `{ remaining: '{pack}', orders: { quantity: '{pack}' } }`. A field that
 * does not exist does not compile. Numbers, and decimals as text, have units; `1` is none.
 */
export type UnitsOf<Value> = unknown extends Value
  ? string | FieldUnits
  : Value extends number | string
    ? string
    : Value extends readonly (infer Item)[]
      ? UnitsOf<Item>
      : Value extends object
        ? { readonly [Field in keyof Value & string]?: UnitsOf<Exclude<Value[Field], undefined>> }
        : never;

/** Units of what goes in and of what comes out. */
export interface SideUnits {
  readonly input?: FieldUnits;
  readonly output?: FieldUnits;
}

/** One code for each path, e.g. `orders.quantity`, in the order in which they were written. */
export function unitPaths(units: FieldUnits): readonly (readonly [path: string, code: string])[] {
  return Object.entries(units).flatMap(([field, unit]): readonly (readonly [string, string])[] =>
    typeof unit === 'string' ? [[field, unit]] : unitPaths(unit).map(([path, code]) => [`${field}.${path}`, code] as const),
  );
}
