import { parse, refused, schema, Type, type Schema, type Static, type TrytonNo, type TrytonReply } from 'lineshaft';
import type { Refusal } from '../capabilities/refusal.ts';

const state = Type.Union([
  Type.Literal('request'),
  Type.Literal('draft'),
  Type.Literal('waiting'),
  Type.Literal('assigned'),
  Type.Literal('running'),
  Type.Literal('done'),
  Type.Literal('cancelled'),
]);
export type OrderState = Static<typeof state>;

export const day = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$' });
export const dayOrNone = Type.Union([day, Type.Null()]);
const idOrNone = Type.Union([Type.Integer(), Type.Null()]);

/** What every binding of an order reads of it. */
export const orderFields = ['number', 'reference', 'state', 'quantity', 'planned_date', 'run_by', 'write_uid'];
export const orderShape = {
  number: Type.String(),
  reference: Type.Union([Type.String(), Type.Null()]),
  state,
  quantity: Type.Integer({ minimum: 0 }),
  planned_date: dayOrNone,
  run_by: idOrNone,
  write_uid: idOrNone,
  _version: Type.Integer({ minimum: 1 }),
};
const row = Type.Object(orderShape);
export type OrderRow = Static<typeof row>;
export const orderRow = schema(row);
export const orderRows = schema(Type.Array(row));

export function byNumber(order: string): readonly unknown[] {
  return [['number', '=', order]];
}

/** What the plant calls Tryton's states: an order is released once its line has it and its material. */
export function statusOf(of: OrderState): 'created' | 'released' | 'closed' {
  switch (of) {
    case 'request':
    case 'draft':
    case 'waiting':
    case 'assigned':
      return 'created';
    case 'running':
      return 'released';
    case 'done':
    case 'cancelled':
      return 'closed';
  }
}

/** What Tryton's connector says of its own accord, in the plant's words. */
const codes: Readonly<Record<TrytonNo, string>> = {
  absent: 'ORDER_UNKNOWN',
  ambiguous: 'ORDER_AMBIGUOUS',
  'not-now': 'NOT_IN_STATE',
  changed: 'STALE_VERSION',
  rule: 'ERP_RULE',
};

export function refusal(reply: Extract<TrytonReply, { kind: 'refused' }>): { readonly ok: false; readonly refusal: Refusal } {
  return refused({ code: codes[reply.reason], message: reply.message });
}

/** The records of one read by name. Throws where they are not of this shape. */
export function rowsOf<Rows>(reply: Extract<TrytonReply, { kind: 'records' }>, name: string, rows: Schema<Rows>): Rows {
  return parse(rows, reply.records[name], `Tryton's ${name}`);
}
