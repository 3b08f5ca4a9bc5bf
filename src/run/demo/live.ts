// `lineshaft demo`: the main scene told as it happens, and everything up afterwards.
import { join } from 'node:path';
import { messageOf } from '../../kernel/errors.ts';
import { exitCodes } from '../commands/failure.ts';
import { writeAddress } from '../commands/hub-access.ts';
import { agreementIn } from './agreement.ts';
import { demoDoor } from './demo-door.ts';
import type { Packer } from './demo-landscape.ts';
import { freePlay } from './free-play.ts';
import { openFront } from './front.ts';
import { onInterruption } from './interruption.ts';
import { narrator } from './narrator.ts';
import { freePort } from './port.ts';
import { tempos, type Tempo, type TempoName } from './tempo.ts';
import { openTheatre } from './theatre.ts';
import { verdictTable } from './verdict-table.ts';

export interface LiveOptions {
  readonly dataDir: string;
  /** As the person wrote it. */
  readonly shownDir: string;
  readonly seed: number;
  readonly port: number;
  readonly tempo: TempoName;
  readonly packer: Packer;
}

const plainWidth = 140;

/** Resolves never: Ctrl-C ends the process. Raises what stops it before the scene is over. */
export async function playLive({ dataDir, shownDir, seed, port, tempo: tempoName, packer }: LiveOptions): Promise<never> {
  const interruption = onInterruption(exitCodes.fine);
  const print = (text: string): void => void process.stdout.write(text);
  const say = (line: string): void => print(`${line}\n`);
  const width = process.stdout.columns ?? plainWidth;
  const begun = Date.now();
  const tempo: Tempo = tempos[tempoName];
  const open = new AsyncDisposableStack();
  interruption.closes(() => open.disposeAsync());
  try {
    const front = open.use(await openFront(port));
    print('Starting eight simulated systems, a hub and an edge …\n');
    const theatre = open.use(await openTheatre({ dataDir, seed, packer, say }));
    const agreement = await agreementIn(theatre.landscape, tempo);
    const free = open.use(freePlay({ seed, tempo, agreement, counterparts: theatre.counterparts }));
    front.open(demoDoor(free));
    const { scene } = free;
    // The hub listens behind the front, and there again when it is started again.
    const hubPort = await freePort();
    front.leadTo(`http://127.0.0.1:${hubPort}`);
    using telling = narrator({ print, width });
    const result = await theatre.play('main', {
      seed,
      tempo: tempoName,
      dataDir,
      port: hubPort,
      publicUrl: front.url,
      limits: tempo.freeLimits,
      keep: true,
      onPlay(play) {
        telling.play(play, seed);
        scene.onPlay(play);
      },
      onWorld: scene.onWorld,
      onAct(act) {
        telling.act(act);
        scene.onAct(act);
      },
      onStage(stage) {
        telling.stage(stage);
        scene.onStage(stage);
        print(`${' '.repeat(9)}hub        up ${((Date.now() - begun) / 1_000).toFixed(1)} s after the start; sign in once: ${stage.signIn}\n`);
      },
      onLife(actor, life) {
        scene.onLife(actor, life);
        // A hub leaves its own address when it starts; the front's holds also while there is none.
        if (actor === 'hub' && life === 'ready') writeAddress(dataDir, front.url).catch((error: unknown) => say(messageOf(error)));
      },
    });
    print(`\n${verdictTable(result, width)}\n`);
    print(whereToLook(result.stage.hubUrl, result.stage.signIn, dataDir, shownDir));
    scene.onEnd();
  } catch (error) {
    if (interruption.isEnding) return interruption.never;
    await open.disposeAsync();
    throw error;
  }
  return interruption.never;
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
