import { join } from 'node:path';
import { Option, type Command } from 'commander';
import type { EdgeStatus } from '../../engine/edge/edge-status.ts';
import { Fault } from '../../kernel/errors.ts';
import { numberText } from '../../kernel/number-text.ts';
import type { LandscapeOptions } from './landscape-options.ts';

interface ShowOptions extends LandscapeOptions {
  readonly name: string;
  readonly json: boolean;
}

export function showCommand(edge: Command): void {
  edge
    .command('show')
    .description('how an edge that runs on this machine is: the release that it runs, its sources, what waits for the hub')
    .addOption(new Option('--json', 'print all that it tells as JSON').default(false))
    .addHelpText('after', '\nExample:\n  lineshaft edge show --data /var/lib/lineshaft --name bremen-1')
    .action(async (_own: unknown, command: Command) => {
      const { data, name, json } = command.optsWithGlobals<ShowOptions>();
      const { askEdge } = await import('../edge-door.ts');
      for await (const told of askEdge(join(data, name), { ask: 'status' })) {
        if (!('status' in told)) throw new Fault('REPLY_BROKEN', `The edge ${name} did not say how it is.`, { edge: name });
        process.stdout.write(json ? `${JSON.stringify(told.status, undefined, 2)}\n` : statusText(name, told.status));
      }
    });
}

type Shown = Pick<EdgeStatus, 'release' | 'uplink' | 'refused' | 'bufferDepth' | 'rules'> & {
  readonly sources: readonly Pick<EdgeStatus['sources'][number], 'name' | 'connected' | 'detail' | 'received'>[];
};

export function statusText(name: string, { release, uplink, refused, bufferDepth, sources, rules }: Shown): string {
  // What the refusing hub said last is the refusal.
  const trouble = refused && uplink.trouble?.includes(refused.hub) ? undefined : uplink.trouble;
  const lines = [
    `${name}  release ${release ?? 'not known'}`,
    `hub ${uplink.hub}: ${numberText(uplink.acknowledged)} events taken, ${numberText(bufferDepth)} wait for it${trouble === undefined ? '' : `; ${trouble}`}`,
    ...(refused ? [`refused by ${refused.hub} since ${new Date(refused.sinceMs).toISOString()}: ${refused.text}`, `  what comes is kept here. ${refused.advice}`] : []),
    ...sources.map(({ name: source, connected, detail, received }) => `source ${source}: ${connected ? 'connected' : 'not connected'}, ${detail}; ${numberText(received)} values`),
    `${numberText(rules.length)} ${rules.length === 1 ? 'rule' : 'rules'}`,
  ];
  return `${lines.join('\n')}\n`;
}
