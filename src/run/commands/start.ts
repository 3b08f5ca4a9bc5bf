import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { landscapeFolder, withLandscape, type LandscapeOptions } from './landscape-options.ts';
import { jsonLog, untilStopped } from './process-life.ts';
import { portMax, wholeNumber } from './whole-number.ts';
import { assertPortFree, freePort } from '../demo/port.ts';
import { supervisor, type Ready } from '../supervisor.ts';
import { Fault } from '../../kernel/errors.ts';

interface StartOptions extends LandscapeOptions {
  readonly port: string;
  readonly commands: string | undefined;
}

export function startCommand(program: Command): void {
  withLandscape(program.command('start').description('run hub and edge of your landscape on this machine'))
    .addOption(new Option('--port <number>', 'port of the hub; 0 takes a free one').default('7070'))
    .addOption(new Option('--commands <file>', "the plant's own list of what may be written to machines; without it, nothing is"))
    .addHelpText('after', '\nExample:\n  lineshaft start --landscape . --env environments/test.yaml --secrets secrets.json')
    .action(async (options: StartOptions) => {
      const { data, secrets, secretsKey, commands } = options;
      const port = wholeNumber('--port', options.port, portMax);
      const shared = [
        '--landscape',
        landscapeFolder(options.landscape),
        '--data',
        data,
        ...options.env.flatMap((file) => ['--env', file]),
        ...(secrets === undefined ? [] : ['--secrets', secrets]),
        ...(secretsKey === undefined ? [] : ['--secrets-key', secretsKey]),
      ];
      if (options.env.length === 0) await refuseWithoutEnvironment(options.landscape);
      await assertPortFree(port);
      // What is wrong with it is said here, not by the first process that meets it.
      const [{ readEnvironment, references }, { shelfPlace }] = await Promise.all([import('../environment.ts'), import('../secrets/secret-shelf.ts')]);
      await readEnvironment(options.env, await references(secrets, shelfPlace(data, secretsKey)));
      const children = supervisor({ logDir: `${data}/logs`, say: (line) => void process.stdout.write(`${line}\n`) });
      let hub: Ready;
      try {
        // A hub that is started again must be where its edge knows it.
        hub = await children.start({ name: 'hub', command: 'hub', args: [...shared, '--port', String(port === 0 ? await freePort() : port)], restart: true });
        await children.start({
          name: 'edge-1',
          command: 'edge',
          args: [...shared, '--hub', String(hub['url']), ...(commands === undefined ? [] : ['--commands', commands])],
          restart: true,
        });
      } catch (error) {
        await children.close();
        throw error;
      }
      process.stdout.write(`\nHub    ${String(hub['url'])}\nSign in ${String(hub['signIn'])}   (once)\nLogs   ${data}/logs\nCtrl-C stops both.\n`);
      await untilStopped(children.close, { withParent: false, log: jsonLog('start', undefined) });
    });
}

/** A landscape that has environments is not meant to run without one. Raises COMMAND_INVALID. */
async function refuseWithoutEnvironment(landscape: string): Promise<void> {
  const folder = join(landscape, 'environments');
  const files = (await readdir(folder).catch((): string[] => [])).filter((name) => /\.ya?ml$/.test(name)).toSorted();
  if (files.length === 0) return;
  throw new Fault('COMMAND_INVALID', `No environment is named: where the systems are stands in one of ${files.map((name) => join(folder, name)).join(', ')}. Give --env FILE.`, {
    files,
  });
}
