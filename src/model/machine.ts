import { Type } from 'typebox';
import { schema } from '../kernel/schema.ts';
import type { Signal } from './asset.ts';
import { defineContract, type Contract } from './contract.ts';
import { definition, type Definition } from './definition.ts';
import type { Span } from './limit.ts';
import type { Ownership } from './owner.ts';
import { packmlCodes, packmlStates, type PackmlState } from './packml.ts';

/** A machine has gone from one state to another, and the new one has lasted for the dwell. */
export interface StateChanged {
  /** Asset name and its line's name. */
  readonly asset: string;
  readonly line: string;
  readonly from: PackmlState;
  readonly to: PackmlState;
  /** When the new state began, by the source's clock; ISO 8601. */
  readonly since: string;
  /** How long the state that was left had lasted, milliseconds. */
  readonly lasted: number;
  /** The last reason that held while the state that was left lasted; absent where none did, and of `Execute`. */
  readonly reason?: string;
  /** The reason for the new state as far as it is known when the event is made; the event that ends that state has the final one. */
  readonly toReason?: string;
}

const state = Type.Enum([...packmlStates]);
const reason = Type.Optional(Type.String({ minLength: 1, maxLength: 256 }));
const changed = schema(
  Type.Object({
    asset: Type.String({ minLength: 1 }),
    line: Type.String({ minLength: 1 }),
    from: state,
    to: state,
    since: Type.String({ format: 'date-time' }),
    lasted: Type.Number({ minimum: 0 }),
    reason,
    toReason: reason,
  }),
);

/** The contract of the event that machines tell their states by, `equipment.state.changed.v1`: export it from the landscape, once. */
export function stateChanged(owner: Ownership): Contract<StateChanged> {
  return defineContract({
    name: 'equipment.state.changed',
    version: 1,
    title: 'A machine has changed its state',
    owner,
    schema: changed,
    keys: { asset: 'asset', line: 'line' },
    units: { lasted: 'ms' },
    examples: [{ asset: 'packer-3', line: 'line-1', from: 'Held', to: 'Execute', since: '2026-11-02T06:14:00.000Z', lasted: 312_000, reason: 'film tears' }],
  });
}

/** A machine whose changes of state are told as events. */
export interface Machine extends Definition<'machine'> {
  readonly title: string;
  readonly owner: Ownership;
  readonly on: Signal;
  readonly codes: Readonly<Record<string, PackmlState>>;
  readonly levels?: Readonly<Partial<Record<PackmlState, number>>>;
  readonly dwell: Span;
  readonly reason?: Signal;
  readonly noReason: readonly string[];
  readonly emit: Contract<StateChanged>;
}

/** The names of PackML's states, and their StateCurrent numbers. */
const packmlWords: Readonly<Record<string, PackmlState>> = Object.freeze({ ...packmlCodes, ...Object.fromEntries(packmlStates.map((name) => [name, name])) });

/**
 * Declares a machine by the signal that carries its state. `codes` says which state each of its values is (default: the names of PackML's
 * states and their StateCurrent numbers); a value that is not there is quarantined, never guessed. Of a machine that tells no state, `levels`
 * derives it from a number: the state whose level is the highest that the value reaches, `{ Held: 0, Execute: 5 }`. A state counts once it has
 * lasted for `dwell`; one that lasts shorter is part of the one before. `reason` carries the code of a stop; `noReason` are its words for
 * none (default: `''`, `'0'` and `'none'`).
 */
export function defineMachine(spec: {
  readonly name: string;
  readonly title: string;
  readonly owner: Ownership;
  readonly on: Signal;
  readonly codes?: Readonly<Record<string, PackmlState>>;
  readonly levels?: Readonly<Partial<Record<PackmlState, number>>>;
  readonly dwell: Span;
  readonly reason?: Signal;
  readonly noReason?: readonly string[];
  readonly emit: Contract<StateChanged>;
}): Machine {
  return definition('machine', { ...spec, codes: spec.codes ?? packmlWords, noReason: spec.noReason ?? ['', '0', 'none'] });
}

/** The state that a value of the machine's signal stands for; undefined where the declaration does not say. */
export function stateOf({ codes, levels }: Pick<Machine, 'codes' | 'levels'>, value: number | string | boolean): PackmlState | undefined {
  if (!levels) return Object.hasOwn(codes, String(value)) ? codes[String(value)] : undefined;
  let reached: { readonly state: PackmlState; readonly level: number } | undefined;
  for (const name of packmlStates) {
    const level = levels[name];
    if (level !== undefined && Number(value) >= level && (!reached || level > reached.level)) reached = { state: name, level };
  }
  return reached?.state;
}
