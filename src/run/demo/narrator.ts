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

/** Much that is new at once is told by one look. */
const gatherMs = 100;
const timeColumns = 9;
const whoColumns = 11;
/** Statuses of what took its time. */
const endings: readonly string[] = ['done', 'came', 'timed out', 'refused', 'cancelled', 'expired'];
/** The orders that plays are about. */
const orders = ['PO-4711', 'PO-4712'] as const;

export function narrator({ print, width }: NarratorOptions): Narrator {
  let begunMs = Date.now();
  let current: World | undefined;
  let following: Disposable | undefined;
  let timer: NodeJS.Timeout | undefined;
  let looking = false;
  let again = false;
  let over = false;
  /** How each moment stood when it was told. */
  const told = new Map<string, string>();

  function say(atMs: number, { who, what }: Line): void {
    const time = `${(Math.max(0, atMs - begunMs) / 1_000).toFixed(1)} s`.padStart(timeColumns - 2);
    const lines = wrapped(what, Math.max(30, width - timeColumns - whoColumns - 2));
    lines.forEach((line, index) => print(`${index === 0 ? `${time}  ${who.padEnd(whoColumns)}` : ' '.repeat(timeColumns + whoColumns)}${line}\n`));
  }

  async function look(stage: Stage): Promise<void> {
    const news: { readonly atMs: number; readonly line: Line }[] = [];
    for (const order of orders) {
      // The hub made it of our own code; while it is away, or knows nothing yet, there is nothing to tell.
      const story = (await stage.ask('GET', `/api/trail/${order}`).catch(() => undefined)) as Story | undefined;
      for (const moment of story?.timeline ?? []) {
        const one = newsOf(moment);
        if (one) news.push(one);
      }
    }
    for (const { atMs, line } of news.toSorted((a, b) => a.atMs - b.atMs)) say(atMs, line);
  }

  /** What is new about a moment, and when that was. */
  function newsOf(moment: Moment): { readonly atMs: number; readonly line: Line } | undefined {
    const { kind, step, run = '', title, atMs, status, durationMs = 0 } = moment;
    const line = momentLine(moment);
    if (!line) return undefined;
    const name = `${run}/${kind}/${step ?? `${title}/${atMs}`}`;
    const [before, now] = [told.get(name), standing(moment)];
    if (before === now) return undefined;
    told.set(name, now);
    // Sent a moment ago: its answer is worth a line, the sending is not.
    if (status === 'sent' && before === undefined) return undefined;
    return { atMs: before === undefined && !endings.includes(status) ? atMs : atMs + durationMs, line };
  }

  /** Looks soon; where a look is under way, once more after it. */
  function wake(stage: Stage): void {
    again = looking;
    if (looking || over || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      looking = true;
      void look(stage).finally(() => {
        looking = false;
        if (again) wake(stage);
      });
    }, gatherMs);
  }

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
      following?.[Symbol.dispose]();
      following = stage.follow(() => wake(stage));
      say(Date.now(), { who: 'hub', what: `answers at ${stage.hubUrl}` });
    },
    [Symbol.dispose]() {
      over = true;
      following?.[Symbol.dispose]();
      clearTimeout(timer);
    },
  };
}

/** What makes a moment worth another line: its status, and what the last try said. */
function standing({ kind, status, tries = [] }: Moment): string {
  // A run tells its begin and its end as two moments.
  if (kind === 'run') return 'told';
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
