import { Type } from 'typebox';
import { schema } from '../../kernel/schema.ts';
import { commandDone, commandRefused, type CommandReply, type CommandRequest } from '../../model/command-order.ts';

const text = Type.String({ minLength: 1, maxLength: 512 });
const words = Type.String({ maxLength: 4_000 });
const scalar = Type.Union([Type.Number(), Type.String({ maxLength: 4_000 }), Type.Boolean()]);
const order = Type.Object({
  id: text,
  capability: text,
  signal: text,
  asset: Type.Optional(words),
  value: scalar,
  by: Type.String({ maxLength: 512 }),
  why: words,
  askedMs: Type.Number(),
  deadlineMs: Type.Number(),
});
const request = Type.Union([Type.Object({ kind: Type.Literal('do'), order }), Type.Object({ kind: Type.Literal('tell'), id: text, askedMs: Type.Optional(Type.Number()) })]);

/** What an edge takes from the hub: `heardMs` is the hub's clock when it was asked. */
export interface CommandBatch {
  readonly heardMs: number;
  readonly commands: readonly { readonly ticket: string; readonly request: CommandRequest }[];
}
export const commandBatch = schema(Type.Object({ heardMs: Type.Number(), commands: Type.Array(Type.Object({ ticket: text, request }), { maxItems: 1_000 }) }));

/** How an edge asks for commands; `boot` names its process. */
export const commandTaking = schema(Type.Object({ edge: text, boot: text, waitMs: Type.Integer({ minimum: 0, maximum: 60_000 }) }, { additionalProperties: false }));

// The schemas of `CommandDone` and `CommandRefused` are TypeBox's own, which the JSON of a Schema is.
const [done, refusal] = [Type.Unsafe<unknown>(commandDone.json), Type.Unsafe<unknown>(commandRefused.json)];
const reply = Type.Union([
  Type.Object({ kind: Type.Literal('done'), done }),
  Type.Object({ kind: Type.Literal('refused'), refusal }),
  Type.Object({ kind: Type.Union([Type.Literal('absent'), Type.Literal('undecided'), Type.Literal('unseen')]), reason: words }),
]);
const answers = schema(Type.Object({ edge: text, ticket: text, reply }, { additionalProperties: false }));

/** What an edge made of a command. */
export interface CommandAnswer {
  readonly edge: string;
  readonly ticket: string;
  readonly reply: CommandReply;
}
/** Checked by the schemas of `CommandReply`'s own parts, which are not typed again here. */
export const commandAnswer = { ...answers, check: (value: unknown): value is CommandAnswer => answers.check(value) };
