// Hub and edge killed at every named point of the durable path.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlayName } from '../../counterparts/verdict/play-name.ts';
import type { ActorName } from '../demo/stage.ts';
import type { Theatre } from '../demo/theatre.ts';
import type { Trial } from './trial.ts';

export interface KillPoint {
  readonly play: PlayName;
  readonly process: ActorName;
  readonly point: string;
}

/** How the points are found. */
export interface Recording {
  /** Where the lists of points go. */
  readonly dataDir: string;
  readonly seed: number;
  /** The same as in the plays that come to the points again. */
  readonly limits: Readonly<Record<string, string>>;
}

/** A point that several of them reach is played in the first; the last one is short. */
const recordedPlays: readonly PlayName[] = ['main', 'recover-late', 'release-refused'];
const actors: readonly ActorName[] = ['hub', 'edge'];

/** Plays without a kill, and lists each named point with the play and process that reach it. Raises an error where one does not end as it must. */
export async function pointsReached(theatre: Theatre, recording: Recording): Promise<readonly KillPoint[]> {
  const points = new Map<string, KillPoint>();
  for (const play of recordedPlays) {
    for (const one of await reachedIn(theatre, play, recording)) if (!points.has(one.point)) points.set(one.point, one);
  }
  return [...points.values()];
}

async function reachedIn(theatre: Theatre, play: PlayName, { dataDir, seed, limits }: Recording): Promise<readonly KillPoint[]> {
  const fileOf = (actor: ActorName): string => join(dataDir, `points-${play}-${actor}`);
  for (const actor of actors) await rm(fileOf(actor), { force: true });
  const variables = Object.fromEntries(actors.map((actor) => [actor, { LINESHAFT_POINTS_FILE: fileOf(actor) }]));
  const { ok, rows, stage } = await theatre.play(play, { seed, tempo: 'kill', limits, variables, keep: true });
  if (!ok) throw new Error(`The play "${play}" did not end as it must even without a kill: ${JSON.stringify(rows.filter((row) => !row.ok))}`);
  // Before the stage is cleared: what is reached only in closing is no part of the play.
  const points: KillPoint[] = [];
  for (const process of actors) {
    // A process that reaches none writes no file.
    const text = await readFile(fileOf(process), 'utf8').catch(() => '');
    points.push(...[...new Set(text.split('\n').filter((line) => line !== ''))].map((point) => ({ play, process, point })));
  }
  await theatre.clear(stage);
  return points;
}

export function killTrial({ play, process, point }: KillPoint): Trial {
  return {
    fault: `kill-${process}`,
    mode: placeOf(point),
    detail: point,
    play,
    mayMiss: true,
    options: () => ({ change: (one) => ({ ...one, killAt: { process, point } }) }),
  };
}

/** The kind of place that a point is, e.g. `after-commit`. */
export function placeOf(point: string): string {
  return /^(?:edge\.)?([a-z-]+)/.exec(point)?.[1] ?? point;
}
