// The brief lights that travel along the map's connections: outside of React, because they come often and live shortly.
import type { Pulse } from './traffic.ts';

/** At once, on the whole map and on one connection; what comes above that is only seen in the counts. */
const pulsesMax = 24;
const perConnectionMax = 3;
const legMs = 520;

const ways = new Map<string, HTMLElement>();
let moving = 0;

/** Registers where a connection lies; the answer takes it away. */
export function place(connection: string, element: HTMLElement): () => void {
  ways.set(connection, element);
  return () => {
    if (ways.get(connection) === element) ways.delete(connection);
  };
}

/** Sends a pulse along its legs, one after the other. Does nothing where nobody looks, or too much moves already. */
export function send({ kind, legs }: Pulse): void {
  if (document.hidden || moving >= pulsesMax) return;
  moving += 1;
  void travel(kind, legs).finally(() => {
    moving -= 1;
  });
}

async function travel(kind: Pulse['kind'], legs: Pulse['legs']): Promise<void> {
  for (const { connection, backwards } of legs) {
    const way = ways.get(connection);
    if (!way || way.childElementCount >= perConnectionMax) return;
    // The second leg begins where the first has ended.
    await cross(way, kind, backwards);
  }
}

async function cross(way: HTMLElement, kind: Pulse['kind'], backwards: boolean): Promise<void> {
  const dot = document.createElement('span');
  dot.className = 'now-pulse';
  dot.dataset['kind'] = kind;
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  dot.dataset['still'] = String(still);
  way.append(dot);
  const { offsetWidth: width, offsetHeight: height } = way;
  const end = width >= height ? `${width}px 0px` : `0px ${height}px`;
  const frames = still ? [{ opacity: 1 }, { opacity: 0 }] : [{ translate: '0px 0px' }, { translate: end }];
  const animation = dot.animate(frames, { duration: legMs, easing: 'ease-in-out', direction: backwards && !still ? 'reverse' : 'normal', fill: 'both' });
  try {
    await animation.finished;
  } catch {
    // Its connection was taken away meanwhile, and the animation with it.
  } finally {
    dot.remove();
  }
}
