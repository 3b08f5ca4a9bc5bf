// What was done to the world: how its switches stand, a log for people, and a list for the verdict.
import type { DemoState } from '../../api/demo-state.ts';
import type { Deed, DeedName } from '../../counterparts/verdict/free-facts.ts';

type Switches = DemoState['switches'];

export interface DeedLog {
  readonly switches: Switches;
  readonly lines: DemoState['log'];
  readonly deeds: readonly Deed[];
  /** When something was last done, epoch milliseconds. */
  readonly changedMs: number;
  /** A switch that stands otherwise now; told in a line, and to the verdict as `deed`. */
  turn(this: void, change: Partial<Switches>, line: string, deed?: DeedName): void;
  say(this: void, line: string): void;
  watch(this: void, told: () => void): void;
}

const linesMax = 50;
/** Of a visitor who never stops; the verdict needs all of them. */
const deedsMax = 10_000;

export function deedLog(): DeedLog {
  let switches: Switches = { packer: 'well', transport: 'up', link: 'whole', hub: 'down', edge: 'down' };
  let lines: DemoState['log'] = [];
  const deeds: Deed[] = [];
  let changedMs = 0;
  const watchers: (() => void)[] = [];

  function say(text: string): void {
    changedMs = Date.now();
    lines = [...lines, { atMs: changedMs, text }].slice(-linesMax);
    for (const told of watchers) told();
  }

  return {
    get switches() {
      return switches;
    },
    get lines() {
      return lines;
    },
    deeds,
    get changedMs() {
      return changedMs;
    },
    turn(change, line, deed) {
      switches = { ...switches, ...change };
      if (deed && deeds.length < deedsMax) deeds.push({ atMs: Date.now(), what: deed });
      say(line);
    },
    say,
    watch: (told) => void watchers.push(told),
  };
}
