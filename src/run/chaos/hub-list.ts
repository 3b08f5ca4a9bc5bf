import type { Stage } from '../demo/stage.ts';

/** More than a run of the matrix makes of anything that is looked at whole. */
const listMax = 1_000;

/** What the hub lists at a path; undefined where it does not answer. */
export async function hubList(stage: Pick<Stage, 'ask'>, path: string): Promise<readonly unknown[] | undefined> {
  const answer = await stage.ask('GET', `${path}${path.includes('?') ? '&' : '?'}limit=${listMax}`).catch(() => undefined);
  if (!Array.isArray(answer)) return undefined;
  const list: readonly unknown[] = answer;
  return list;
}
