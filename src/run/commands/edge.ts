import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { Fault } from '../../kernel/errors.ts';
import { makeDataDir } from '../data-dir.ts';
import { bookCommand } from './edge-book.ts';
import { discoverCommand } from './edge-discover.ts';
import { gapsCommand } from './edge-gaps.ts';
import { trustCommand } from './edge-trust.ts';
import { keyFileIn, landscapeFolder, withLandscape, type LandscapeOptions } from './landscape-options.ts';
import { jsonLog, ready, untilStopped } from './process-life.ts';

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
        { diskOf, readEnvironment, references, stallMsOf, telemetryBytesOf },
        { openTelemetryShelf },
        { killProbe },
        { boundedBy },
        { lifeRecord },
        { commandsOf, readPermissions },
        { tlsFiles },
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
        import('../edge-commands.ts'),
        import('../tls/tls-files.ts'),
      ]);
      const log = jsonLog('edge', options.log);
      const dataDir = join(options.data, options.name);
      makeDataDir(dataDir);
      const folder = landscapeFolder(options.landscape);
      const [landscape, environment] = await Promise.all([loadLandscape(folder), references(options.secrets).then((given) => readEnvironment(options.env, given))]);
      const { tls } = environment;
      const key = await edgeKey(options, tls?.edge?.certificate !== undefined);
      const signals = landscape.of('signal');
      const permissions = await readPermissions(options.commands, signals.values());
      const telemetryBytes = telemetryBytesOf(environment);
      const disk = diskOf(environment);
      const edge = await startEdge({
        landscape: {
          signals: signals.values(),
          rules: landscape.of('rule').values(),
          sources: landscape.of('source').values(),
          limits: limitsOf(landscape, environment.limits),
          optionsOf: (source) => environment.sources?.[source],
          release: landscape.release,
          outputs: { outputs: landscape.of('output').values(), optionsOf: (output) => environment.outputs?.[output] },
          commands: { commands: commandsOf(landscape), permissions },
        },
        folder: dataDir,
        openLife: () => lifeRecord({ dir: join(dataDir, 'watchdog'), landscape: folder, log }),
        bounded: boundedBy(stallMsOf(environment)),
        openStore: async () => openSqliteEdgeStore(join(dataDir, 'edge.db'), { bytesMax: disk.bytesMax, depthMax: disk.eventsMax }),
        disk,
        ...(tls?.edge && { tls: tlsFiles(tls.edge) }),
        ...(telemetryBytes > 0 && { openTelemetry: async () => openTelemetryShelf(join(dataDir, 'telemetry'), telemetryBytes) }),
        edgeName: options.name,
        hubUrls: options.hub.length > 0 ? options.hub : [defaultHub],
        key,
        log,
        probe: killProbe(),
      });
      ready({ name: options.name });
      await untilStopped(edge.close, { withParent: options.dieWithParent, log });
    });
  trustCommand(command);
  discoverCommand(command);
  bookCommand(command);
  gapsCommand(command);
}

/** The edge's key: given, from the process environment, or from the hub's key file where both run on one machine; empty where a certificate stands for it. */
async function edgeKey(options: EdgeCommandOptions, isCertified: boolean): Promise<string> {
  const given = options.key ?? process.env['LINESHAFT_EDGE_KEY'];
  if (given !== undefined || isCertified) return given ?? '';
  const file = keyFileIn(options.data);
  const parsed: unknown = JSON.parse(
    await readFile(file, 'utf8').catch(() => {
      throw new Fault('COMMAND_INVALID', `This edge has no key. Give it with --key or LINESHAFT_EDGE_KEY (no key file at ${file}).`, { file });
    }),
  );
  if (typeof parsed === 'object' && parsed !== null && 'edge' in parsed && typeof parsed.edge === 'string') return parsed.edge;
  throw new Fault('COMMAND_INVALID', `The key file ${file} names no "edge" key.`, { file });
}
