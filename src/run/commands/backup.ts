import { existsSync, statSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { Fault } from '../../kernel/errors.ts';
import { receiveBackup } from '../backups/backup-file.ts';
import { syncFolder } from '../whole-file.ts';
import { makeDataDir } from '../data-dir.ts';
import { streamFromHub, withAccess, type AccessOptions } from './hub-access.ts';

interface BackupOptions extends AccessOptions {
  readonly to: string;
  readonly force: boolean;
  readonly json: boolean;
}

export function backupCommand(program: Command): void {
  withAccess(program.command('backup').description("make a backup of a running hub's log"))
    .addOption(new Option('--to <file>', 'the file to make, or a folder to make one in').makeOptionMandatory())
    .addOption(new Option('--force', 'also where the file is there: it is replaced once the backup is whole').default(false))
    .addOption(new Option('--json', 'print what was made as JSON').default(false))
    .addHelpText(
      'after',
      '\nExamples:\n  lineshaft backup --to /backups/\n  lineshaft backup --to lineshaft.backup --hub https://hub.example:7070\n\nKeys and secrets are not in it.',
    )
    .action(async (options: BackupOptions) => {
      const to = resolve(options.to);
      const isFolder = /[\\/]$/.test(options.to) || (existsSync(to) && statSync(to).isDirectory());
      if (!isFolder && !options.force && existsSync(to))
        throw new Fault('COMMAND_INVALID', `${to} is there already. Name another file or a folder, or replace it with --force.`, { file: to });
      if (isFolder) makeDataDir(to);
      const place = isFolder ? join(to, '.lineshaft-backup') : to;
      const manifest = await receiveBackup(await streamFromHub(options, 'POST', '/api/backups'), 'The backup', { file: place, whole: true });
      const file = isFolder ? join(to, `lineshaft-${manifest.hub}-${manifest.at.replaceAll(/[:.]/g, '')}.backup`) : to;
      if (isFolder) {
        await rename(place, file);
        await syncFolder(to);
      }
      const { at, position, runs, openEffects, bytes, sha256 } = manifest;
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ file, ...manifest }, undefined, 2)}\n`
          : `${file}\nThe log as it was at ${at}: ${position} events, ${runs} runs, ${openEffects} effects under way (${bytes} bytes, SHA-256 ${sha256})\n`,
      );
    });
}
