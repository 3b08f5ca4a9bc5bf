// `lineshaft demo`: the main scene told as it happens, and everything up afterwards.
import { join } from 'node:path';
import { exitCodes } from '../commands/failure.ts';
import { writeAddress } from '../commands/hub-access.ts';
import { onInterruption } from './interruption.ts';
import { narrator } from './narrator.ts';
import { freePort } from './port.ts';
import { openTheatre } from './theatre.ts';
import { verdictTable } from './verdict-table.ts';

export interface LiveOptions {
  readonly dataDir: string;
  /** As the person wrote it. */
  readonly shownDir: string;
  readonly seed: number;
  readonly port: number;
}

const plainWidth = 140;

/** Resolves never: Ctrl-C ends the process. Raises what stops it before the scene is over. */
export async function playLive({ dataDir, shownDir, seed, port }: LiveOptions): Promise<never> {
  const interruption = onInterruption(exitCodes.fine);
  const print = (text: string): void => void process.stdout.write(text);
  const width = process.stdout.columns ?? plainWidth;
  const begun = Date.now();
  await using opened = new AsyncDisposableStack();
  try {
    print('Starting eight simulated systems, a hub and an edge …\n');
    const theatre = await openTheatre({ dataDir, seed, say: (line) => print(`${line}\n`) });
    // What failed must not stay up; what plays on ends by Ctrl-C only.
    opened.use(theatre);
    interruption.closes(async () => theatre[Symbol.asyncDispose]());
    using telling = narrator({ print, width });
    const result = await theatre.play('main', {
      seed,
      tempo: 'demo',
      dataDir,
      // The same one after a restart.
      port: port === 0 ? await freePort() : port,
      keep: true,
      onPlay: (play) => telling.play(play, seed),
      onAct: telling.act,
      onStage(stage) {
        telling.stage(stage);
        print(`${' '.repeat(9)}hub        up ${((Date.now() - begun) / 1_000).toFixed(1)} s after the start; sign in once: ${stage.signIn}\n`);
      },
    });
    print(`\n${verdictTable(result, width)}\n`);
    print(whereToLook(result.stage.hubUrl, result.stage.signIn, dataDir, shownDir));
    await writeAddress(dataDir, result.stage.hubUrl);
  } catch (error) {
    if (!interruption.isEnding) throw error;
  }
  return await interruption.never;
}

function whereToLook(hubUrl: string, signIn: string, dataDir: string, shownDir: string): string {
  const data = shownDir === '.lineshaft' ? '' : ` --data ${shownDir}`;
  return [
    'Everything is up and stays up.',
    `  Hub       ${hubUrl}`,
    `  Sign in   ${signIn}   (once)`,
    `  Keys      ${join(dataDir, 'hub', 'keys.json')}`,
    `  Story     npx lineshaft trace PO-4711${data}`,
    `  Cases     npx lineshaft exceptions${data}`,
    `  Systems   ${join(dataDir, 'systems.json')}   (each shows what was really done at /_ledger)`,
    `  Logs      ${join(dataDir, 'logs')}`,
    '',
    'Ctrl-C stops it all.',
    '',
  ].join('\n');
}
