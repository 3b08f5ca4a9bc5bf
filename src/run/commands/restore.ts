import { resolve } from 'node:path';
import { Option, type Command } from 'commander';

interface RestoreOptions {
  readonly data: string;
  readonly force: boolean;
  readonly json: boolean;
}

export function restoreCommand(program: Command): void {
  program
    .command('restore')
    .argument('<file>', 'a backup that "lineshaft backup" made')
    .description("make a hub's log of a backup; what the hub before did later is looked for before it is done")
    .addOption(new Option('--data <dir>', 'the data directory of the hub, empty').makeOptionMandatory())
    .addOption(new Option('--force', 'also where something is there: the log that is there is set aside').default(false))
    .addOption(new Option('--json', 'print what was restored as JSON').default(false))
    .addHelpText('after', '\nExample:\n  lineshaft restore lineshaft.backup --data /var/lib/lineshaft\n\nStop the hub before for good: two hubs on one past do things twice.')
    .action(async (file: string, { data, force, json }: RestoreOptions) => {
      const { restoreBackup } = await import('../backups/restore.ts');
      const { manifest, aside } = await restoreBackup({ file, dataDir: resolve(data), force });
      const { at, position, release } = manifest;
      process.stdout.write(
        json
          ? `${JSON.stringify({ ...manifest, aside }, undefined, 2)}\n`
          : `Restored ${data} as it was at ${at}: ${position} events, release ${release}.\n${aside === undefined ? '' : `The log that was there: ${aside}\n`}Start its hub with "lineshaft hub --data ${data}"; what the hub before may have done since is looked for before it is done.\n${aside === undefined ? `Not in a backup: put keys.json and release-key.pem of the hub before into ${data}/hub first, or edges and systems need new keys.\n` : ''}`,
      );
    });
}
