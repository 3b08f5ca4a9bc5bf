import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { messageOf } from '../../kernel/errors.ts';
import { makeDataDir } from '../data-dir.ts';
import type { Edge } from '../edge.ts';
import { acceptCommand } from './edge-accept.ts';
import { bookCommand } from './edge-book.ts';
import { discoverCommand } from './edge-discover.ts';
import { gapsCommand } from './edge-gaps.ts';
import { edgeKey } from './edge-key.ts';
import { enrolCommand, pinFileIn } from './edge-enrol.ts';
import { showCommand } from './edge-show.ts';
import { listCommand } from './edge-list.ts';
import { recordingCommand } from './edge-recording.ts';
import { tapCommand } from './edge-tap.ts';
import { trustCommand } from './edge-trust.ts';
import { landscapeFolder, withLandscape, type LandscapeOptions } from './landscape-options.ts';
import { boundHeapGrowth } from '../heap-growth.ts';
import { slimHeap } from '../slim-heap.ts';
import { jsonLog, ready, untilStopped } from './process-life.ts';
import type { TlsPaths } from '../tls/tls-files.ts';

interface EdgeCommandOptions extends LandscapeOptions {
  readonly name: string;
  readonly hub: readonly string[];
  readonly key: string | undefined;
  readonly commands: string | undefined;
  readonly log: string | undefined;
  readonly dieWithParent: boolean;
}

const defaultHub = 'http://127.0.0.1:7070';

export function edgeCommand(program: Command): void {
  const command = withLandscape(program.command('edge').description('run an edge: sources, rules and a durable buffer at the plant; connects outward only'))
    .addOption(new Option('--name <name>', 'name of this edge').default('edge-1'))
    .addOption(
      new Option('--hub <url>', `address of the hub; may be given more than once, tried in order (default: ${defaultHub})`)
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([]),
    )
    .addOption(new Option('--key <key>', "the key of this edge at the hub; otherwise LINESHAFT_EDGE_KEY, or the hub's key file in --data"))
    .addOption(new Option('--commands <file>', "the plant's own list of what may be written to machines; without it, nothing is"))
    .addOption(new Option('--log <file>', 'write the log to this file instead of standard error'))
    .addOption(new Option('--die-with-parent', 'stop when standard input ends').default(false).hideHelp())
    .addHelpText('after', '\nExample:\n  lineshaft edge --landscape . --env environments/production.yaml --name bremen-1 --hub https://hub.example:7070')
    .action(async (options: EdgeCommandOptions) => {
      // Loaded here, so that no other command pays for it.
      const [
        { loadLandscape },
        { limitsOf },
        { openSqliteEdgeStore },
        { startEdge },
        { diskOf, followingOf, readEnvironment, references, stallMsOf, telemetryBytesOf },
        { openTelemetryShelf },
        { killProbe },
        { boundedBy },
        { lifeRecord },
        { commandsOf },
        { shelfPlace },
        { eventSigner },
        { openSigningKey },
        { realClock },
      ] = await Promise.all([
        import('../../engine/releases/load.ts'),
        import('../../engine/releases/limit-check.ts'),
        import('../../store/sqlite/sqlite-edge-store.ts'),
        import('../edge.ts'),
        import('../environment.ts'),
        import('../telemetry-shelf.ts'),
        import('../kill-probe.ts'),
        import('../bounded.ts'),
        import('../watchdog/life-record.ts'),
        import('../machine-commands.ts'),
        import('../secrets/secret-shelf.ts'),
        import('../../engine/log/event-signature.ts'),
        import('../edge-releases/release-key.ts'),
        import('../real-clock.ts'),
      ]);
      const log = jsonLog('edge', options.log);
      const dataDir = join(options.data, options.name);
      makeDataDir(dataDir);
      const folder = landscapeFolder(options.landscape);
      const environment = await references(options.secrets, shelfPlace(options.data, options.secretsKey)).then((given) => readEnvironment(options.env, given));
      const key = await edgeKey(options, environment.tls?.edge?.certificate !== undefined);
      const hubUrls = options.hub.length > 0 ? options.hub : [defaultHub];
      const sign = eventSigner(await openSigningKey(join(dataDir, 'event-key.pem')));
      const telemetryBytes = telemetryBytesOf(environment);
      const telemetryFolder = join(dataDir, 'telemetry');
      const disk = diskOf(environment);
      const tls = environment.tls?.edge;

      async function start(place: string): Promise<{ readonly edge: Edge; readonly release: string }> {
        const landscape = await loadLandscape(place, { clock: realClock, log });
        const signals = landscape.of('signal');
        const commands = commandsOf(landscape);
        // An edge that writes to nothing does not load what writing takes.
        const permissions = commands.size === 0 ? undefined : await (await import('../edge-commands.ts')).readPermissions(options.commands, signals.values(), commands);
        const edge = await startEdge({
          landscape: {
            signals: signals.values(),
            rules: landscape.of('rule').values(),
            machines: landscape.of('machine').values(),
            sources: landscape.of('source').values(),
            limits: limitsOf(landscape, environment.limits),
            optionsOf: (source) => environment.sources?.[source],
            release: landscape.release,
            outputs: { outputs: landscape.of('output').values(), optionsOf: (output) => environment.outputs?.[output] },
            ...(commands.size > 0 && { commands: { commands, permissions } }),
          },
          folder: dataDir,
          openLife: () => lifeRecord({ dir: join(dataDir, 'watchdog'), landscape: place, log }),
          bounded: boundedBy(stallMsOf(environment)),
          // A copy of the file is another one.
          place: async () => String((await stat(join(dataDir, 'edge.db'), { bigint: true })).ino),
          storeFile: join(dataDir, 'edge.db'),
          openStore: async () => openSqliteEdgeStore(join(dataDir, 'edge.db'), { bytesMax: disk.bytesMax, depthMax: disk.eventsMax }),
          disk,
          ...(tls && { tls }),
          ...(telemetryBytes > 0 && { openTelemetry: async () => openTelemetryShelf(telemetryFolder, telemetryBytes), telemetryFolder }),
          edgeName: options.name,
          hubUrls,
          key,
          sign,
          log,
          probe: killProbe(),
        });
        return { edge, release: landscape.release };
      }

      const pin = existsSync(pinFileIn(dataDir)) ? pinFileIn(dataDir) : undefined;
      // Loaded only where the edge was enrolled.
      const running =
        pin === undefined
          ? (await start(folder)).edge
          : await (await import('../edge-releases/enrolled.ts')).enrolledEdge({ pin, dataDir, folder, start, hubUrls, key, tls, log, following: followingOf(environment) });
      slimHeap();
      boundHeapGrowth();
      const trouble = tls && (await certificateTrouble(tls));
      if (trouble !== undefined) log(`${trouble} Until then, nothing goes to the hub.`, { urgent: true });
      ready({ name: options.name, ...(trouble !== undefined && { uplink: { trouble } }) });
      await untilStopped(running.close, { withParent: options.dieWithParent, log });
    });
  enrolCommand(command);
  acceptCommand(command);
  trustCommand(command);
  discoverCommand(command);
  bookCommand(command);
  gapsCommand(command);
  showCommand(command);
  listCommand(command);
  tapCommand(command);
  recordingCommand(command);
}

/** What is wrong with the files of its certificate: the edge works without a hub, and its readiness is none of its uplink's. */
async function certificateTrouble(paths: TlsPaths): Promise<string | undefined> {
  const { tlsFiles } = await import('../tls/tls-files.ts');
  return tlsFiles(paths)
    .read(Date.now())
    .then(() => undefined, messageOf);
}
