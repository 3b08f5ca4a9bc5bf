import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AuditRecord, Change } from '../../store/store.ts';
import { realClock } from '../real-clock.ts';
import { auditSecrets } from './secret-audit.ts';
import { listSecrets, removeSecret, rotateKey, sealedSecrets, setSecret, type ShelfPlace } from './secret-shelf.ts';

const value = 'a-token-that-nobody-may-read';
let folder: string;
let place: ShelfPlace;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineshaft-sealed-'));
  place = { file: join(folder, 'data', 'sealed-secrets.json'), keyFile: join(folder, 'secrets.key'), passphrase: undefined };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function faultOf(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

/** Puts another text in place of the first one that is like this. */
function alter(file: string, like: RegExp, by: (whole: string, first: string) => string): void {
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(like);
  writeFileSync(file, text.replace(like, by));
}

test('what was set is given back by its name, and lies nowhere as it is; files are their owner’s only', async () => {
  await setSecret(place, 'ERP_TOKEN', 'the one before');
  await setSecret(place, 'ERP_TOKEN', value);
  await setSecret(place, 'CERTIFICATE', 'first line\nsecond line ü');
  const look = sealedSecrets(place);
  expect([look('ERP_TOKEN'), look('CERTIFICATE'), look('NONE')]).toEqual([value, 'first line\nsecond line ü', undefined]);
  expect(listSecrets(place).map(({ name }) => name)).toEqual(['CERTIFICATE', 'ERP_TOKEN']);
  const text = readFileSync(place.file, 'utf8');
  for (const form of [value, Buffer.from(value).toString('base64url'), Buffer.from(value).toString('hex')]) expect(text).not.toContain(form);
  if (process.platform !== 'win32') for (const file of [place.file, place.keyFile]) expect(statSync(file).mode & 0o777).toBe(0o600);
  await removeSecret(place, 'ERP_TOKEN');
  expect(sealedSecrets(place)('ERP_TOKEN')).toBeUndefined();
  await expect(removeSecret(place, 'ERP_TOKEN')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test.each([
  ['of another key', 'SECRET_KEY_UNFIT', /sealed with another key/, () => writeFileSync(place.keyFile, `${Buffer.alloc(32, 7).toString('base64url')}\n`)],
  ['without its key file', 'SECRET_KEY_UNFIT', /key file .* cannot be read/, () => rmSync(place.keyFile)],
  ['with a key file that holds something else', 'SECRET_KEY_UNFIT', /holds no key/, () => writeFileSync(place.keyFile, 'a passphrase')],
  ['that is torn', 'SECRETS_DAMAGED', /is torn/, () => writeFileSync(place.file, readFileSync(place.file).subarray(0, 200))],
  [
    'of which a value was altered',
    'SECRETS_DAMAGED',
    /under the name "ERP_TOKEN" was altered/,
    () => alter(place.file, /"text": "(.)/, (_, first) => `"text": "${first === '_' ? 'A' : '_'}`),
  ],
  ['of which a name was changed', 'SECRETS_DAMAGED', /under another name/, () => alter(place.file, /"name": "OTHER"/, () => '"name": "ERP_TOKEN"'), 'OTHER'],
])('a file %s gives nothing, and says why without the value', async (_how, code, words, spoil, name = 'ERP_TOKEN') => {
  await setSecret(place, name, value);
  spoil();
  const fault = faultOf(() => sealedSecrets(place)('ERP_TOKEN'));
  expect(fault).toMatchObject({ code, message: expect.stringMatching(words) });
  expect(JSON.stringify(fault)).not.toContain(value);
});

test.skipIf(process.platform === 'win32')('a key that others could have read opens nothing', async () => {
  await setSecret(place, 'ERP_TOKEN', value);
  chmodSync(place.keyFile, 0o640);
  expect(faultOf(() => sealedSecrets(place)('ERP_TOKEN'))).toMatchObject({ code: 'SECRET_KEY_UNFIT', message: expect.stringMatching(/Others than its owner/) });
});

test('a new key opens what the one before sealed, and the one before opens nothing any more', async () => {
  await setSecret(place, 'ERP_TOKEN', value);
  const before = readFileSync(place.keyFile, 'utf8');
  expect(await rotateKey(place, undefined)).toBe(1);
  expect(readFileSync(place.keyFile, 'utf8')).not.toContain(before.trim());
  expect(sealedSecrets(place)('ERP_TOKEN')).toBe(value);
  writeFileSync(place.keyFile, before);
  expect(faultOf(() => sealedSecrets(place)('ERP_TOKEN'))).toMatchObject({ code: 'SECRET_KEY_UNFIT' });
});

test('a rotation that was ended between its writes leaves a file that opens, and the next one ends it', async () => {
  await setSecret(place, 'ERP_TOKEN', value);
  const [keyBefore, fileBefore] = [readFileSync(place.keyFile, 'utf8'), readFileSync(place.file, 'utf8')];
  await rotateKey(place, undefined);
  const keyAfter = readFileSync(place.keyFile, 'utf8');
  // Both keys are there while either file may be.
  writeFileSync(place.keyFile, keyAfter + keyBefore);
  expect(sealedSecrets(place)('ERP_TOKEN')).toBe(value);
  writeFileSync(place.file, fileBefore);
  expect(sealedSecrets(place)('ERP_TOKEN')).toBe(value);
  await rotateKey(place, undefined);
  expect(readFileSync(place.keyFile, 'utf8').trim().split('\n')).toHaveLength(1);
  expect(sealedSecrets(place)('ERP_TOKEN')).toBe(value);
});

test('with a passphrase no key lies on the disk; another one is told by name, and a rotation puts a new one in its place', async () => {
  const by = (passphrase: string | undefined): ShelfPlace => ({ ...place, passphrase });
  await setSecret(by('four words of ours'), 'ERP_TOKEN', value);
  expect(existsSync(place.keyFile)).toBe(false);
  for (const wrong of ['four words of theirs', undefined])
    expect(faultOf(() => sealedSecrets(by(wrong))('ERP_TOKEN'))).toMatchObject({ code: 'SECRET_KEY_UNFIT', message: expect.stringContaining('LINESHAFT_SECRETS_PASSPHRASE') });
  await rotateKey(by('four words of ours'), 'four new words');
  await rotateKey(by('four new words'), undefined);
  expect(sealedSecrets(by(undefined))('ERP_TOKEN')).toBe(value);
}, 60_000);

test('two commands at once do not undo each other: the later one is refused', async () => {
  await setSecret(place, 'ERP_TOKEN', value);
  writeFileSync(`${place.file}.lock`, '');
  await expect(setSecret(place, 'OTHER', value)).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('.lock') });
  expect(listSecrets(place).map(({ name }) => name)).toEqual(['ERP_TOKEN']);
});

test.each(['', 'with space', '../up', 'ü', 'x'.repeat(65)])('"%s" names no secret', async (name) => {
  await expect(setSecret(place, name, value)).rejects.toMatchObject({ code: 'COMMAND_INVALID' });
  expect(existsSync(place.file)).toBe(false);
});

test('each deed comes into the audit once, with the name and who did it, and no value', async () => {
  const entries: AuditRecord[] = [];
  const store = { audit: async ({ limit }: { readonly limit?: number }) => entries.toReversed().slice(0, limit) };
  const commit = async (changes: readonly Change[]) => {
    for (const change of changes) if (change.change === 'audit.add') entries.push({ ...change, id: entries.length });
    return [];
  };
  const start = () => auditSecrets(place, { store, pipeline: { commit }, clock: realClock });
  await start();
  await setSecret(place, 'ERP_TOKEN', value);
  await start();
  await start();
  await rotateKey(place, undefined);
  await removeSecret(place, 'ERP_TOKEN');
  await start();
  expect(entries.map(({ action, details }) => [action, JSON.parse(details).name])).toEqual([
    ['secret.set', 'ERP_TOKEN'],
    ['secret.key-rotated', undefined],
    ['secret.removed', 'ERP_TOKEN'],
  ]);
  expect(JSON.parse(entries[0]?.details ?? '')).toMatchObject({ n: 0, by: expect.stringMatching(/./), done: expect.stringMatching(/^20/) });
  expect(JSON.stringify(entries)).not.toContain(value);
});
