import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { Fault, messageOf } from '../../kernel/errors.ts';

/** The private key with which a hub signs releases; made on first start, readable by its owner only. Raises ENVIRONMENT_INVALID and STORE_UNAVAILABLE. */
export async function openReleaseKey(file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    // Never over one that is there.
    await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
    return privateKey;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
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
