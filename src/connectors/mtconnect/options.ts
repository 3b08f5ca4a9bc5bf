import { Type, type Static } from 'typebox';
import { schema } from '../../kernel/schema.ts';

const shape = Type.Object(
  {
    url: Type.String({ pattern: '^https?://[^\\s?#]+$', description: 'The agent, e.g. http://agent:5000; a device of it with its name as the path.' }),
    credentials: Type.Optional(
      Type.Union([
        Type.Object({ kind: Type.Literal('none') }, { additionalProperties: false }),
        Type.Object({ kind: Type.Literal('basic'), username: Type.String(), password: Type.String() }, { additionalProperties: false }),
      ]),
    ),
    delivery: Type.Optional(
      Type.Union([Type.Literal('stream'), Type.Literal('poll')], { description: 'Whether the agent streams what is new, or is asked for it again and again. Usual: stream.' }),
    ),
    intervalMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 3_600_000, description: 'How often the agent tells what is new. Usual: 500.' })),
    heartbeatMs: Type.Optional(
      Type.Integer({ minimum: 100, maximum: 600_000, description: 'How often a streaming agent says that it is there when it has no news. Usual: 10000.' }),
    ),
    timeoutMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 600_000, description: 'How long the agent may take for an answer. Usual: 10000.' })),
    lifetimeMs: Type.Optional(Type.Integer({ minimum: 0, description: 'How long what was heard counts while the agent cannot be reached. Usual: 60000.' })),
    batchMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'Observations in one document. Usual: 1000.' })),
    bytesMax: Type.Optional(Type.Integer({ minimum: 1_024, description: 'The longest document, bytes. Usual: 16 MiB.' })),
    path: Type.Optional(Type.String({ minLength: 1, description: 'An XPath that says what is listened to, e.g. //Axes; everything unless set.' })),
  },
  { additionalProperties: false },
);

export const mtconnectOptions = schema(shape);

const usual = { delivery: 'stream', intervalMs: 500, heartbeatMs: 10_000, timeoutMs: 10_000, lifetimeMs: 60_000, batchMax: 1_000, bytesMax: 16_777_216 } as const;

export type GivenOptions = Static<typeof shape>;
/** With what is usual where nothing is said. */
export type MtconnectOptions = GivenOptions & Required<Pick<GivenOptions, keyof typeof usual>>;

export function withUsual(given: GivenOptions): MtconnectOptions {
  return { ...usual, ...given };
}
