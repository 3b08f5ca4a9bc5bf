import type { Schema } from '../kernel/schema.ts';
import { definition, type Definition } from './definition.ts';
import type { EventFilter } from './event-filter.ts';
import type { FieldUnits, UnitsOf } from './field-units.ts';
import type { ExceptionClass } from './exception-class.ts';
import type { ImpactFields } from './impact.ts';
import type { Ownership } from './owner.ts';
import type { Priority } from './priority.ts';

/** The business keys that things are found by. */
export const keyNames = ['order', 'customerOrder', 'purchaseOrder', 'batch', 'shipment', 'item', 'asset', 'line', 'component', 'episode', 'appointment', 'workRequest'] as const;
export type KeyName = (typeof keyNames)[number];
export type BusinessKeys = Readonly<Partial<Record<KeyName, string>>>;

type TextField<Value> = { [Field in keyof Value & string]: Value[Field] extends string | undefined ? Field : never }[keyof Value & string];

/** The governed shape of an event. */
export interface Contract<Event = unknown> extends Definition<'contract'> {
  readonly version: number;
  readonly title: string;
  readonly owner: Ownership;
  /** `business` events are logged and start flows; `telemetry` never leaves the plant and never reaches a system of record. */
  readonly family: 'business' | 'telemetry';
  readonly schema: Schema<Event>;
  /** Which field of the event holds which business key. */
  readonly keys: Readonly<Partial<Record<KeyName, string>>>;
  readonly examples: readonly Event[];
  /**
   * How an edge sends it after an outage: `high` before all that waits, `normal` (the usual) before the backlog where it is fresh,
   * `low` in its place. It never overtakes an older event that it shares a business key with.
   */
  readonly priority?: Priority;
  /** What its numbers are counted or measured in. */
  readonly units?: FieldUnits;
  /** What a failure at such an event touches, where neither a rule nor a webhook that makes it says so. */
  readonly touches?: ExceptionClass;
  /** Which fields say how much of what it is about. */
  readonly impact?: ImpactFields;
  /** Events that fit it and are dropped at the hub's door all the same, whoever sends them: in no log, counted by reason and named in the audit. */
  readonly drop?: readonly EventFilter[];
  /** Why it works together in this way, for the one who would do it in another; `lineshaft graph` shows it. */
  readonly why?: string;
}

/**
 * Declares an event contract. `examples` are checked against the schema by `lineshaft check`. `units` says what numbers are
 * counted or measured in, as UCUM codes by field: `{ remaining: '{pack}', measuredRatePerMin: '{pack}/min' }`.
 * `drop` says which of them are of no use here: `[{ reason: 'a trial run', field: 'order', is: ['TRIAL'] }]`, or with code,
 * `{ reason: 'within tolerance', when: (event) => event.delayMs < 60_000 }`.
 */
export function defineContract<Event>(spec: {
  readonly name: string;
  readonly version: number;
  readonly title: string;
  readonly owner: Ownership;
  readonly family?: 'business' | 'telemetry';
  readonly schema: Schema<Event>;
  readonly keys: Readonly<Partial<Record<KeyName, TextField<NoInfer<Event>>>>>;
  readonly examples: readonly NoInfer<Event>[];
  readonly priority?: Priority;
  readonly units?: NoInfer<UnitsOf<Event>>;
  readonly touches?: ExceptionClass;
  readonly impact?: ImpactFields<keyof NoInfer<Event> & string>;
  readonly drop?: readonly EventFilter<keyof NoInfer<Event> & string, NoInfer<Event>>[];
  readonly why?: string;
}): Contract<Event> {
  const { units, ...rest } = spec;
  // What says the unit of a field is a code, and what says those of an object's fields is an object.
  const said = units as FieldUnits | undefined;
  return definition('contract', { ...rest, family: rest.family ?? 'business', ...(said && { units: said }) });
}

/** The CloudEvents `type` of a contract: name and major version. */
export function eventType(contract: Pick<Contract, 'name' | 'version'>): string {
  return `${contract.name}.v${contract.version}`;
}

/** The business keys that `value` carries under a map of key name → field. */
export function keysOf(map: Readonly<Partial<Record<KeyName, string>>>, value: unknown): BusinessKeys {
  const keys: Partial<Record<KeyName, string>> = {};
  if (typeof value !== 'object' || value === null) return keys;
  // The value is an object; a field that is absent or no text gives no key.
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name of keyNames) {
    const field = map[name];
    const found = field === undefined ? undefined : fields[field];
    if (typeof found === 'string' && found !== '') keys[name] = found;
  }
  return keys;
}
