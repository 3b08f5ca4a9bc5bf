// Tells a play as it happens.
import type { Act, Play } from './scene.ts';
import type { Stage } from './stage.ts';

export interface Narrator {
  act(this: void, act: Act, play: Play): void;
  stage(this: void, stage: Stage): void;
  close(): void;
}

export function openNarrator(print: (text: string) => void): Narrator {
  const begun = Date.now();
  return {
    act: (act) => print(`${((Date.now() - begun) / 1_000).toFixed(1).padStart(6)} s  ${JSON.stringify(act)}\n`),
    stage: () => undefined,
    close: () => undefined,
  };
}
