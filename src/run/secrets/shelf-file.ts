import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { Type, type Static } from 'typebox';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import { replaceWhole } from '../whole-file.ts';

const base64 = Type.String({ pattern: '^[A-Za-z0-9_-]*$' });
const idText = Type.String({ pattern: '^[0-9a-f]{16}$' });
const namePattern = '^[A-Za-z0-9_.-]{1,64}$';
const nameSource = Type.String({ pattern: namePattern });

const stretch = Type.Object(
  {
    salt: base64,
    // What one who alters the file can make us spend is bounded: 128 MB.
    cost: Type.Integer({ minimum: 2 ** 14, maximum: 2 ** 17 }),
    blockSize: Type.Literal(8),
    parallel: Type.Integer({ minimum: 1, maximum: 16 }),
  },
  { additionalProperties: false },
);

const deed = Type.Object(
  {
    n: Type.Integer({ minimum: 0 }),
    atMs: Type.Number(),
    by: Type.String(),
    deed: Type.Union([Type.Literal('set'), Type.Literal('removed'), Type.Literal('key-rotated')]),
    name: Type.Optional(nameSource),
  },
  { additionalProperties: false },
);

const source = Type.Object(
  {
    format: Type.Literal(1),
    /** Of this shelf, by which the audit tells its deeds from those of another one. */
    shelf: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
    key: Type.Object({ id: idText, stretch: Type.Optional(stretch) }, { additionalProperties: false }),
    secrets: Type.Array(Type.Object({ name: nameSource, atMs: Type.Number(), iv: base64, tag: base64, text: base64 }, { additionalProperties: false })),
    /** The newest deeds; `n` counts all of them. */
    deeds: Type.Array(deed),
  },
  { additionalProperties: false },
);
const shape = schema(source);

/** Sealed secrets as they lie in their file. */
export type ShelfContent = Static<typeof source>;
export type SecretDeed = Static<typeof deed>;

/** Those that no hub has put into its audit yet are among them, unless nobody started one for so many. */
const deedsMax = 1_000;

/** Raises COMMAND_INVALID. */
export function assertSecretName(name: string): void {
  if (!new RegExp(namePattern).test(name)) throw new Fault('COMMAND_INVALID', `"${name.slice(0, 80)}" names no secret: give 1 to 64 letters, digits, "_", "." and "-".`);
}

export function emptyShelf(key: ShelfContent['key']): ShelfContent {
  return { format: 1, shelf: randomUUID(), key, secrets: [], deeds: [] };
}

export function withDeed(content: ShelfContent, fresh: Omit<SecretDeed, 'n'>): ShelfContent {
  const n = (content.deeds.at(-1)?.n ?? -1) + 1;
  return { ...content, deeds: [...content.deeds, { n, ...fresh }].slice(-deedsMax) };
}

/** Undefined where there is no such file. Raises SECRETS_DAMAGED. */
export function readShelf(file: string): ShelfContent | undefined {
  if (!existsSync(file)) return undefined;
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Fault('SECRETS_DAMAGED', `The file of sealed secrets ${file} is torn or cannot be read: ${messageOf(error)}`, { file }, error);
  }
  if (!shape.check(found)) throw new Fault('SECRETS_DAMAGED', `The file ${file} is no whole file of sealed secrets of this version.`, { file });
  const names = found.secrets.map(({ name }) => name);
  if (new Set(names).size < names.length) throw new Fault('SECRETS_DAMAGED', `The file of sealed secrets ${file} has two of one name.`, { file });
  return found;
}

/** Raises STORE_UNAVAILABLE. */
export async function writeShelf(file: string, content: ShelfContent): Promise<void> {
  await replaceWhole(file, `${JSON.stringify(content, undefined, 2)}\n`).catch((error: unknown) => {
    throw new Fault('STORE_UNAVAILABLE', `The file of sealed secrets ${file} cannot be written: ${messageOf(error)}`, { file }, error);
  });
}

/** Two commands at once would each write what it read. Raises CONFLICT and STORE_UNAVAILABLE. */
export async function alone<Given>(file: string, act: () => Promise<Given>): Promise<Given> {
  const mark = `${file}.lock`;
  const held = await open(mark, 'wx', 0o600).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new Fault('CONFLICT', `Another command is at work on ${file}. If there is none, it was ended in the middle: nothing is torn, delete ${mark}.`, { file }, error);
    throw new Fault('STORE_UNAVAILABLE', `${mark} cannot be made: ${messageOf(error)}`, { file }, error);
  });
  try {
    return await act();
  } finally {
    await held.close();
    await rm(mark, { force: true });
  }
}
