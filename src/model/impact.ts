/** An amount with its unit (UCUM) or currency (ISO 4217). A decimal as text, e.g. `12.50`. */
export interface Measure {
  readonly amount: string;
  readonly unit: string;
}

/** What of one order a failure touches. */
export interface OrderImpact {
  readonly order: string;
  readonly quantity?: Measure | undefined;
  readonly value?: Measure | undefined;
}

/** Which field holds an amount, and in which unit or currency: its code, or the field that holds it. */
export interface MeasureField<Field extends string = string> {
  readonly amount: Field;
  readonly unit: string | { readonly field: Field };
}

/** What a message is about, for the impact of a failure that it meets. */
export interface ImpactFields<Field extends string = string> {
  readonly quantity?: MeasureField<Field>;
  readonly value?: MeasureField<Field>;
}

type OrderKeys = Readonly<Partial<Record<'order' | 'customerOrder' | 'purchaseOrder', string>>>;

/** What of an order a message with these keys touches; undefined where it is about no order. */
export function orderImpact(keys: OrderKeys, fields: ImpactFields | undefined, message: unknown): OrderImpact | undefined {
  const order = keys.order ?? keys.customerOrder ?? keys.purchaseOrder;
  if (order === undefined) return undefined;
  return { order, quantity: measured(fields?.quantity, message), value: measured(fields?.value, message) };
}

function measured(fields: MeasureField | undefined, message: unknown): Measure | undefined {
  if (!fields || typeof message !== 'object' || message === null) return undefined;
  const amount: unknown = Reflect.get(message, fields.amount);
  const unit: unknown = typeof fields.unit === 'string' ? fields.unit : Reflect.get(message, fields.unit.field);
  const text = typeof amount === 'number' ? String(amount) : amount;
  // What is no decimal number is no amount: a broken message is classified too.
  return typeof text === 'string' && /^-?\d{1,30}(\.\d{1,12})?$/.test(text) && typeof unit === 'string' ? { amount: text, unit } : undefined;
}
