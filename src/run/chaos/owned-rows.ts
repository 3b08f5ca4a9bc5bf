// What the hub itself must be able to say when all is at rest: whatever did not succeed has an owner.
import { at } from '../../counterparts/verdict/testimony.ts';
import { listed, same, type Row } from '../../counterparts/verdict/row.ts';
import type { Means } from '../demo/scene.ts';
import { hubList } from './hub-list.ts';

const question = 'Which runs and cases are nobody’s?';

/** Runs that ended in no success, or stopped, without a case that is somebody's; and cases that are nobody's. */
export async function ownedRows({ stage }: Pick<Means, 'stage'>): Promise<readonly Row[]> {
  const [runs, cases] = await Promise.all([hubList(stage, '/api/runs'), hubList(stage, '/api/exceptions?status=all')]);
  if (!runs || !cases) return [same('hub.owned', question, 'none', 'the hub does not answer')];
  const told = new Set(cases.map((one) => at(one, 'run')));
  const stopped = runs.filter((run) => ['failed', 'parked'].includes(String(at(run, 'status'))) && !told.has(at(run, 'id')));
  const nobodys = cases.filter((one) => typeof at(one, 'owner') !== 'string' || at(one, 'owner') === '');
  return [same('hub.owned', question, 'none', listed([...stopped.map((run) => `run ${String(at(run, 'id'))}`), ...nobodys.map((one) => `case ${String(at(one, 'id'))}`)]))];
}
