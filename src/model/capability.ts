import type { Schema } from '../kernel/schema.ts';
import type { Contract, KeyName } from './contract.ts';
import { definition, type Definition } from './definition.ts';
import type { SideUnits, UnitsOf } from './field-units.ts';
import type { ImpactFields } from './impact.ts';
import type { Ownership } from './owner.ts';
import type { Priority } from './priority.ts';

type TextField<Value> = { [Field in keyof Value & string]: Value[Field] extends string | undefined ? Field : never }[keyof Value & string];

/** What a capability does to the world: nothing (`query`), a business change (`action`), or telling somebody (`notification`). */
export type CapabilityEffect = 'query' | 'action' | 'notification';

/** A governed business action or query. Never a table. */
export interface Capability<In = never, Out = unknown, Refusal = unknown> extends Definition<'capability'> {
  readonly title: string;
  readonly owner: Ownership;
  readonly effect: CapabilityEffect;
  /** The domain of data that it reads or writes; only the owning system serves a writing one. */
  readonly domain: string;
  readonly input: Schema<In>;
  readonly output: Schema<Out>;
  readonly refusal: Schema<Refusal>;
  readonly keys: Readonly<Partial<Record<KeyName, string>>>;
  /** The input's field that names the entity whose changes keep their order. */
  readonly entity: string;
  /** The event contract whose data it carries onward, where it does. */
  readonly carries?: Contract;
  /** What the numbers of its input and output are counted or measured in. */
  readonly units?: SideUnits;
  /** Which fields of the input say how much of what it is about. */
  readonly impact?: ImpactFields;
  /** Whose effects a system gets first where they wait; those on one entity keep their order all the same. Default: normal. */
  readonly priority?: Priority;
  /** Why it works together in this way, for the one who would do it in another; `lineshaft graph` shows it. */
  readonly why?: string;
}

/** Declares a capability: `In`, `Out` and `Refusal` are the types of its three schemas. `units` are UCUM codes by field. */
export function defineCapability<In, Out, Refusal>(spec: {
  readonly name: string;
  readonly title: string;
  readonly owner: Ownership;
  readonly effect: CapabilityEffect;
  readonly domain: string;
  readonly input: Schema<In>;
  readonly output: Schema<Out>;
  readonly refusal: Schema<Refusal>;
  readonly keys: Readonly<Partial<Record<KeyName, TextField<NoInfer<In>>>>>;
  readonly entity: TextField<NoInfer<In>>;
  readonly carries?: Contract;
  readonly units?: { readonly input?: NoInfer<UnitsOf<In>>; readonly output?: NoInfer<UnitsOf<Out>> };
  readonly impact?: ImpactFields<keyof NoInfer<In> & string>;
  readonly priority?: Priority;
  readonly why?: string;
}): Capability<In, Out, Refusal> {
  const { units, ...rest } = spec;
  // What says the unit of a field is a code, and what says those of an object's fields is an object.
  const said = units as SideUnits | undefined;
  return definition('capability', { ...rest, ...(said && { units: said }) });
}

/** The answer to an action: what it gave, or why the business refused it. */
export type Result<Out, Refusal> = { readonly ok: true; readonly value: Out } | { readonly ok: false; readonly refusal: Refusal };

export function accepted<Out>(value: Out): { readonly ok: true; readonly value: Out } {
  return { ok: true, value };
}

export function refused<Refusal>(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal };
}

/** A capability with the input to call it with: what an `undo` gives. */
export interface Action {
  readonly capability: Capability;
  readonly input: unknown;
}

export function action<In>(capability: Capability<In>, input: NoInfer<In>): Action {
  // The engine sends the input only to this capability, whose schema checks it again.
  return { capability: capability as unknown as Capability, input };
}
