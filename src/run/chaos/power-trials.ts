// The power of hub or edge goes, at named points of the durable path and in the midst of what follows them.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomFrom } from '../../counterparts/frame/random.ts';
import { at } from '../../counterparts/verdict/testimony.ts';
import { same, type Row } from '../../counterparts/verdict/row.ts';
import { actors, childName, type ActorName, type Stage } from '../demo/stage.ts';
import type { Means, Play } from '../demo/scene.ts';
import { hubList } from './hub-list.ts';
import type { Survivors } from './power-cut/disk.ts';
import { passed, trouble } from './placed.ts';
import { cutPower } from './power-cut/power-cut.ts';
import { recordedIn, whyNoRecorder } from './power-cut/recorder.ts';
import { onDiskOf, type Trial, type TrialRun } from './trial.ts';

/** What somebody outside has been told, or has done, is on the disk by then; one of each kind. */
const points: Readonly<Record<ActorName, readonly string[]>> = {
  hub: [
    'after-commit:run.start.packaging-bottleneck',
    'before-send:production-order.revise#1',
    'after-answer:production-order.revise#1',
    'after-answer:expected-receipt.revise#1',
    'after-commit:done.component.answered#1',
    'before-send:maintenance.request#1',
    'after-answer:maintenance.request#1',
    'after-commit:notice.done',
  ],
  edge: ['edge.after-commit:production.variance.detected', 'edge.after-uplink-answer:production.variance.detected', 'edge.after-acknowledge:production.variance.detected'],
};
/** In the midst of what follows a point; milliseconds. */
const laterMax = 12;
const lookMs = 20;
const survivors: Readonly<Record<Survivors, string>> = { none: 'only what was synced', any: 'torn sectors of the rest' };

export const powerTrials: readonly Trial[] = [
  ...actors.flatMap((actor) => (['none', 'any'] as const).flatMap((kept) => points[actor].map((point) => pointTrial(actor, kept, point)))),
  {
    fault: 'power-cut-hub',
    mode: 'an answered case',
    play: 'slow-line',
    lacks: onDiskOf('hub', whyNoRecorder),
    options: (run) => ({ within: within('hub', run), change: (play) => ({ ...play, acts: [...play.acts, answerThenCut(run)], looks: answerRows }) }),
  },
  {
    fault: 'power-cut-edge',
    mode: 'events that wait for the hub',
    play: 'recover-early',
    lacks: whyNoRecorder,
    options: (run) => ({
      within: within('edge', run),
      variables: { edge: { LINESHAFT_POINTS_FILE: pointsOf(run) } },
      change: (play) => ({ ...play, acts: cutWhileCutOff(play, run) }),
    }),
  },
];

function pointTrial(actor: ActorName, kept: Survivors, point: string): Trial {
  return {
    fault: `power-cut-${actor}`,
    mode: survivors[kept],
    detail: point,
    play: 'slow-line',
    lacks: onDiskOf(actor, whyNoRecorder),
    options(run) {
      const random = randomFrom(run.seed * 31 + point.length);
      // Where sectors are torn something should be under way.
      const afterMs: Readonly<Record<string, string>> = kept === 'none' ? {} : { LINESHAFT_KILL_AFTER_MS: String(Math.floor(random.next() * laterMax)) };
      return {
        within: within(actor, run),
        variables: { [actor]: { LINESHAFT_KILL_AT: point, LINESHAFT_KILL_PROOF: join(run.dataDir, 'killed-at'), ...afterMs } },
        change: (play) => ({ ...play, killAt: { process: actor, point }, betweenLives: () => cut(actor, run, kept, random.next) }),
      };
    },
  };
}

function within(actor: ActorName, run: TrialRun): Partial<Record<ActorName, readonly string[]>> {
  return { [actor]: recordedIn(recordOf(actor, run)) };
}

/** Where the edge writes down which points it has come to. */
function pointsOf({ dataDir }: TrialRun): string {
  return join(dataDir, 'edge-points');
}

function recordOf(actor: ActorName, { dataDir }: TrialRun): string {
  return join(dataDir, `${actor}.record`);
}

function cut(actor: ActorName, run: TrialRun, kept: Survivors, random: () => number): Promise<void> {
  return cutPower({ folder: join(run.dataDir, childName[actor]), record: recordOf(actor, run), survivors: kept, random });
}

/** At no named point, but in the midst of an act. */
async function killThenCut(actor: ActorName, run: TrialRun, stage: Stage): Promise<undefined> {
  const gone = stage.exited(actor);
  stage.kill(actor);
  await gone;
  await cut(actor, run, 'none', () => 0);
}

/** An operator's answer that the hub has taken is taken for good. */
function answerThenCut(run: TrialRun): Play['acts'][number] {
  return trouble('somebody takes the case on, and the power of the hub goes', async ({ stage }) => {
    const [open] = await casesIn({ stage }, 'open');
    if (open === undefined) return 'a case that is open';
    await stage.ask('POST', `/api/exceptions/${String(at(open, 'id'))}/acknowledge`, { version: at(open, 'version') });
    await killThenCut('hub', run, stage);
    await stage.revive('hub');
    return undefined;
  });
}

/** The line is slow while edge and hub are cut off from each other, and well when the edge comes back: only its buffer knows. */
function cutWhileCutOff({ acts }: Play, run: TrialRun): Play['acts'] {
  const slow = acts.findIndex(({ do: what }) => what === 'pace');
  const well = acts.findLastIndex(({ do: what }) => what === 'pace');
  const detected = trouble('the edge stores that the line is slow', async ({ until }) => {
    while (!(await readFile(pointsOf(run), 'utf8').catch(() => '')).includes(points.edge[0] ?? '')) {
      if (Date.now() > until) return 'the event in the buffer of the edge';
      await passed(lookMs);
    }
    return undefined;
  });
  const cutEdge = trouble('the power of the edge goes', async ({ stage }) => killThenCut('edge', run, stage));
  const revive = trouble('the edge is started again', async ({ stage }) => stage.revive('edge').then(() => undefined));
  return [
    ...acts.slice(0, slow),
    { do: 'cut-link' },
    ...acts.slice(slow, slow + 1),
    detected,
    cutEdge,
    ...acts.slice(well, well + 1),
    revive,
    { do: 'mend-link' },
    ...acts.slice(well + 1),
  ];
}

async function answerRows(means: Means): Promise<readonly Row[]> {
  const taken = await casesIn(means, 'acknowledged');
  return [same('hub.lost.answer', 'How many cases has somebody taken on?', 1, taken.length)];
}

async function casesIn({ stage }: Pick<Means, 'stage'>, status: string): Promise<readonly unknown[]> {
  return (await hubList(stage, `/api/exceptions?status=${status}`)) ?? [];
}
