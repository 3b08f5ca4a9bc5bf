// `lineshaft demo --once`: every play to its verdict, then the end.
import { playNames, type PlayName } from '../../counterparts/verdict/play-name.ts';
import { exitCodes } from '../commands/failure.ts';
import type { Packer } from './demo-landscape.ts';
import type { PlayResult } from './director.ts';
import { onInterruption } from './interruption.ts';
import { narrator } from './narrator.ts';
import type { TempoName } from './tempo.ts';
import { openTheatre, type PlayOptions, type Theatre } from './theatre.ts';
import { closingTable, verdictTable } from './verdict-table.ts';

export interface OnceOptions {
  readonly dataDir: string;
  readonly seed: number;
  readonly port: number;
  /** None: all of them. */
  readonly names: readonly PlayName[];
  /** Unset: the main scene so that a person can follow it, the others fast. */
  readonly tempo: TempoName | undefined;
  readonly json: boolean;
  /** A PostgreSQL database for the hub's log. */
  readonly store: string | undefined;
  readonly packer: Packer;
}

type Print = (text: string) => void;

const plainWidth = 140;

/** Whether every play ended as it must. With `json` standard output gets one JSON document and nothing else. */
export async function playOnce({ dataDir, seed, port, names, tempo, json, store, packer }: OnceOptions): Promise<boolean> {
  const interruption = onInterruption(exitCodes['findings or a failed verdict']);
  const print: Print = json ? () => undefined : (text) => void process.stdout.write(text);
  const begun = Date.now();
  const results: PlayResult[] = [];
  try {
    await using theatre = await openTheatre({ dataDir, seed, store, packer, say: (line) => void process.stderr.write(`${line}\n`) });
    interruption.closes(async () => theatre[Symbol.asyncDispose]());
    print(`The simulated systems are up after ${((Date.now() - begun) / 1_000).toFixed(1)} s.\n`);
    for (const name of names.length > 0 ? names : playNames) {
      results.push(await playOne(theatre, name, { seed, port, tempo: tempo ?? (name === 'main' ? 'demo' : 'kill') }, json ? undefined : print));
    }
  } catch (error) {
    if (interruption.isEnding) return interruption.never;
    throw error;
  }
  const ok = results.every((result) => result.ok);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ plays: results.map(({ name, seed: of, ok: held, tookMs, rows }) => ({ name, seed: of, ok: held, tookMs, rows })), ok }, undefined, 2)}\n`,
    );
  print(`\n${closingTable(results)}`);
  return ok;
}

async function playOne(theatre: Theatre, name: PlayName, options: PlayOptions, print: Print | undefined): Promise<PlayResult> {
  if (!print) return theatre.play(name, options);
  const width = process.stdout.columns ?? plainWidth;
  using telling = narrator({ print, width });
  const result = await theatre.play(name, { ...options, onPlay: (play) => telling.play(play, options.seed), onAct: telling.act, onStage: telling.stage });
  print(`\n${verdictTable(result, width)}`);
  return result;
}
