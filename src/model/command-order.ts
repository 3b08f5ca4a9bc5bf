import { Type, type Static } from 'typebox';
import { schema } from '../kernel/schema.ts';

const scalar = Type.Union([Type.Number(), Type.String(), Type.Boolean()]);
/** A value of a signal. */
export type CommandValue = Static<typeof scalar>;

const done = Type.Object({
  signal: Type.String(),
  /** What was asked for, and what the machine said before and after; in the signal's unit. */
  value: scalar,
  before: scalar,
  readBack: scalar,
  /** When it was read back, by the edge's clock, epoch milliseconds. */
  atMs: Type.Integer(),
});
/** What a command that was carried out and confirmed gives: the output of its capability. */
export const commandDone = schema(done);
export type CommandDone = Static<typeof done>;

const refusalCode = Type.Union([
  /** The plant has not switched commands on, on this edge. */
  Type.Literal('COMMANDS_OFF'),
  Type.Literal('NOT_LISTED'),
  Type.Literal('OUT_OF_RANGE'),
  Type.Literal('TOO_OFTEN'),
  Type.Literal('EXPIRED'),
  Type.Literal('INTERLOCK'),
  /** Another command on the signal is under way. */
  Type.Literal('BUSY'),
  Type.Literal('MACHINE_UNREACHABLE'),
  Type.Literal('MACHINE_REFUSED'),
]);

const refusal = Type.Object({
  code: refusalCode,
  reason: Type.String(),
  /** Of an interlock: the signal that spoke against it, and what it said. */
  signal: Type.Optional(Type.String()),
  found: Type.Optional(scalar),
});
/** Why a command was refused, and certainly not carried out: the refusal of its capability. */
export const commandRefused = schema(refusal);
export type CommandRefused = Static<typeof refusal>;

/** A command on its way to an edge. Times are the hub's, epoch milliseconds. */
export interface CommandOrder {
  /** The effect's key: the same for every try. */
  readonly id: string;
  readonly capability: string;
  readonly signal: string;
  /** The machine that the input names, where the capability has a key `asset`: that of the signal, or the command is not for it. */
  readonly asset?: string;
  readonly value: CommandValue;
  /** Who asked, and why. */
  readonly by: string;
  readonly why: string;
  readonly askedMs: number;
  /** Not to be written from then on. */
  readonly deadlineMs: number;
}

/** What a system that stands for an edge is asked: to carry out a command, or what became of one. */
export type CommandRequest =
  | { readonly kind: 'do'; readonly order: CommandOrder }
  | { readonly kind: 'tell'; readonly id: string; /** When the command was asked for, by the hub's clock. */ readonly askedMs?: number };

/** How a command ended, or that the edge does not know it. */
export type CommandReply =
  | { readonly kind: 'done'; readonly done: CommandDone }
  | { readonly kind: 'refused'; readonly refusal: CommandRefused }
  /** It is certainly not there: never written, or read back as it was before. */
  | { readonly kind: 'absent'; readonly reason: string }
  /** It may have been written, and the machine does not show it: a person must look. */
  | { readonly kind: 'undecided'; readonly reason: string }
  /** It may have been written, and the machine cannot be seen now: to be asked again. */
  | { readonly kind: 'unseen'; readonly reason: string };

/** Where a hub keeps what it wants of its edges; an edge comes and takes it. */
export interface CommandDesk {
  /**
   * Resolves with what the edge made of it. Raises SYSTEM_UNREACHABLE where it was certainly not carried out, OUTCOME_UNKNOWN where
   * that is not known.
   */
  ask(edge: string, request: CommandRequest, signal: AbortSignal): Promise<CommandReply>;
}
