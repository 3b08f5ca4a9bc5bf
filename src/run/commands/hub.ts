import { join, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { slimHeap } from '../slim-heap.ts';
import { writeAddress } from './hub-access.ts';
import { landscapeFolder, withLandscape, type LandscapeOptions } from './landscape-options.ts';
import { guardRejections, jsonLog, ready, stopOnBug, stopOnTakeover, untilStopped } from './process-life.ts';
import { portMax, wholeNumber } from './whole-number.ts';

interface HubCommandOptions extends LandscapeOptions {
  readonly host: string;
  readonly port: string;
  readonly store: string | undefined;
  readonly log: string | undefined;
  readonly restored: boolean;
  readonly dieWithParent: boolean;
}

export function hubCommand(program: Command): void {
  withLandscape(program.command('hub').description('run a hub: the log, the flows and the API'))
    .addOption(new Option('--host <address>', 'address to listen on').default('127.0.0.1'))
    .addOption(new Option('--port <number>', 'port to listen on; 0 takes a free one').default('7070'))
    .addOption(new Option('--store <url>', 'PostgreSQL database for the log, e.g. postgres://lineshaft@db:5432/lineshaft; over the environment file; usual: SQLite in --data'))
    .addOption(new Option('--restored', 'the log was restored from a copy by other means than "lineshaft restore", such as pg_restore: give it once').default(false))
    .addOption(new Option('--log <file>', 'write the log to this file instead of standard error'))
    .addOption(new Option('--die-with-parent', 'stop when standard input ends').default(false).hideHelp())
    .addHelpText(
      'after',
      '\nExample:\n  lineshaft hub --landscape . --env environments/production.yaml --secrets /etc/lineshaft/secrets.json --data /var/lib/lineshaft --port 7070',
    )
    .action(async (options: HubCommandOptions) => {
      const port = wholeNumber('--port', options.port, portMax);
      // Loaded here, so that no other command pays for it.
      const [{ startHub }, { shelfPlace }] = await Promise.all([import('../hub.ts'), import('../secrets/secret-shelf.ts')]);
      const log = jsonLog('hub', options.log);
      const landscape = landscapeFolder(options.landscape);
      guardRejections([landscape, resolve(options.data, 'hub', 'releases')], log);
      const hub = await startHub({
        landscape,
        environment: options.env,
        secrets: options.secrets,
        sealed: shelfPlace(options.data, options.secretsKey),
        dataDir: join(options.data, 'hub'),
        recordings: resolve(options.data),
        host: options.host,
        port,
        store: options.store,
        restored: options.restored,
        watched: true,
        log,
        onBug: stopOnBug(log),
        onTakenOver: stopOnTakeover(log),
      });
      await writeAddress(options.data, hub.url).catch(async (error: unknown) => {
        await hub.close();
        throw error;
      });
      slimHeap();
      ready({ name: 'hub', url: hub.url, signIn: hub.signInLink(), fingerprint: hub.fingerprint });
      await untilStopped(hub.close, { withParent: options.dieWithParent, log });
    });
}
