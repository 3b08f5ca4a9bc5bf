// Kills hub or edge at every named point of the durable path, one play each: the ledgers must be the same as if nothing had happened.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlayName } from '../../counterparts/verdict/play-name.ts';
import { messageOf } from '../../kernel/errors.ts';
import { openTheatre, type Theatre } from './theatre.ts';

export interface KillPoint {
  readonly play: PlayName;
  readonly process: 'hub' | 'edge';
  readonly point: string;
}

export interface KillResult extends KillPoint {
  readonly ok: boolean;
  readonly tookMs: number;
  /** Ids of rows that are not as they must be, with what was found; or what stopped the play. */
  readonly wrong: readonly string[];
}

export interface KillPlaysOptions {
  readonly dataDir: string;
  readonly seed: number;
  /** Theatres that play at the same time, each with systems of its own. */
  readonly lanes: number;
  /** None: every point that the recorded plays reach. */
  readonly points: readonly KillPoint[];
  readonly say: (line: string) => void;
}

/** A point that several of them reach is played in the first; the last one is short. */
const recordedPlays: readonly PlayName[] = ['main', 'recover-late', 'release-refused'];

/** Raises where a recorded play, without any kill, does not end as it must. */
export async function playKills({ dataDir, seed, lanes, points, say }: KillPlaysOptions): Promise<readonly KillResult[]> {
  await using opened = new AsyncDisposableStack();
  const theatres = await Promise.all(Array.from({ length: lanes }, async (_, lane) => opened.use(await openTheatre({ dataDir: join(dataDir, `lane-${lane}`), seed, say }))));
  const [first] = theatres;
  if (!first) return [];
  const waiting = points.length > 0 ? [...points] : await pointsReached(first, join(dataDir, 'points'), seed);
  const whole = waiting.length;
  const results: KillResult[] = [];
  const playLane = async (theatre: Theatre): Promise<void> => {
    for (let point = waiting.shift(); point; point = waiting.shift()) {
      const result = await playKill(theatre, point, seed);
      results.push(result);
      say(`${String(results.length).padStart(4)} of ${whole}  ${resultText(result)}`);
    }
  };
  await Promise.all(theatres.map(playLane));
  return results;
}

/** Plays without a kill, and lists each named point with the play and process that reach it. */
async function pointsReached(theatre: Theatre, file: string, seed: number): Promise<KillPoint[]> {
  const points = new Map<string, KillPoint>();
  for (const play of recordedPlays) {
    const files = { hub: `${file}-${play}-hub`, edge: `${file}-${play}-edge` } as const;
    const variables = { hub: { LINESHAFT_POINTS_FILE: files.hub }, edge: { LINESHAFT_POINTS_FILE: files.edge } };
    const { ok, rows, stage } = await theatre.play(play, { seed, tempo: 'kill', variables, keep: true });
    if (!ok) throw new Error(`The play "${play}" did not end as it must even without a kill: ${JSON.stringify(rows.filter((row) => !row.ok))}`);
    // Before the stage is cleared: what is reached only in closing is no part of the play.
    for (const process of ['hub', 'edge'] as const) {
      // A process that reaches none writes no file.
      const text = await readFile(files[process], 'utf8').catch(() => '');
      for (const point of new Set(text.split('\n').filter((line) => line !== ''))) if (!points.has(point)) points.set(point, { play, process, point });
    }
    await theatre.clear(stage);
  }
  return [...points.values()];
}

async function playKill(theatre: Theatre, killPoint: KillPoint, seed: number): Promise<KillResult> {
  const { play, process, point } = killPoint;
  const startMs = Date.now();
  try {
    const { ok, rows, tookMs } = await theatre.play(play, { seed, tempo: 'kill', change: (one) => ({ ...one, killAt: { process, point } }) });
    return { ...killPoint, ok, tookMs, wrong: rows.filter((row) => !row.ok).map(({ id, expected, found }) => `${id}: expected ${expected}, found ${found}`) };
  } catch (error) {
    // One play that cannot go on says nothing of the others.
    return { ...killPoint, ok: false, tookMs: Date.now() - startMs, wrong: [messageOf(error)] };
  }
}

function resultText({ ok, play, process, point, tookMs, wrong }: KillResult): string {
  return [
    `${ok ? '✓' : '✗'} ${process.padEnd(4)}  ${point.padEnd(56)}  ${play.padEnd(15)} ${(tookMs / 1_000).toFixed(1).padStart(5)} s`,
    ...wrong.map((line) => `        ${line}`),
  ].join('\n');
}

/** Every point with how its play ended, and the count. */
export function killTable(results: readonly KillResult[]): string {
  const sorted = results.toSorted((a, b) => Number(b.ok) - Number(a.ok) || (a.point < b.point ? -1 : 1));
  const good = results.filter(({ ok }) => ok).length;
  return [...sorted.map(resultText), '', `${good} of ${results.length} kills left the same ledgers as none.`].join('\n');
}
