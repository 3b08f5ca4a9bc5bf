// The wire between edge and hub.
import type { Link } from '../demo/link.ts';
import { passed, placed, trouble } from './placed.ts';
import type { Trial } from './trial.ts';

export const linkTrials: readonly Trial[] = [
  { fault: 'link-cut', mode: 'before the event', play: 'link-cut' },
  { fault: 'link-cut', mode: 'again and again', play: 'slow-line', options: () => ({ change: (play) => placed(play, 'slow', [flapping]) }) },
];

const flapsMax = 12;
const flapMs = 60;

/** Cut and mended all the time while the event goes up. */
const flapping = trouble('the link breaks again and again', async ({ stage }) => flaps(stage.link));

export async function flaps(link: Pick<Link, 'cut' | 'mend'> | undefined): Promise<undefined> {
  for (let count = 0; count < flapsMax; count += 1) {
    link?.cut();
    await passed(flapMs);
    link?.mend();
    await passed(flapMs);
  }
}
