import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { Fault } from '../../kernel/errors.ts';
import { makeDataDir } from '../data-dir.ts';
import { realClock } from '../real-clock.ts';
import { freshStretch, keyId, seal, stretched, unsealed } from './secret-cipher.ts';
import { freshKey, keepKeys, keyWithId, readKeys, readOrMakeKeys } from './secret-key.ts';
import { alone, assertSecretName, emptyShelf, readShelf, withDeed, writeShelf, type SecretDeed, type ShelfContent } from './shelf-file.ts';

/** Where sealed secrets lie, and what opens them. */
export interface ShelfPlace {
  readonly file: string;
  /** Read where the secrets were sealed with a key file. */
  readonly keyFile: string;
  /** Asked where they were sealed with a passphrase, or, where there are none yet, to be sealed with one. */
  readonly passphrase: string | undefined;
}

/** The place that belongs to a data directory; the key file may lie outside of it. */
export function shelfPlace(data: string, keyFile: string | undefined): ShelfPlace {
  return {
    file: join(data, 'sealed-secrets.json'),
    keyFile: keyFile ?? process.env['LINESHAFT_SECRETS_KEY_FILE'] ?? join(data, 'secrets.key'),
    passphrase: process.env['LINESHAFT_SECRETS_PASSPHRASE'],
  };
}

/**
 * The value of a sealed secret, by its name; undefined for one that there is none of. File and key are read when it is first asked.
 * Raises SECRETS_DAMAGED and SECRET_KEY_UNFIT.
 */
export function sealedSecrets(place: ShelfPlace): (name: string) => string | undefined {
  let opened: { readonly content: ShelfContent; readonly key: Buffer } | undefined;
  return (name) => {
    if (!opened) {
      const content = readShelf(place.file);
      if (!content) return undefined;
      opened = { content, key: keyOf(place, content) };
    }
    return valueOf(place, opened.content, opened.key, name);
  };
}

/** Seals a value under a name, over one that is there. Raises COMMAND_INVALID, CONFLICT, SECRETS_DAMAGED, SECRET_KEY_UNFIT and STORE_UNAVAILABLE. */
export async function setSecret(place: ShelfPlace, name: string, value: string): Promise<void> {
  assertSecretName(name);
  makeDataDir(dirname(place.file));
  await alone(place.file, async () => {
    const { content, key } = await openOrMake(place);
    const fresh = { name, atMs: realClock.now(), ...seal(key, name, value) };
    const secrets = [...content.secrets.filter((each) => each.name !== name), fresh].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    await writeShelf(place.file, withDeed({ ...content, secrets }, deed('set', name)));
  });
}

/** What secrets there are, and when each was set: never what they are; it takes no key. Raises SECRETS_DAMAGED. */
export function listSecrets({ file }: ShelfPlace): readonly { readonly name: string; readonly atMs: number }[] {
  return (readShelf(file)?.secrets ?? []).map(({ name, atMs }) => ({ name, atMs }));
}

/** Raises NOT_FOUND, CONFLICT, SECRETS_DAMAGED and STORE_UNAVAILABLE. */
export async function removeSecret({ file }: ShelfPlace, name: string): Promise<void> {
  const isThere = (content: ShelfContent | undefined): content is ShelfContent => content?.secrets.some((each) => each.name === name) === true;
  if (!isThere(readShelf(file))) throw new Fault('NOT_FOUND', `There is no sealed secret "${name}" in ${file}.`, { file, name });
  await alone(file, async () => {
    const content = readShelf(file);
    if (!isThere(content)) return;
    await writeShelf(file, withDeed({ ...content, secrets: content.secrets.filter((each) => each.name !== name) }, deed('removed', name)));
  });
}

/**
 * Seals all of them with a new key: a random one in the key file, or one of `passphrase`. Ended at any moment, it leaves a file that
 * opens with what is there: the key file holds both keys while one takes the other's place. Raises NOT_FOUND where nothing is sealed yet, CONFLICT,
 * SECRETS_DAMAGED, SECRET_KEY_UNFIT and STORE_UNAVAILABLE.
 */
export async function rotateKey(place: ShelfPlace, passphrase: string | undefined): Promise<number> {
  const { file, keyFile } = place;
  if (!readShelf(file)) throw new Fault('NOT_FOUND', `There are no sealed secrets in ${file}.`, { file });
  return alone(file, async () => {
    const { content, key: before } = await openOrMake(place);
    const stretch = passphrase === undefined ? undefined : freshStretch();
    const key = stretch === undefined || passphrase === undefined ? freshKey() : stretched(passphrase, stretch);
    const secrets = content.secrets.map(({ name, atMs }) => ({ name, atMs, ...seal(key, name, opened(place, content, before, name)) }));
    if (!stretch) await keepKeys(keyFile, [key, before]);
    await writeShelf(file, withDeed({ ...content, key: { id: keyId(key), ...(stretch && { stretch }) }, secrets }, deed('key-rotated')));
    if (!stretch) await keepKeys(keyFile, [key]);
    return secrets.length;
  });
}

async function openOrMake(place: ShelfPlace): Promise<{ readonly content: ShelfContent; readonly key: Buffer }> {
  const content = readShelf(place.file);
  if (content) return { content, key: keyOf(place, content) };
  if (place.passphrase !== undefined) {
    const stretch = freshStretch();
    const key = stretched(place.passphrase, stretch);
    return { content: emptyShelf({ id: keyId(key), stretch }), key };
  }
  const [key] = await readOrMakeKeys(place.keyFile);
  return { content: emptyShelf({ id: keyId(key) }), key };
}

function keyOf({ file, keyFile, passphrase }: ShelfPlace, { key: { id, stretch } }: ShelfContent): Buffer {
  if (!stretch) {
    const found = keyWithId(readKeys(keyFile), id);
    if (!found) throw new Fault('SECRET_KEY_UNFIT', `The secrets in ${file} were sealed with another key than that of ${keyFile}.`, { file, keyFile });
    return found;
  }
  if (passphrase === undefined) throw new Fault('SECRET_KEY_UNFIT', `The secrets in ${file} were sealed with a passphrase, and LINESHAFT_SECRETS_PASSPHRASE is not set.`, { file });
  const key = stretched(passphrase, stretch);
  if (keyId(key) !== id) throw new Fault('SECRET_KEY_UNFIT', `The secrets in ${file} were sealed with another passphrase than that of LINESHAFT_SECRETS_PASSPHRASE.`, { file });
  return key;
}

function valueOf({ file }: ShelfPlace, { secrets }: ShelfContent, key: Buffer, name: string): string | undefined {
  const found = secrets.find((each) => each.name === name);
  if (!found) return undefined;
  const value = unsealed(key, name, found);
  if (value === undefined) throw new Fault('SECRETS_DAMAGED', `What ${file} has under the name "${name}" was altered, or was sealed under another name.`, { file, name });
  return value;
}

function opened(place: ShelfPlace, content: ShelfContent, key: Buffer, name: string): string {
  const value = valueOf(place, content, key, name);
  if (value === undefined) throw new Fault('SECRETS_DAMAGED', `${place.file} has no "${name}".`, { name });
  return value;
}

function deed(what: SecretDeed['deed'], name?: string): Omit<SecretDeed, 'n'> {
  return { atMs: realClock.now(), by: whoRuns(), deed: what, ...(name !== undefined && { name }) };
}

/** The account of this process; one without an entry in the system's list of users has no name. */
function whoRuns(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
