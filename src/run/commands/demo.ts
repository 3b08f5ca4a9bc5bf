import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { Fault } from '../../kernel/errors.ts';
import { claimDataFolder } from '../demo/data-folder.ts';
import { packers, type Packer } from '../demo/demo-landscape.ts';
import { playLive } from '../demo/live.ts';
import { playOnce } from '../demo/once.ts';
import { assertPortFree } from '../demo/port.ts';
import { playNamed, playsFor } from '../demo/scene.ts';
import { tempos, type TempoName } from '../demo/tempo.ts';
import { exitCodes } from './failure.ts';
import { databaseAddress } from './store-option.ts';
import { portMax, wholeNumber } from './whole-number.ts';

type PlayName = ReturnType<typeof playNamed>;

interface DemoCommandOptions {
  readonly once: boolean;
  readonly json: boolean;
  readonly play?: readonly PlayName[];
  readonly seed: string;
  readonly port: string;
  readonly data: string;
  readonly fresh: boolean;
  readonly tempo: TempoName | undefined;
  readonly store: string | undefined;
  readonly packer: Packer;
}

const seedMax = 4_294_967_295;

export function demoCommand(program: Command): void {
  program
    .command('demo')
    .description('play the packaging line: a machine slows down and the whole business reacts; stays up afterwards')
    .addOption(new Option('--once', 'play the scene and its variants, print the verdict from the ledgers, exit 0 or 1').default(false))
    .addOption(new Option('--json', 'with --once: print the verdict as JSON, and nothing else').default(false))
    .addOption(
      // Commander gives nothing as `before` for the first one.
      new Option('--play <name>', 'with --once: only this play; may be given more than once').argParser((name: string, before: readonly PlayName[] | undefined) => [
        ...(before ?? []),
        playNamed(name),
      ]),
    )
    .addOption(new Option('--seed <number>', 'the world of the scene').default('1'))
    .addOption(new Option('--port <number>', 'port of the hub; 0 takes a free one').default('0'))
    .addOption(new Option('--data <dir>', 'where state is kept').default('.lineshaft'))
    .addOption(new Option('--fresh', 'remove what an earlier demo left').default(false))
    .addOption(new Option('--store <url>', "with --once: a PostgreSQL database for the hub's log, in a schema for each play"))
    .addOption(new Option('--packer <way>', 'how the packer speaks: JSON over MQTT, or OPC UA with PackML nodes, signed and encrypted').choices(packers).default('mqtt'))
    .addOption(new Option('--tempo <name>', 'seconds instead of minutes (demo), or tenths (kill)').choices(['demo', 'kill']).hideHelp())
    .addHelpText(
      'after',
      `\nPlays: ${playsFor(tempos.demo)
        .map(({ name }) => name)
        .join(', ')}.\n\nExamples:\n  lineshaft demo\n  lineshaft demo --once\n  lineshaft demo --once --json --play main --seed 2`,
    )
    .action(async (options: DemoCommandOptions) => {
      const seed = wholeNumber('--seed', options.seed, seedMax);
      const port = wholeNumber('--port', options.port, portMax);
      if (options.json && !options.once) throw new Fault('COMMAND_INVALID', '--json goes with --once.');
      const { play: names = [] } = options;
      if (options.store !== undefined && !options.once) throw new Fault('COMMAND_INVALID', '--store goes with --once.');
      const store = options.store === undefined ? undefined : databaseAddress(options.store);
      if (names.length > 0 && !options.once) throw new Fault('COMMAND_INVALID', '--play goes with --once.');
      await assertPortFree(port);
      const dataDir = resolve(options.data);
      await claimDataFolder(dataDir, options.fresh);
      if (!options.once) return playLive({ dataDir, shownDir: options.data, seed, port, tempo: options.tempo ?? 'demo', packer: options.packer });
      const ok = await playOnce({ dataDir, seed, port, names, tempo: options.tempo, json: options.json, store, packer: options.packer });
      process.exitCode = ok ? exitCodes.fine : exitCodes['findings or a failed verdict'];
    });
}
