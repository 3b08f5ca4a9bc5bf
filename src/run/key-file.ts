import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { keyHash, keyRing, type KeyRecord, type KeyRing } from '../engine/policy/key-ring.ts';
import { roles, type Role } from '../engine/policy/role.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import { parse, schema } from '../kernel/schema.ts';
import { makeOnce } from './whole-file.ts';

const hashText = Type.String({ pattern: '^[0-9a-f]{64}$' });
const nameText = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' });

const fileShape = schema(
  Type.Object(
    {
      admin: Type.String({ minLength: 32 }),
      edge: Type.String({ minLength: 32 }),
      others: Type.Optional(
        Type.Array(
          Type.Object(
            { name: nameText, role: Type.Union(roles.map((role) => Type.Literal(role))), system: Type.Optional(nameText), hash: hashText },
            { additionalProperties: false },
          ),
          { maxItems: 1_000 },
        ),
      ),
    },
    { additionalProperties: false },
  ),
);

/** 256 random bits as URL-safe text. */
export function freshSecret(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The keys of a hub. `file` is made on first start, readable by its owner only, with an `admin` and an `edge` key in plain text;
 * further keys are added by hand under `others` by their SHA-256: `{ name, role, system?, hash }`. Raises ENVIRONMENT_INVALID, and
 * STORE_UNAVAILABLE where it cannot be made.
 */
export async function openKeyFile(file: string): Promise<KeyRing> {
  const { admin, edge, others = [] } = await readOrMake(file);
  const own: readonly (readonly [Role, string])[] = [
    ['admin', admin],
    ['edge', edge],
  ];
  const hashes = [...own.map(([, key]) => keyHash(key)), ...others.map(({ hash }) => hash)];
  if (new Set(hashes).size < hashes.length) throw new Fault('ENVIRONMENT_INVALID', `Two keys of ${file} are the same.`, { file });
  return keyRing([...own.map(([name, key]) => ({ name, role: name, hash: keyHash(key) })), ...others]);
}

async function readOrMake(file: string): Promise<Keys> {
  const made = { admin: freshSecret(), edge: freshSecret() };
  try {
    if (await makeOnce(file, `${JSON.stringify(made, undefined, 2)}\n`)) return made;
  } catch (error) {
    throw new Fault('STORE_UNAVAILABLE', `The key file ${file} cannot be written: ${messageOf(error)}`, { file }, error);
  }
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Fault('ENVIRONMENT_INVALID', `The key file ${file} cannot be read: ${messageOf(error)}`, { file }, error);
  });
  return parseKeys(file, text);
}

interface Keys {
  readonly admin: string;
  readonly edge: string;
  readonly others?: readonly KeyRecord[];
}

function parseKeys(file: string, text: string): Keys {
  try {
    return parse(fileShape, jsonOf(text), `The key file ${file}`);
  } catch (error) {
    throw new Fault('ENVIRONMENT_INVALID', messageOf(error), { file }, error);
  }
}

/** Undefined for what is no JSON: the parser's own message would quote the keys. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
