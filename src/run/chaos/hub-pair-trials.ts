// Two hubs that share a log on PostgreSQL, and what happens to the one that works on the order.
import { shardOf } from '../../store/shard.ts';
import { at } from '../../counterparts/verdict/testimony.ts';
import type { Act, Means } from '../demo/scene.ts';
import type { HubName, Stage } from '../demo/stage.ts';
import { hubList } from './hub-list.ts';
import { passed, placed, trouble, type Place } from './placed.ts';
import { whyNoWire } from './store-trials.ts';
import type { Trial } from './trial.ts';

const order = 'PO-4711';
const lookMs = 100;

/** What is done to a hub until the other one has its shards, and what it takes that it ends; then it is started again. */
interface Harm {
  readonly begin: (stage: Stage, hub: HubName) => void;
  readonly end: (stage: Stage, hub: HubName) => void;
}

const standsStill: Harm = {
  begin: (stage, hub) => stage.signal(hub, 'SIGSTOP'),
  // It wakes up as one that holds nothing any more, and ends by itself.
  end: (stage, hub) => stage.signal(hub, 'SIGCONT'),
};
const isKilled: Harm = { begin: (stage, hub) => stage.kill(hub), end: () => undefined };
const isCutOff: Harm = {
  begin: (stage, hub) => wireOf(stage, hub)?.cut(),
  end: (stage, hub) => wireOf(stage, hub)?.mend(),
};

export const hubPairTrials: readonly Trial[] = [
  pairTrial('one stands still as the event comes, and wakes', 'slow', standsStill),
  pairTrial('one is killed while it sends', 'revised-once', isKilled),
  pairTrial('one loses the database while it sends', 'revised-once', isCutOff),
];

function pairTrial(mode: string, place: Place, harm: Harm): Trial {
  return {
    fault: 'two-hubs',
    mode,
    play: 'slow-line',
    lacks: (given) => whyNoWire(given) ?? (process.platform === 'win32' ? 'this system cannot make a process stand still' : undefined),
    options: () => ({
      hasSecondHub: true,
      // What was under way at the hub that is gone parks where nobody can tell: its owner is told, and lets the system be asked.
      change: (play) => ({ ...placed(play, place, [lost(mode, harm), lookedAt]), elsewhere: ' is parked: ' }),
    }),
  };
}

function wireOf({ store }: Stage, hub: HubName) {
  return hub === 'hub' ? store?.link : store?.second?.link;
}

function lost(what: string, { begin, end }: Harm): Act {
  return trouble(what, async ({ stage, until }) => {
    const ids = { hub: await stage.idOf('hub'), 'second-hub': await stage.idOf('second-hub') };
    const holders = async (): Promise<readonly (string | undefined)[]> => (await stage.store?.holders()) ?? [];
    const comesAbout = async (isThere: (held: readonly (string | undefined)[]) => boolean): Promise<boolean> => {
      while (!isThere(await holders())) {
        if (Date.now() > until) return false;
        await passed(lookMs);
      }
      return true;
    };
    if (!(await comesAbout((held) => Object.values(ids).every((id) => held.filter((each) => each === id).length === held.length / 2)))) return 'each hub has its share';
    const held = await holders();
    const hub: HubName = held[shardOf(order, held.length) - 1] === ids.hub ? 'hub' : 'second-hub';
    const other: HubName = hub === 'hub' ? 'second-hub' : 'hub';
    // As whatever stands before several hubs does.
    await stage.leadTo(other);
    begin(stage, hub);
    const isTaken = await comesAbout((all) => all.every((each) => each === ids[other]));
    end(stage, hub);
    if (!isTaken) return 'the other hub takes all shards';
    await stage.exited(hub);
    await stage.revive(hub);
    return undefined;
  });
}

/** Until nothing is parked any more: each one is asked for again, which looks first. */
const lookedAt = trouble('whoever owns what has parked says: look', async (means) => {
  for (let left = await parked(means); left === undefined || left.length > 0; left = await parked(means)) {
    if (Date.now() > means.until) return 'nothing is parked any more';
    // While a shard changes hands its cases cannot be decided: again in a moment.
    for (const one of left ?? [])
      await means.stage.ask('POST', `/api/exceptions/${String(at(one, 'id'))}/retry`, { version: at(one, 'version'), note: 'look' }).catch(() => undefined);
    await passed(lookMs);
  }
  return undefined;
});

async function parked({ stage }: Means): Promise<readonly unknown[] | undefined> {
  return (await hubList(stage, '/api/exceptions?status=open'))?.filter((one) => at(one, 'type') === 'effect-parked');
}
