import { fittingOptions } from '../connector-options.ts';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { durationMs } from '../../kernel/duration.ts';
import { Fault } from '../../kernel/errors.ts';
import type { SourceConnector } from '../../model/source.ts';
import { makeDataDir, removeEmpty } from '../data-dir.ts';
import { sourceFolder } from '../source-folder.ts';

interface DiscoverOptions {
  readonly source: string | undefined;
  readonly for: string;
  readonly env: readonly string[];
  readonly secrets: string | undefined;
  readonly secretsKey: string | undefined;
  readonly data: string;
  readonly name: string;
  readonly security: string | undefined;
  readonly sparkplug: boolean;
}

export function discoverCommand(edge: Command): void {
  edge
    .command('discover')
    .description('draft a tag map of what a server or broker has to offer; what could not be named has a note that says why')
    .argument('<url>', 'opc.tcp://…, mqtt://…, http://… (an MTConnect agent) or file:///… (a folder)')
    .addOption(new Option('--source <name>', 'the name of the source in the draft; its options in --env, such as credentials, are used'))
    .addOption(new Option('--for <duration>', 'how long to look, or to listen, at most').default('30s'))
    .addOption(new Option('--sparkplug', 'MQTT: what edge nodes of Sparkplug B were born with; those that are up already are asked for another birth').default(false))
    .addOption(new Option('--security <mode>', 'OPC UA: how messages are secured').choices(['sign-and-encrypt', 'sign', 'none']))
    .addHelpText(
      'after',
      '\nExamples:\n  lineshaft edge discover opc.tcp://10.0.7.7:4840 --source press-7 > tags.csv\n  lineshaft edge discover mqtt://broker:1883 --source line-2 --for 2m > tags.csv\n  lineshaft edge discover http://agent:5000 --source mills > tags.csv\n  lineshaft edge discover mqtt://broker:1883 --sparkplug --source line-2 > tags.csv',
    )
    .action(async (url: string, _own: unknown, command: Command) => {
      const given = command.optsWithGlobals<DiscoverOptions>();
      const source = given.source ?? `found-${createHash('sha256').update(url).digest('hex').slice(0, 6)}`;
      const [{ tagDraft }, { realClock }, { readEnvironment, references }, { shelfPlace }] = await Promise.all([
        import('../../engine/edge/tag-draft.ts'),
        import('../real-clock.ts'),
        import('../environment.ts'),
        import('../secrets/secret-shelf.ts'),
      ]);
      const connector = await connectorOf(url, given.sparkplug);
      const environment = await readEnvironment(given.env, await references(given.secrets, shelfPlace(given.data, given.secretsKey)));
      // Nobody who looks is a host application, so that any name does.
      const wanted = {
        ...(given.sparkplug && { hostId: source }),
        ...asObject(environment.sources?.[source]),
        url,
        ...(given.security !== undefined && { security: given.security }),
      };
      const options = fittingOptions(connector.options, wanted, { kind: 'source', name: source });
      const folder = sourceFolder(join(given.data, given.name), source);
      const made = makeDataDir(folder);
      const log = (message: string): void => void process.stderr.write(`${message}\n`);
      const ports = { clock: realClock, random: Math.random, system: source, log, folder };
      const draft = tagDraft(source);
      const stop = new AbortController();
      const cancel = realClock.after(durationMs(given.for), () => stop.abort());
      process.once('SIGINT', () => stop.abort());
      let isHeaded = false;
      const tell = async (line?: string): Promise<void> => {
        if (!isHeaded) await print(draft.head);
        isHeaded = true;
        if (line !== undefined) await print(line);
      };
      try {
        for await (const found of connector.discover?.(options, ports, stop.signal) ?? []) await tell(draft.line(found));
        await tell();
      } catch (error) {
        removeEmpty(folder, made);
        if (error instanceof Fault && error.code === 'SYSTEM_UNREACHABLE') throw new Fault('SOURCE_UNREACHABLE', error.message, error.details, error);
        throw error;
      } finally {
        cancel();
      }
      const { tags, unnamed } = draft.counts();
      log(`${tags} tag${tags === 1 ? '' : 's'}, ${unnamed} of them not named: see their notes.`);
    });
}

async function connectorOf(url: string, isSparkplug: boolean): Promise<SourceConnector> {
  const { opcUa, mqttJson, mtconnect, fileDrop, sparkplug } = await import('../../connectors/index.ts');
  if (url.startsWith('opc.tcp:')) return opcUa;
  if (/^(mqtts?|wss?):/.test(url)) return isSparkplug ? sparkplug : mqttJson;
  if (/^https?:/.test(url)) return mtconnect;
  if (url.startsWith('file:')) return fileDrop;
  throw new Fault('COMMAND_INVALID', `${JSON.stringify(url)} is none of opc.tcp://…, mqtt://…, http://… (an MTConnect agent) and file:///… (a folder).`, { url });
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

/** As fast as whoever reads takes it. */
async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}
