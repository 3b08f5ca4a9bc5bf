import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { makeOnce, replaceWhole } from '../whole-file.ts';
import { keyBytes, keyId } from './secret-cipher.ts';

/** Keys of sealed secrets, newest first: two of them only while one takes the place of the other. */
export type SecretKeys = readonly [Buffer, ...Buffer[]];

const othersMayRead = 0o077;
const keysMax = 2;

/** Raises SECRET_KEY_UNFIT. */
export function readKeys(file: string): SecretKeys {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
    // Windows keeps who may read a file elsewhere.
    const isOpen = process.platform !== 'win32' && (statSync(file).mode & othersMayRead) !== 0;
    if (isOpen) throw new Fault('SECRET_KEY_UNFIT', `Others than its owner may read or write the key file ${file}. Take that from them (mode 600), and make a new key.`, { file });
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('SECRET_KEY_UNFIT', `The key file ${file} cannot be read: ${messageOf(error)}`, { file }, error);
  }
  const lines = text.trimEnd().split('\n');
  const [newest, ...before] = lines.map((line) => (/^[A-Za-z0-9_-]{43}$/.test(line) ? Buffer.from(line, 'base64url') : undefined));
  const older = before.filter((key) => key !== undefined);
  if (!newest || older.length < before.length || lines.length > keysMax) throw new Fault('SECRET_KEY_UNFIT', `The file ${file} holds no key of sealed secrets.`, { file });
  return [newest, ...older];
}

/** Makes the key file where there is none; gives what is in it. Raises SECRET_KEY_UNFIT and STORE_UNAVAILABLE. */
export async function readOrMakeKeys(file: string): Promise<SecretKeys> {
  const fresh = freshKey();
  const isMade = await makeOnce(file, textOf([fresh])).catch((error: unknown) => refuseWrite(file, error));
  return isMade ? [fresh] : readKeys(file);
}

/** Puts these keys in place of those that are there, whole. Raises STORE_UNAVAILABLE. */
export async function keepKeys(file: string, keys: SecretKeys): Promise<void> {
  await replaceWhole(file, textOf(keys)).catch((error: unknown) => refuseWrite(file, error));
}

export function freshKey(): Buffer {
  return randomBytes(keyBytes);
}

export function keyWithId(keys: readonly Buffer[], id: string): Buffer | undefined {
  return keys.find((key) => keyId(key) === id);
}

function textOf(keys: SecretKeys): string {
  return `${keys.map((key) => key.toString('base64url')).join('\n')}\n`;
}

function refuseWrite(file: string, error: unknown): never {
  throw new Fault('STORE_UNAVAILABLE', `The key file ${file} cannot be written: ${messageOf(error)}`, { file }, error);
}
