// The wire between the hub and the database that has its log.
import type { Act } from '../demo/scene.ts';
import { flaps } from './link-trials.ts';
import { passed, placed, trouble, type Place } from './placed.ts';
import type { Trial, TrialPlace } from './trial.ts';

/** Longer than a system waits for us, shorter than another hub would wait to take over. */
const cutMs = 1_200;

export const storeTrials: readonly Trial[] = [
  storeCut('as the event comes', 'slow', cutOnce('as the event comes')),
  storeCut('while it sends', 'revised-once', cutOnce('while it sends')),
  storeCut(
    'again and again',
    'slow',
    trouble('the wire to the store breaks again and again', async ({ stage }) => flaps(stage.store?.link)),
  ),
];

function storeCut(mode: string, place: Place, cut: Act): Trial {
  return {
    fault: 'store-cut',
    mode,
    play: 'slow-line',
    lacks: whyNoWire,
    options: () => ({ storeCanBeCut: true, change: (play) => placed(play, place, [cut]) }),
  };
}

function cutOnce(when: string): Act {
  return trouble(`the wire to the store is cut ${when}`, async ({ stage: { store } }) => {
    store?.link?.cut();
    await passed(cutMs);
    store?.link?.mend();
    return undefined;
  });
}

export function whyNoWire({ store }: TrialPlace): string | undefined {
  return store === undefined ? 'the log of the hub lies on its own disk; --store names a PostgreSQL database' : undefined;
}
