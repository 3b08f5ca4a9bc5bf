// The wire between edge and hub.
import type { Act, Play } from '../demo/scene.ts';
import type { Trial } from './trial.ts';

export const linkTrials: readonly Trial[] = [
  { fault: 'link-cut', mode: 'before the event', play: 'link-cut' },
  { fault: 'link-cut', mode: 'again and again', play: 'slow-line', options: () => ({ change: flapping }) },
];

const flapsMax = 12;
const flapMs = 60;

/** Cut and mended all the time while the event goes up. */
function flapping(play: Play): Play {
  const flap: Act = {
    do: 'trouble',
    what: 'the link breaks again and again',
    async act({ stage }) {
      for (let count = 0; count < flapsMax; count += 1) {
        stage.link.cut();
        await paused(flapMs);
        stage.link.mend();
        await paused(flapMs);
      }
      return undefined;
    },
  };
  const index = play.acts.findIndex((act) => act.do === 'pace') + 1;
  return { ...play, acts: [...play.acts.slice(0, index), flap, ...play.acts.slice(index)] };
}

function paused(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
