import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import { openCommandLink } from '../engine/edge/commands/command-link.ts';
import { openCommander } from '../engine/edge/commands/commander.ts';
import { liveValues, type LiveValues } from '../engine/edge/commands/live-values.ts';
import { machineLook } from '../engine/edge/commands/machine-look.ts';
import { refuseUnfit, widerWords } from '../engine/edge/commands/permission-fit.ts';
import { permissionsFrom, type Permissions } from '../engine/edge/commands/permission.ts';
import type { Send } from '../engine/edge/send.ts';
import type { Clock, Random } from '../kernel/clock.ts';
import { Fault, messageOf } from '../kernel/errors.ts';
import type { Probe } from '../kernel/probe.ts';
import type { Signal } from '../model/asset.ts';
import type { MachineCommand } from '../model/machine-command.ts';
import type { SourceControl } from '../model/source.ts';
import type { CommandBook } from '../store/edge-store.ts';

/** How machines are written through an edge, and what its plant allows of that. */
export interface EdgeCommands {
  /** By capability. */
  readonly commands: ReadonlyMap<string, MachineCommand>;
  readonly permissions: Permissions;
}

export interface CommandParts {
  readonly edge: string;
  /** Another one for each process. */
  readonly boot: string;
  readonly hubUrls: readonly string[];
  readonly key: string;
  readonly send: Send;
  readonly store: CommandBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly probe: Probe;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** What a plant's own file allows; without a file, nothing. Raises ENVIRONMENT_INVALID. */
export async function readPermissions(file: string | undefined, signals: Iterable<Signal>, commands: ReadonlyMap<string, MachineCommand>): Promise<Permissions> {
  if (file === undefined) return undefined;
  let given: unknown;
  try {
    given = parseYaml(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Fault('ENVIRONMENT_INVALID', `What this plant allows to be written, ${file}, cannot be read: ${messageOf(error)}`, { file }, error);
  }
  const permissions = permissionsFrom(given, signals, file);
  refuseUnfit(permissions, commands, file);
  return permissions;
}

/** What an edge needs to write to machines. */
export interface MachineWriting {
  /** The newest of the signals that commands show themselves by, or depend on. */
  readonly live: LiveValues;
  /** By source. */
  readonly controls: Map<string, SourceControl>;
  /** Takes commands from every address of the hub, once the sources are open: where several hubs share a log, each has its own. */
  open(parts: CommandParts): Promise<{ close(): Promise<void> }>;
}

export function machineWriting({ commands, permissions }: EdgeCommands, clock: Clock): MachineWriting {
  const landscapes = [...commands.values()].flatMap(({ readBack, interlocks }) => [readBack, ...interlocks.map(({ signal }) => signal)]);
  const plants = [...(permissions?.values() ?? [])].flatMap(({ interlocks }) => interlocks.map(({ signal }) => signal));
  const live = liveValues([...landscapes, ...plants], clock);
  const controls = new Map<string, SourceControl>();
  return {
    live,
    controls,
    async open(parts) {
      for (const words of widerWords(permissions, commands)) parts.log(words);
      const commander = await openCommander({ ...parts, book: parts.store, commands, permissions, look: machineLook(controls, live, clock) });
      const links = parts.hubUrls.map((url) => openCommandLink({ ...parts, url: url.replace(/\/+$/, ''), commander }));
      return {
        async close() {
          await Promise.all([commander.close(), ...links.map(async (link) => link.close())]);
        },
      };
    },
  };
}
