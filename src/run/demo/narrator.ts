// Tells a play as it happens: what is done to the world, and what the hub's own log says of the order.
import { worldFrom, type World } from '../../counterparts/frame/world.ts';
import type { Moment, Story } from '../../engine/stories/story.ts';
import { actLine, type Line } from './act-words.ts';
import { momentLine } from './moment-words.ts';
import type { Act, Play } from './scene.ts';
import type { Stage } from './stage.ts';

export interface Narrator extends Disposable {
  play(this: void, play: Play, seed: number): void;
  act(this: void, act: Act): void;
  stage(this: void, stage: Stage): void;
}

export interface NarratorOptions {
  readonly print: (text: string) => void;
  /** Columns of the terminal. */
  readonly width: number;
}

const lookEveryMs = 150;
const timeColumns = 9;
const whoColumns = 11;
/** The orders that plays are about. */
const orders = ['PO-4711', 'PO-4712'] as const;

export function narrator({ print, width }: NarratorOptions): Narrator {
  let begunMs = Date.now();
  let current: World | undefined;
  let on: Stage | undefined;
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  /** How each moment stood when it was told. */
  const told = new Map<string, string>();

  function say(atMs: number, { who, what }: Line): void {
    const time = `${(Math.max(0, atMs - begunMs) / 1_000).toFixed(1)} s`.padStart(timeColumns - 2);
    const lines = wrapped(what, Math.max(30, width - timeColumns - whoColumns - 2));
    lines.forEach((line, index) => print(`${index === 0 ? `${time}  ${who.padEnd(whoColumns)}` : ' '.repeat(timeColumns + whoColumns)}${line}\n`));
  }

  async function look(stage: Stage): Promise<void> {
    for (const order of orders) {
      // The hub made it of our own code; while it is away, or knows nothing yet, there is nothing to tell.
      const story = (await stage.ask('GET', `/api/trail/${order}`).catch(() => undefined)) as Story | undefined;
      for (const moment of story?.timeline ?? []) tellMoment(moment);
    }
  }

  function tellMoment(moment: Moment): void {
    const name = `${moment.run ?? ''}/${moment.step ?? ''}/${moment.kind}/${moment.step === undefined ? moment.title : ''}${moment.step === undefined ? moment.atMs : ''}`;
    const line = momentLine(moment);
    if (!line) return;
    const before = told.get(name);
    const now = standing(moment);
    if (before === now) return;
    told.set(name, now);
    if (moment.status === 'sent' && before === undefined) return;
    say(before === undefined && moment.status !== 'done' ? moment.atMs : moment.atMs + (moment.durationMs ?? 0), line);
  }

  function follow(): void {
    timer = setTimeout(() => {
      void (on ? look(on) : Promise.resolve()).finally(() => {
        if (!over) follow();
      });
    }, lookEveryMs);
  }

  follow();
  return {
    play(play, seed) {
      begunMs = Date.now();
      current = worldFrom(seed, begunMs);
      told.clear();
      print(`\n── ${play.name}: ${play.title} (seed ${seed})\n\n`);
      if (play.killAt) say(begunMs, { who: play.killAt.process, what: `will be killed at "${play.killAt.point}", and is then started again` });
    },
    act(act) {
      const line = current && actLine(act, current);
      if (line) say(Date.now(), line);
    },
    stage(stage) {
      on = stage;
      say(Date.now(), { who: 'hub', what: `answers at ${stage.hubUrl}` });
    },
    [Symbol.dispose]() {
      over = true;
      clearTimeout(timer);
    },
  };
}

/** What makes a moment worth another line: its status, and what the last try said. */
function standing({ status, tries = [] }: Moment): string {
  return `${status} ${tries.at(-1)?.what ?? ''}`;
}

function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
