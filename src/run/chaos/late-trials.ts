// A run that is not over within the time of its flow: the hub dies around what it does about that, or its clock is set.
import { join } from 'node:path';
import { at } from '../../counterparts/verdict/testimony.ts';
import type { Act, Play } from '../demo/scene.ts';
import { hubList } from './hub-list.ts';
import { clockSteps } from './machine-trials.ts';
import { caseRows } from './message-trials.ts';
import { passed, trouble } from './placed.ts';
import type { Trial } from './trial.ts';

/** Longer than the order needs to be released, on a busy machine too. */
const within = '5s';
/** By so much a clock is set: past the deadline, and so far back that it is one to come. */
const stepMs = 6_000;
const lookMs = 100;

/** Around the commit that ends it, and around what takes back what it did. */
const points = [
  'before-commit:exception.open.run-late',
  'after-commit:exception.open.run-late',
  'before-send:undo:production-order.release#1',
  'after-answer:undo:production-order.release#1',
];

const isTold = trouble('the hub tells that the run is late', async ({ stage, until }) => {
  for (;;) {
    const cases = (await hubList(stage, '/api/exceptions?status=all')) ?? [];
    if (cases.some((one) => at(one, 'type') === 'run-late')) return undefined;
    if (Date.now() > until) return 'a case of the run that is late';
    await passed(lookMs);
  }
});

const releaseRequested: Act = { do: 'tell', type: 'production.release.requested.v1', data: { order: 'PO-4712', revision: 1 } };

/** The line takes nothing until the time of the run is over; then it would, and the order is asked for once more by the same event. */
function late(play: Play, steps: readonly Act[]): Play {
  const begin: readonly Act[] = [
    { do: 'fault', at: 'mes', rule: { kind: 'outage', mode: '503' } },
    releaseRequested,
    { do: 'await', at: 'erp', type: 'production-order.released', count: 1 },
  ];
  const acts: readonly Act[] = [...begin, ...steps, isTold, { do: 'mend', at: 'mes' }, releaseRequested, ...play.acts];
  return { ...play, limits: { 'release.within': within }, acts, looks: caseRows(['run-late 1']) };
}

export const lateTrials: readonly Trial[] = [
  ...points.map((point): Trial => ({
    fault: 'late-run',
    mode: 'the hub is killed',
    detail: point,
    play: 'release-late',
    options: () => ({ change: (play) => ({ ...late(play, []), killAt: { process: 'hub', point } }) }),
  })),
  clockTrial('ahead and back', [stepMs, 0]),
  clockTrial('back and ahead', [-stepMs, 0]),
];

function clockTrial(how: string, offsets: readonly number[]): Trial {
  return {
    fault: 'late-run',
    mode: `the hub’s clock, ${how}`,
    play: 'release-late',
    options({ dataDir }) {
      const file = join(dataDir, 'hub-clock');
      return { variables: { hub: { LINESHAFT_CLOCK_FILE: file } }, change: (play) => late(play, [clockSteps('hub', how, { file, offsets })]) };
    },
  };
}
