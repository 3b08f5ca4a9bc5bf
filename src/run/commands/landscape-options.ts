import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { Fault } from '../../kernel/errors.ts';

/** Options of every command that needs a landscape and where it keeps its state. */
export interface LandscapeOptions {
  readonly landscape: string;
  readonly env: readonly string[];
  readonly secrets: string | undefined;
  readonly secretsKey: string | undefined;
  readonly data: string;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

export function withLandscape(command: Command): Command {
  return command
    .addOption(new Option('--landscape <dir>', 'the folder of the landscape').default('.'))
    .addOption(new Option('--env <file>', 'environment file (YAML); may be given more than once, later ones win').argParser(collect).default([]))
    .addOption(new Option('--secrets <file>', 'JSON file of secrets; otherwise they come from the process environment'))
    .addOption(secretsKeyOption())
    .addOption(new Option('--data <dir>', 'where state is kept').default('.lineshaft'));
}

export function secretsKeyOption(): Option {
  return new Option('--secrets-key <file>', 'key file of sealed secrets (default: LINESHAFT_SECRETS_KEY_FILE, or secrets.key in --data)');
}

/** The landscape's folder, made sure to exist and not to be this program's own. Raises COMMAND_INVALID. */
export function landscapeFolder(given: string): string {
  const folder = resolve(given);
  if (!existsSync(folder)) throw new Fault('COMMAND_INVALID', `There is no folder ${folder}. Name your landscape with --landscape DIR.`, { folder });
  // Its benches and tests are no landscape, and would run as they are looked at.
  if (existsSync(join(folder, 'bin', 'lineshaft.mjs')) && existsSync(join(folder, 'src', 'cli.ts')))
    throw new Fault('COMMAND_INVALID', `${folder} is the repository of Lineshaft itself. Name a landscape, e.g. --landscape examples/packaging-plant.`, { folder });
  return folder;
}

export function keyFileIn(dataDir: string): string {
  return join(dataDir, 'hub', 'keys.json');
}
