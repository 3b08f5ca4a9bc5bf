import type { Landscape } from '../../src/model/landscape.ts';
import { chance, type Chance } from './chance.ts';
import { faultText, faultsOf, type Faults, type PlannedFault } from './fault.ts';
import { otherRelease } from './landscape.ts';
import { sceneOf, type Scene } from './scene.ts';
import { story, type Story } from './story.ts';
import { timeline, type Timeline } from './timeline.ts';
import { trials, type Trials } from './trials.ts';

/** What all parts of a simulated world share. */
export interface World {
  readonly seed: number;
  readonly landscape: Landscape;
  /** The release that a deploy puts in its place. */
  readonly other: Landscape;
  readonly scene: Scene;
  readonly time: Timeline;
  readonly story: Story;
  readonly faults: Faults;
  readonly trials: Trials;
  /** A stream of chance of its own for each part, so that one does not shift when another asks more often. */
  chance(name: string): Chance;
  delay(ms: number): Promise<void>;
  /** Something that must never be was seen. */
  broken(what: string): void;
  readonly breaches: readonly string[];
  /** Calls, messages and late commits that are still under way outside of hub and edges. */
  pending: number;
}

export function world(landscape: Landscape, seed: number, plan: readonly PlannedFault[], keepStory: boolean, onHit: (fault: PlannedFault) => void): World {
  const scene = sceneOf(seed);
  const time = timeline(scene.startMs);
  const told = story(time.now, scene.startMs, keepStory);
  const breaches: string[] = [];
  function broken(what: string): void {
    told.tell('BREACH', what);
    if (!breaches.includes(what)) breaches.push(what);
  }
  return {
    seed,
    landscape,
    other: otherRelease(landscape),
    scene,
    time,
    story: told,
    faults: faultsOf(plan, (fault) => {
      told.tell('FAULT', faultText(fault));
      onHit(fault);
    }),
    trials: trials(broken),
    chance: (name) => chance(seed, name),
    delay: (ms) => new Promise((resolve) => time.after(ms, resolve)),
    broken,
    breaches,
    pending: 0,
  };
}
