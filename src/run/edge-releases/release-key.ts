import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { makeOnce } from '../whole-file.ts';

/** The private Ed25519 key with which a hub signs releases, or an edge its events; made on first start, readable by its owner only. Raises ENVIRONMENT_INVALID and STORE_UNAVAILABLE. */
export async function openSigningKey(file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    if (await makeOnce(file, privateKey.export({ type: 'pkcs8', format: 'pem' }))) return privateKey;
  } catch (error) {
    throw new Fault('STORE_UNAVAILABLE', `The key file ${file} cannot be written: ${messageOf(error)}`, { file }, error);
  }
  try {
    return createPrivateKey(await readFile(file));
  } catch (error) {
    throw new Fault('ENVIRONMENT_INVALID', `The key file ${file} holds no private key: ${messageOf(error)}`, { file }, error);
  }
}

/** The public key that an edge was enrolled with; undefined where it was not. Raises ENVIRONMENT_INVALID. */
export async function pinnedKey(file: string): Promise<KeyObject | undefined> {
  const pem = await readFile(file, 'utf8').catch(() => undefined);
  if (pem === undefined) return undefined;
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new Fault('ENVIRONMENT_INVALID', `The file ${file} holds no public key: ${messageOf(error)} Enrol this edge again.`, { file }, error);
  }
}
