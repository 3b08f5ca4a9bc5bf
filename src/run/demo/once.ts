// `lineshaft demo --once`: every play to its verdict, then the end.
import { playNames, type PlayName } from '../../counterparts/verdict/play-name.ts';
import type { PlayResult } from './director.ts';
import { openNarrator } from './narrator.ts';
import { interruptible } from './interruption.ts';
import type { TempoName } from './tempo.ts';
import { openTheatre, type Theatre } from './theatre.ts';
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
}

type Print = (text: string) => void;

/** Whether every play ended as it must. With `json` standard output gets one JSON document and nothing else. */
export async function playOnce({ dataDir, seed, port, names, tempo, json }: OnceOptions): Promise<boolean> {
  const print: Print = json ? () => undefined : (text) => void process.stdout.write(text);
  const progress: Print = (text) => void process.stderr.write(text);
  const results: PlayResult[] = [];
  const begun = Date.now();
  const told = await interruptible(async (signal) => {
    await using theatre = await openTheatre({ dataDir, seed, say: (line) => progress(`${line}\n`) });
    print(`The simulated systems are up after ${((Date.now() - begun) / 1_000).toFixed(1)} s.\n`);
    for (const name of names.length > 0 ? names : playNames) {
      if (signal.aborted) return;
      results.push(await playOne(theatre, name, { seed, port, tempo: tempo ?? (name === 'main' ? 'demo' : 'kill'), print }));
    }
  });
  if (told === 'interrupted') return false;
  const ok = results.every((result) => result.ok);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ plays: results.map((result) => ({ name: result.name, seed: result.seed, ok: result.ok, tookMs: result.tookMs, rows: result.rows })), ok }, undefined, 2)}\n`,
    );
  print(`\n${closingTable(results)}`);
  return ok;
}

async function playOne(
  theatre: Theatre,
  name: PlayName,
  options: { readonly seed: number; readonly port: number; readonly tempo: TempoName; readonly print: Print },
): Promise<PlayResult> {
  const { print } = options;
  const narrator = openNarrator(print);
  try {
    const result = await theatre.play(name, { ...options, onAct: narrator.act, onStage: narrator.stage });
    print(`\n${verdictTable(result, process.stdout.columns ?? plainWidth)}`);
    return result;
  } finally {
    narrator.close();
  }
}

const plainWidth = 140;
