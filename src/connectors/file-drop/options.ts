import { Type, type Static } from 'typebox';
import { schema } from '../../kernel/schema.ts';

const shape = Type.Object(
  {
    url: Type.String({ pattern: '^file:///?[^?#]+$', description: 'The folder, e.g. file:///srv/drop/press or file:///C:/drop/press.' }),
    ready: Type.Optional(
      Type.Union([Type.Literal('settled'), Type.Literal('renamed'), Type.Literal('marked')], {
        description:
          'How a file is known to be whole: nobody has written to it for settleMs; it gets its name when it is whole; a file of its name with ".done" lies beside it. Usual: settled.',
      }),
    ),
    settleMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000, description: 'For how long nobody may have written to a file. Usual: 5000.' })),
    intervalMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 3_600_000, description: 'How often the folder is looked at. Usual: 1000.' })),
    bytesMax: Type.Optional(Type.Integer({ minimum: 1, description: 'The longest file. Usual: 32 MiB.' })),
    encoding: Type.Optional(Type.Union([Type.Literal('utf-8'), Type.Literal('windows-1252'), Type.Literal('utf-16le')], { description: 'Usual: utf-8.' })),
    timestamp: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'The column, or JSON pointer, of the time of a row. Unless set, the time at which the file was last written is that of all its rows.',
      }),
    ),
    timeZone: Type.Optional(Type.String({ minLength: 1, description: 'The IANA zone of times without an offset, e.g. Europe/Berlin. Unless set, these are refused.' })),
    decimal: Type.Optional(Type.Union([Type.Literal('point'), Type.Literal('comma')], { description: 'The decimal mark of numbers in CSV. Usual: point.' })),
    texts: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { maxItems: 1_000, description: 'Columns, or tags, of CSV that are text also where they look like numbers.' })),
    tag: Type.Optional(Type.String({ minLength: 1, description: 'The column with the name of what a row is about, where each row has one value.' })),
    value: Type.Optional(Type.String({ minLength: 1, description: 'The column with that value. Usual: value.' })),
    quality: Type.Optional(Type.String({ minLength: 1, description: 'The column with its quality: good, uncertain, bad, or an OPC quality code.' })),
  },
  { additionalProperties: false },
);

export const fileDropOptions = schema(shape);

const usual = { ready: 'settled', settleMs: 5_000, intervalMs: 1_000, bytesMax: 33_554_432, encoding: 'utf-8', decimal: 'point', value: 'value' } as const;

type Given = Static<typeof shape>;
/** With what is usual where nothing is said. */
export type FileDropOptions = Given & Required<Pick<Given, keyof typeof usual | 'texts'>>;

export function withUsual(given: Given): FileDropOptions {
  return { ...usual, texts: [], ...given };
}
