// What the hub itself must be able to say when all is at rest: whatever did not succeed has an owner.
import { at } from '../../counterparts/verdict/testimony.ts';
import { listed, same, type Row } from '../../counterparts/verdict/row.ts';
import type { Means } from '../demo/scene.ts';

export const listMax = 100;

/** Runs that ended in no success, or stopped, without a case that is somebody's; and cases that are nobody's. */
export async function ownedRows({ stage }: Pick<Means, 'stage'>): Promise<readonly Row[]> {
  const [runs, cases] = await Promise.all([stage.ask('GET', `/api/runs?limit=${listMax}`), stage.ask('GET', `/api/exceptions?status=all&limit=${listMax}`)]).catch(() => [
    undefined,
    undefined,
  ]);
  if (!Array.isArray(runs) || !Array.isArray(cases)) return [same('hub.owned', 'Is everything that did not succeed somebody’s?', 'none', 'the hub does not answer')];
  const told = new Set(cases.map((one: unknown) => at(one, 'run')));
  const stopped = runs.filter((run: unknown) => ['failed', 'parked'].includes(String(at(run, 'status'))) && !told.has(at(run, 'id')));
  const nobodys = cases.filter((one: unknown) => typeof at(one, 'owner') !== 'string' || at(one, 'owner') === '');
  return [
    same(
      'hub.owned',
      'Which runs and cases are nobody’s?',
      'none',
      listed([...stopped.map((run: unknown) => `run ${String(at(run, 'id'))}`), ...nobodys.map((one: unknown) => `case ${String(at(one, 'id'))}`)]),
    ),
  ];
}
