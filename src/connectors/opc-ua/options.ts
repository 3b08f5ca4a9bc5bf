import { Type, type Static } from 'typebox';
import { schema } from '../../kernel/schema.ts';

const text = Type.String({ minLength: 1 });
const credentials = Type.Union([
  Type.Object({ kind: Type.Literal('none') }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('basic'), username: text, password: Type.String() }, { additionalProperties: false }),
  Type.Object({ kind: Type.Literal('certificate'), certificateFile: text, privateKeyFile: text }, { additionalProperties: false }),
]);
const source = Type.Object(
  {
    url: Type.String({ pattern: '^opc\\.tcp://', description: 'Address of the server, e.g. opc.tcp://plc-7:4840.' }),
    security: Type.Optional(
      Type.Union([Type.Literal('sign-and-encrypt'), Type.Literal('sign'), Type.Literal('none')], {
        description: 'How messages are secured, with Basic256Sha256. Usual: sign-and-encrypt; "none" only where nobody else can reach the server.',
      }),
    ),
    credentials: Type.Optional(credentials),
    certificates: Type.Optional(
      Type.String({ minLength: 1, description: "Folder of our own certificate and of the servers' that are trusted and rejected. Usual: under the edge's data." }),
    ),
    intervalMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 3_600_000, description: 'How often the server reports what has changed. Usual: 500.' })),
    samplingMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000, description: 'How often the server looks at a value; 0: as often as it can. Usual: 0.' })),
    queueSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'Values of one node that the server keeps while we are away. Usual: 100.' })),
    lifetimeMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 86_400_000, description: 'How long the server keeps our subscription while we are away. Usual: 600000.' })),
    keepAliveMs: Type.Optional(
      Type.Integer({
        minimum: 50,
        maximum: 3_600_000,
        description: 'How often the server says that it is there when it has no news; three times of silence, and it is lost. Usual: 5000.',
      }),
    ),
    batchMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'Nodes in one request, where the server takes as many. Usual: 1000.' })),
  },
  { additionalProperties: false },
);

export const opcUaOptions = schema(source);
export type OpcUaOptions = Static<typeof source>;
