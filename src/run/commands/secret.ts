import { Option, type Command } from 'commander';
import { Fault } from '../../kernel/errors.ts';
import type { ShelfPlace } from '../secrets/secret-shelf.ts';
import { secretsKeyOption } from './landscape-options.ts';

interface SecretOptions {
  readonly data: string;
  readonly secretsKey: string | undefined;
  readonly passphrase: boolean;
  readonly json: boolean;
}

const bytesMax = 64 * 1024;
const passphraseMin = 12;

export function secretCommand(program: Command): void {
  const secret = program
    .command('secret')
    .description('keep secrets encrypted on this machine, for ${sealed:NAME} in environment files')
    .addOption(new Option('--data <dir>', 'the data directory of the hub or edge that uses them').default('.lineshaft'))
    .addOption(secretsKeyOption())
    .addHelpText(
      'after',
      '\nExamples:\n  lineshaft secret set ERP_TOKEN < token.txt\n  lineshaft secret list\n  lineshaft secret rotate-key\n\nWith LINESHAFT_SECRETS_PASSPHRASE the key is made of that passphrase, and lies in no file.',
    );
  secret
    .command('set <name>')
    .description('seal what comes on standard input under this name, over what is there; the last line end does not belong to it')
    .action(async (name: string, _own: unknown, command: Command) => {
      const { setSecret } = await import('../secrets/secret-shelf.ts');
      const place = await placeOf(command);
      await setSecret(place, name, await readValue(`Value of ${name}: `));
      process.stdout.write(`Sealed ${name} in ${place.file}. It counts from the next start of who uses it.\n`);
    });
  secret
    .command('list')
    .description('the names of the sealed secrets, and when each was set')
    .addOption(new Option('--json', 'print JSON').default(false))
    .action(async (_own: unknown, command: Command) => {
      const { listSecrets } = await import('../secrets/secret-shelf.ts');
      const found = listSecrets(await placeOf(command)).map(({ name, atMs }) => ({ name, set: new Date(atMs).toISOString() }));
      if (command.optsWithGlobals<SecretOptions>().json) process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
      else process.stdout.write(found.length === 0 ? 'No sealed secrets.\n' : found.map(({ name, set }) => `${set}  ${name}\n`).join(''));
    });
  secret
    .command('remove <name>')
    .description('forget a sealed secret')
    .action(async (name: string, _own: unknown, command: Command) => {
      const { removeSecret } = await import('../secrets/secret-shelf.ts');
      const place = await placeOf(command);
      await removeSecret(place, name);
      process.stdout.write(`Removed ${name} from ${place.file}.\n`);
    });
  secret
    .command('rotate-key')
    .description('seal all of them with a new key, in the key file or of a new passphrase')
    .addOption(new Option('--passphrase', 'of a new passphrase, which comes on standard input').default(false))
    .action(async (_own: unknown, command: Command) => {
      const { rotateKey } = await import('../secrets/secret-shelf.ts');
      const place = await placeOf(command);
      const asked = command.optsWithGlobals<SecretOptions>().passphrase ? await readValue('New passphrase: ') : undefined;
      if (asked !== undefined && asked.length < passphraseMin)
        throw new Fault('COMMAND_INVALID', `The passphrase is shorter than ${passphraseMin} characters. Nothing was changed.`);
      const count = await rotateKey(place, asked);
      const opens = asked === undefined ? `the new key in ${place.keyFile}` : 'the new passphrase: set LINESHAFT_SECRETS_PASSPHRASE to it for hub and edge';
      process.stdout.write(`${count} secret${count === 1 ? ' is' : 's are'} sealed anew. What opens ${count === 1 ? 'it' : 'them'} now is ${opens}.\n`);
    });
}

async function placeOf(command: Command): Promise<ShelfPlace> {
  const { shelfPlace } = await import('../secrets/secret-shelf.ts');
  const { data, secretsKey } = command.optsWithGlobals<SecretOptions>();
  return shelfPlace(data, secretsKey);
}

/** What comes on standard input, asked for without an echo where a person sits there. Raises COMMAND_INVALID for nothing, and for too much. */
async function readValue(question: string): Promise<string> {
  const value = (process.stdin.isTTY ? await typed(question) : await piped()).replace(/\r?\n$/, '');
  if (value === '') throw new Fault('COMMAND_INVALID', 'Nothing came on standard input. Nothing was changed.');
  return value;
}

async function piped(): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of process.stdin) {
    // Standard input with no encoding set gives bytes.
    const chunk = part as Buffer;
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Fault('COMMAND_INVALID', `More than ${bytesMax} bytes came on standard input. Nothing was changed.`);
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function typed(question: string): Promise<string> {
  const [{ createInterface }, { Writable }] = await Promise.all([import('node:readline/promises'), import('node:stream')]);
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const left = new AbortController();
  lines.once('SIGINT', () => left.abort());
  try {
    return await lines.question('', { signal: left.signal });
  } catch (error) {
    throw new Fault('COMMAND_INVALID', 'Nothing was given. Nothing was changed.', {}, error);
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
