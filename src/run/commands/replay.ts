import { Option, type Command } from 'commander';
import type { ReplayView } from '../../api/replays.ts';
import { Fault } from '../../kernel/errors.ts';
import { askHub, type AccessOptions } from './hub-access.ts';
import { wholeNumber } from './whole-number.ts';

interface ReplayOptions extends AccessOptions {
  readonly key: string | undefined;
  readonly flow: string | undefined;
  /** Here `--key` is the business key. */
  readonly hubKey: string | undefined;
  readonly type: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly limit: string;
  readonly dryRun: boolean;
  readonly live: boolean;
  readonly ask: boolean;
  readonly reason: string;
  readonly onCurrentRelease: boolean;
  readonly json: boolean;
}

const eventsMax = 1_000;

const help = `
Examples:
  lineshaft replay --key PO-4711 --dry-run
  lineshaft replay --flow packaging-bottleneck --from 2026-01-31T06:00:00Z --dry-run --json
  lineshaft replay --key PO-4711 --live --reason "the flow came later than the order"

A dry run sends and writes nothing: systems answer what was recorded, waits go by the log, and what the flow would ask for is
compared with what happened. Where no answer is known it stops and says so; --ask lets it ask systems (queries only).
Live, an event keeps its one run: one that has ended or goes on is left as it is, one that failed or was let go goes on from the
step that failed, one that never was begins. What was done is never sent again.`;

export function replayCommand(program: Command): void {
  program
    .command('replay')
    .description('play events of the log into flows again, dry or live')
    .addOption(new Option('--flow <name>', 'into this flow only'))
    .addOption(new Option('--key <value>', 'events of this order, shipment, asset …'))
    .addOption(new Option('--type <type>', 'events of this type, e.g. production.variance.detected.v1'))
    .addOption(new Option('--from <time>', 'events that the hub took then or later (RFC 3339)'))
    .addOption(new Option('--to <time>', 'events that the hub took then or earlier (RFC 3339)'))
    .addOption(new Option('--limit <number>', 'how many events at most').default('100'))
    .addOption(new Option('--dry-run', 'send and write nothing; tell what would be different').default(false).conflicts('live'))
    .addOption(new Option('--live', 'start or go on with what is missing or failed').default(false))
    .addOption(new Option('--ask', 'dry run: systems may be asked what the record does not answer').default(false))
    .addOption(new Option('--reason <text>', 'live: why; it stands in the audit').default(''))
    .addOption(new Option('--on-current-release', 'live: failed runs of another release go on with the one that the hub has').default(false))
    .addOption(new Option('--json', 'print JSON').default(false))
    .addOption(new Option('--hub <url>', 'address of the hub (default: the one that runs on --data)'))
    .addOption(new Option('--hub-key <key>', 'key at the hub (default: LINESHAFT_KEY, or the admin key of the key file in --data)'))
    .addOption(new Option('--data <dir>', 'where the hub keeps its state').default('.lineshaft'))
    .addHelpText('after', help)
    .action(replay);
}

async function replay(options: ReplayOptions): Promise<void> {
  if (options.dryRun === options.live) throw new Fault('COMMAND_INVALID', 'Say --dry-run or --live.');
  if (options.live && options.reason.trim() === '') throw new Fault('COMMAND_INVALID', 'Say why with --reason: it stands in the audit.');
  const { flow, key, type, from, to } = options;
  const body = {
    ...Object.fromEntries(Object.entries({ flow, key, type, from, to }).filter(([, value]) => value !== undefined)),
    limit: wholeNumber('--limit', options.limit, eventsMax, 1),
    ...(options.live
      ? { mode: 'live', reason: options.reason, ...(options.onCurrentRelease && { onCurrentRelease: true }) }
      : { mode: 'dry-run', ...(options.ask && { ask: true }) }),
  };
  // The hub answers in the shape that this very version declares.
  const view = (await askHub({ hub: options.hub, key: options.hubKey, data: options.data }, 'POST', '/api/replays', body)) as ReplayView;
  process.stdout.write(options.json ? `${JSON.stringify(view, undefined, 2)}\n` : view.mode === 'live' ? liveText(view) : dryText(view));
}

function dryText({ rehearsals, different, cut }: Extract<ReplayView, { mode: 'dry-run' }>): string {
  const told = rehearsals.map(({ run, key, was, end, why, steps }) => {
    const lines = steps
      .filter(({ verdict }) => verdict !== 'same')
      .flatMap(({ id, verdict, answer, differences }) => [
        `    ${verdict.padEnd(11)} ${id}${answer === 'stand-in' ? '  (went on with the answer of then)' : ''}`,
        ...differences.map(({ path, before, after }) => `      ${path || '/'}: ${textOf(before)} → ${textOf(after)}`),
      ]);
    const same = steps.filter(({ verdict }) => verdict === 'same').length;
    const ends = end === 'decided' ? `${was}, ${why}` : `${was ?? 'no run'} → ${end}${why === undefined ? '' : `: ${why}`}`;
    return [`${run}  ${key ?? ''}\n  ${ends}; ${same} of ${steps.length} steps the same`, ...lines].join('\n');
  });
  return `${[...told, `${rehearsals.length} rehearsed, ${different} different${cutText(cut)}. Nothing was sent.`].join('\n\n')}\n`;
}

function liveText({ replayed, cut }: Extract<ReplayView, { mode: 'live' }>): string {
  const told = replayed.map(({ run, key, outcome, why }) => `${outcome.padEnd(10)} ${run}  ${key ?? ''}${why === undefined ? '' : `\n           ${why}`}`);
  return `${[...told, `${replayed.length} looked at${cutText(cut)}.`].join('\n')}\n`;
}

function cutText(cut: ReplayView['cut']): string {
  switch (cut) {
    case undefined:
      return '';
    case 'events':
      return '; there are more than --limit';
    case 'time':
      return '; the time for one replay was over: go on with --from';
  }
}

function textOf(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
