import { createPublicKey } from 'node:crypto';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { Fault, messageOf } from '../../kernel/errors.ts';
import { makeDataDir } from '../data-dir.ts';
import { replaceWhole } from '../whole-file.ts';
import { edgeKey } from './edge-key.ts';
import type { LandscapeOptions } from './landscape-options.ts';

interface EnrolOptions extends LandscapeOptions {
  readonly name: string;
  readonly hub: readonly string[];
  readonly key: string | undefined;
  readonly fingerprint: string | undefined;
}

/** Where an edge keeps the public key of the hub that it takes releases from. */
export function pinFileIn(dataDir: string): string {
  return join(dataDir, 'hub-key.pem');
}

export function enrolCommand(edge: Command): void {
  edge
    .command('enrol')
    .description("let this edge take its landscape from the hub: keeps the hub's public key, and from its next start on only what is signed with it is taken")
    .addOption(new Option('--fingerprint <text>', 'of the key, as the hub says it at its start; without it, it is shown for you to compare'))
    .addHelpText('after', '\nExample:\n  lineshaft edge enrol --name bremen-1 --hub https://hub.example:7070 --fingerprint 1f0e-52c3-…')
    .action(async (_own: unknown, command: Command) => enrol(command.optsWithGlobals<EnrolOptions>()));
}

async function enrol(options: EnrolOptions): Promise<void> {
  const [{ hubClient }, { readEnvironment, references }, { fingerprintOf }, { shelfPlace }] = await Promise.all([
    import('../hub-client.ts'),
    import('../environment.ts'),
    import('../../engine/releases/release-signature.ts'),
    import('../secrets/secret-shelf.ts'),
  ]);
  const { tls } = await readEnvironment(options.env, await references(options.secrets, shelfPlace(options.data, options.secretsKey)));
  const key = await edgeKey(options, tls?.edge?.certificate !== undefined);
  const url = (options.hub[0] ?? 'http://127.0.0.1:7070').replace(/\/+$/, '');
  const client = hubClient(tls?.edge);
  try {
    const asked = { url: `${url}/api/edge-release/key`, method: 'GET' as const, headers: { authorization: `Bearer ${key}` }, body: '', signal: AbortSignal.timeout(15_000) };
    const answer = await client.send(asked).catch((error: unknown) => {
      throw new Fault('HUB_UNREACHABLE', `The hub ${url} gave no answer: ${messageOf(error)}`, { url }, error);
    });
    const publicKey = keyIn(url, answer);
    const fingerprint = fingerprintOf(publicKey);
    if (options.fingerprint !== undefined && options.fingerprint !== fingerprint)
      throw new Fault('RELEASE_NOT_SIGNED', `The key of the hub ${url} has the fingerprint ${fingerprint}, not ${options.fingerprint}. Nothing was kept.`, { url });
    const dataDir = join(options.data, options.name);
    makeDataDir(dataDir);
    const pin = pinFileIn(dataDir);
    await replaceWhole(pin, publicKey.export({ type: 'spki', format: 'pem' }).toString()).catch((error: unknown) => {
      throw new Fault('STORE_UNAVAILABLE', `The file ${pin} cannot be written: ${messageOf(error)}. This edge is not enrolled.`, { file: pin }, error);
    });
    process.stdout.write(
      `Enrolled at ${url}. Fingerprint of its key: ${fingerprint}\nThe hub says the same one at its start; if it does not, delete ${pin}. Start the edge again to let it count.\n`,
    );
  } finally {
    await client.close();
  }
}

function keyIn(url: string, { status, body }: { readonly status: number; readonly body: string }) {
  try {
    const found: unknown = JSON.parse(body);
    if (status === 200 && typeof found === 'object' && found !== null && 'publicKey' in found && typeof found.publicKey === 'string') return createPublicKey(found.publicKey);
  } catch (error) {
    throw new Fault('REPLY_BROKEN', `The hub ${url} did not answer with its key: ${messageOf(error)}`, { url }, error);
  }
  throw new Fault('REPLY_BROKEN', `The hub ${url} answered ${status}: ${body.slice(0, 300)}`, { url, status });
}
