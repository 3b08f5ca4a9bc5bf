import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { Fault, isFaultCode, messageOf } from '../../kernel/errors.ts';
import { keyFileIn } from './landscape-options.ts';

/** Options of commands that ask a running hub. */
export interface AccessOptions {
  readonly hub: string | undefined;
  readonly key: string | undefined;
  readonly data: string;
}

export function withAccess(command: Command): Command {
  return command
    .addOption(new Option('--hub <url>', 'address of the hub (default: the one that runs on --data)'))
    .addOption(new Option('--key <key>', 'key at the hub (default: LINESHAFT_KEY, or the admin key of the key file in --data)'))
    .addOption(new Option('--data <dir>', 'where the hub keeps its state').default('.lineshaft'));
}

/** Whether a hub has told in this data directory where it is. */
export function knowsHub(dataDir: string): boolean {
  return existsSync(addressFile(dataDir));
}

function addressFile(dataDir: string): string {
  return join(dataDir, 'hub', 'address.json');
}

/** Leaves the hub's address beside its state, for the commands that ask it. */
export async function writeAddress(dataDir: string, url: string): Promise<void> {
  await writeFile(addressFile(dataDir), `${JSON.stringify({ url })}\n`);
}

async function textIn(file: string, field: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed: unknown = JSON.parse(text);
  // `field in parsed` is checked; what it holds is still unknown.
  const found = typeof parsed === 'object' && parsed !== null && field in parsed ? (parsed as Readonly<Record<string, unknown>>)[field] : undefined;
  return typeof found === 'string' ? found : undefined;
}

/** What a hub answered, not yet read. */
export interface HubAnswer {
  readonly statusCode: number;
  readonly body: AsyncIterable<Uint8Array> & { text(): Promise<string> };
}

/** A hub that copies a large log first answers when that is done. */
const headersTimeout = 30 * 60_000;

async function answerOf(options: AccessOptions, method: 'GET' | 'POST', path: string, body?: unknown, more: Readonly<Record<string, string>> = {}): Promise<HubAnswer> {
  const url = options.hub ?? (await textIn(addressFile(options.data), 'url'));
  if (url === undefined) throw new Fault('COMMAND_INVALID', `No hub is known in ${options.data}. Start one, or name it with --hub URL.`);
  const key = options.key ?? process.env['LINESHAFT_KEY'] ?? (await textIn(keyFileIn(options.data), 'admin'));
  if (key === undefined) throw new Fault('COMMAND_INVALID', `No key for the hub at ${url}. Give it with --key or LINESHAFT_KEY.`);
  const { request } = await import('undici');
  const headers = { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more };
  const answer = await request(new URL(path, url), { method, headers, headersTimeout, bodyTimeout: 0, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }).catch(
    (error: unknown) => {
      throw new Fault('HUB_UNREACHABLE', `The hub at ${url} does not answer: ${messageOf(error)}`, { url }, error);
    },
  );
  if (answer.statusCode < 400) return answer;
  const text = await answer.body.text();
  const problem: unknown = text === '' ? undefined : JSON.parse(text);
  const detail = typeof problem === 'object' && problem !== null && 'detail' in problem ? String(problem.detail) : text;
  const code = typeof problem === 'object' && problem !== null && 'code' in problem && isFaultCode(problem.code) ? problem.code : undefined;
  const refusal = typeof problem === 'object' && problem !== null && 'refusal' in problem ? ` ${JSON.stringify(problem.refusal)}` : '';
  throw new Fault(code ?? 'REPLY_BROKEN', `${detail}${refusal}`, { status: answer.statusCode });
}

/** Asks the hub. Raises COMMAND_INVALID without address or key, HUB_UNREACHABLE, and what the hub's problem says. */
export async function askHub(options: AccessOptions, method: 'GET' | 'POST', path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<unknown> {
  const text = await (await answerOf(options, method, path, body, headers)).body.text();
  return text === '' ? undefined : JSON.parse(text);
}

/** The same for an answer that is long: its bytes as they come. They end with an error where the hub goes away before its end. */
export async function streamFromHub(options: AccessOptions, method: 'GET' | 'POST', path: string): Promise<AsyncIterable<Uint8Array>> {
  return (await answerOf(options, method, path)).body;
}
