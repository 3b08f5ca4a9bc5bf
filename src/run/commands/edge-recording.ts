import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { Fault } from '../../kernel/errors.ts';
import { numberText } from '../../kernel/number-text.ts';
import type { Closing } from '../../engine/telemetry/closing-mark.ts';
import type { LandscapeOptions } from './landscape-options.ts';
import { spanGiven } from './tried-recording.ts';
import { wholeNumber } from './whole-number.ts';

interface RecordingOptions extends LandscapeOptions {
  readonly name: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly megabytes: string;
}

const megabytesMax = 100_000;

const help = `
Examples:
  lineshaft edge recording --name bremen-1 --from 2026-11-02T06:00:00Z --to 2026-11-02T14:00:00Z > bremen-1.tel
  ssh gateway lineshaft edge recording --data /var/lib/lineshaft --name bremen-1 > bremen-1.tel
  lineshaft rules backtest packaging.throughput-drop --recording bremen-1.tel

It begins with the file in which that time begins, so that a backtest knows what the rules held then.`;

export function recordingCommand(edge: Command): void {
  edge
    .command('recording')
    .description('write what the edge recorded to standard output, for a backtest elsewhere; beside the edge, whether it runs or not')
    .addOption(new Option('--from <time>', 'from this event time on (RFC 3339)'))
    .addOption(new Option('--to <time>', 'up to this event time (RFC 3339)'))
    .addOption(new Option('--megabytes <number>', 'refuse more than so many').default('500'))
    .addHelpText('after', help)
    .action(async (_own: unknown, command: Command) => writeRecording(command.optsWithGlobals<RecordingOptions>()));
}

async function writeRecording({ data, name, from, to, megabytes }: RecordingOptions): Promise<void> {
  if (process.stdout.isTTY) throw new Fault('COMMAND_INVALID', 'A recording is no text. Write it to a file: lineshaft edge recording … > recording.tel');
  const { recordedBytes } = await import('../recording-file.ts');
  const { fromMs = -Infinity, toMs = Infinity } = spanGiven({ from, to });
  const bytesMax = wholeNumber('--megabytes', megabytes, megabytesMax, 1) * 1_000_000;
  let told = '';
  const closing = ({ blocks, values }: Closing): void => {
    told = `${numberText(values)} values in ${numberText(blocks)} ${blocks === 1 ? 'block' : 'blocks'}, and a closing mark`;
  };
  let total = 0;
  for await (const bytes of recordedBytes(join(data, name, 'telemetry'), { fromMs, toMs, bytesMax }, closing)) {
    await written(bytes);
    total += bytes.length;
  }
  process.stderr.write(`${numberText(total)} bytes written: ${told}.\n`);
}

/** Waits for who reads. Rejects with what the system says. */
async function written(bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => process.stdout.write(bytes, (error) => (error ? reject(error) : resolve())));
}
