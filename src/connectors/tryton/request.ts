import type { TrytonValue } from './wire-value.ts';

/** A search domain: `[['number', '=', 'PO-4711']]`. */
export type TrytonDomain = readonly unknown[];

/** What is read: the fields of all records of a model that a domain finds. */
export interface TrytonRead {
  /** E.g. `production`. */
  readonly model: string;
  readonly where: TrytonDomain;
  /** Also of what they lead to, by dots: `inputs.product.code`. */
  readonly fields: readonly string[];
  /** E.g. `[['shipping_date', 'ASC']]`. */
  readonly order?: readonly (readonly [field: string, direction: 'ASC' | 'DESC'])[];
  /** More records than this are an error, never cut off; 200 unless set. */
  readonly recordsMax?: number;
}

/** What is done to the one record that a natural key finds. It is read first, and changed only as it was read. */
export interface TrytonChange {
  readonly model: string;
  /** The natural key. */
  readonly where: TrytonDomain;
  /** Fields of the record that the reply is to have, and those that `when` names. */
  readonly fields: readonly string[];
  /** Values that the record must have, by field; where it has others, nothing is done. Tryton itself says nothing then. */
  readonly when?: Readonly<Record<string, readonly (string | number | boolean | null)[]>>;
  /** The `_version` that the decision was taken on. Without it the one that is read counts, and is read again where somebody was faster. */
  readonly version?: number;
  /** `write` with `values`, or a button: `run`, `wait`, `assign_try`. */
  readonly method: string;
  readonly values?: Readonly<Record<string, string | number | boolean | null | TrytonValue>>;
  /** Added to the user's preferences. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** Several reads by name, or one change. */
export type TrytonRequest = { readonly read: Readonly<Record<string, TrytonRead>> } | { readonly change: TrytonChange };

/**
 * A record's fields in plain JSON (see `plain`); what a dotted field leads to stands under its first name with a dot,
 * e.g. `{ 'product.': { code } }`. `_version` is when it was last written, in microseconds: it grows with each change.
 */
export type TrytonRecord = Readonly<Record<string, unknown>> & { readonly id: number; readonly _version: number };

/** Why nothing was done: no such record, several, not in the state of `when`, changed since `version`, or Tryton's own words. */
export type TrytonNo = 'absent' | 'ambiguous' | 'not-now' | 'changed' | 'rule';

/** Who we are in Tryton: the `write_uid` of our changes, and the employee that workflows note (`run_by`), where our user has one. */
export interface TrytonUs {
  readonly user: number;
  readonly employee: number | undefined;
}

export type TrytonReply =
  | { readonly kind: 'records'; readonly us: TrytonUs; readonly records: Readonly<Record<string, readonly TrytonRecord[]>> }
  /** Tryton said yes, which does not mean that it did something: read back. `before` is the record as it was. */
  | { readonly kind: 'done'; readonly us: TrytonUs; readonly before: TrytonRecord; readonly result: unknown }
  | { readonly kind: 'refused'; readonly us: TrytonUs; readonly reason: TrytonNo; readonly message: string; readonly record?: TrytonRecord };
