import type { Clock, Random } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import { delayBefore, type Backoff } from '../../kernel/retry.ts';
import type { Signal } from '../../model/asset.ts';
import type { EdgeStatus } from './edge-status.ts';
import type { HubList } from './hub-list.ts';
import type { Sample } from './normalise.ts';
import { detailOf, withinTime, type Send } from './send.ts';
import { Tallies } from './tallies.ts';
import { textBoard, type SignalText } from './text-board.ts';

/** What a signal did within one interval. Values in the signal's unit. */
export interface TrendPoint {
  readonly signal: string;
  /** Event time of the newest sample, epoch milliseconds. */
  readonly atMs: number;
  readonly average: number;
  readonly lowest: number;
  readonly highest: number;
  readonly unit: string;
  readonly target?: number;
}

/** What goes to `POST /api/trends`. */
export interface TrendReport {
  readonly edge: string;
  readonly points: readonly TrendPoint[];
  /** What the signals that are no numbers say, where that is news. */
  readonly texts: readonly SignalText[];
  readonly status: EdgeStatus;
}

export interface TrendFeedParts {
  readonly edge: string;
  readonly hubs: HubList;
  readonly send: Send;
  readonly key: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly status: () => Promise<EdgeStatus>;
  readonly targetOf: (signal: Signal) => number | undefined;
  /** Told what the hub at `url` answered where it took a report. */
  readonly answered?: (text: string, url: string) => void;
  /** How many requests of this edge a hub has answered well, whatever they were about. */
  readonly linked?: () => number;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly pointsMax?: number;
  /** Between tries while no hub takes a report. */
  readonly backoff?: Backoff;
}

/**
 * The lossy path, for display only: what each numeric signal did in each second, what the others say, and how the edge is. One
 * request is under way at a time; points that are not sent within their second are dropped and counted, never kept. Of a text only
 * what it says now counts, and that is told again until the hub has heard it. While no hub takes a report, the pauses between tries
 * grow; one that is unreachable is tried with the next second when another request has reached it.
 */
export interface TrendFeed {
  add(samples: readonly Sample[]): void;
  /** Where the good numbers of signals are added up, for who has no samples. */
  readonly tallies: Tallies;
  /** Points that were dropped since the edge started. */
  dropped(): number;
  /** Why the hub did not take the last report. */
  trouble(): string | undefined;
  close(): Promise<void>;
}

export function openTrendFeed(parts: TrendFeedParts): TrendFeed {
  const { edge, hubs, send, key, clock, random, status, targetOf, answered, linked = () => 0, log } = parts;
  const { intervalMs = 1_000, timeoutMs = 2_000, pointsMax = 2_000, backoff = { firstMs: intervalMs, maxMs: 10_000 } } = parts;
  const closing = new AbortController();
  const texts = textBoard();
  const tallies = new Tallies();
  let dropped = 0;
  let trouble: string | undefined;
  let sending: Promise<void> | undefined;
  let failures = 0;
  /** Until when nothing is tried, on the steady clock, unless the hub is reached meanwhile: more is answered than was then. */
  let pause: { readonly untilMs: number; readonly linked: number } | undefined;
  let cancelTick = clock.after(intervalMs, tick);

  function take(): TrendPoint[] {
    const { tallies: worth, more } = tallies.take(pointsMax);
    dropped += more;
    return worth.map(({ signal, sum, count, lowest, highest, atMs }) => {
      const target = targetOf(signal);
      return { signal: signal.name, atMs, average: sum / count, lowest, highest, unit: signal.unit, ...(target === undefined ? {} : { target }) };
    });
  }

  function tick(): void {
    cancelTick = clock.after(intervalMs, tick);
    const points = take();
    if (sending || isPaused()) {
      dropped += points.length;
      return;
    }
    sending = post(points, texts.take()).finally(() => {
      sending = undefined;
    });
  }

  function isPaused(): boolean {
    return pause !== undefined && clock.steady() < pause.untilMs && linked() <= pause.linked;
  }

  async function post(points: readonly TrendPoint[], news: readonly SignalText[]): Promise<void> {
    const url = hubs.current();
    try {
      const report: TrendReport = { edge, points, texts: news, status: await status() };
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
      const answer = await withinTime(clock, timeoutMs, closing.signal, async (signal) => send({ url: `${url}/api/trends`, headers, body: JSON.stringify(report), signal }));
      if (answer.status > 299) {
        // What else the hub takes says nothing of this.
        wait(answer.status < 500 ? Number.POSITIVE_INFINITY : linked());
        refuse(points, news, `answered ${answer.status}: ${detailOf(answer.body)}`, url);
        return;
      }
      trouble = undefined;
      failures = 0;
      pause = undefined;
      answered?.(answer.body, url);
    } catch (error) {
      // Another address may be there at once.
      if (hubs.failed(url)) wait(linked());
      refuse(points, news, `gave no answer (${messageOf(error)})`, url);
    }
  }

  function wait(linkedThen: number): void {
    failures++;
    pause = { untilMs: clock.steady() + delayBefore(failures, backoff, random), linked: linkedThen };
  }

  function refuse(points: readonly TrendPoint[], news: readonly SignalText[], why: string, url: string): void {
    dropped += points.length;
    texts.giveBack(news);
    if (trouble === undefined && !closing.signal.aborted) log(`The hub ${url} does not take how this edge is, and trends are dropped until it does. It ${why}`);
    trouble = `The hub ${url} ${why}`;
  }

  return {
    tallies,
    add(samples) {
      for (const sample of samples) {
        const { signal, value, atMs, quality, historical, passes } = sample;
        if (quality !== 'good' || historical) continue;
        if (typeof value !== 'number') {
          texts.add(sample);
          continue;
        }
        tallies.add(tallies.placeOf(signal), value, atMs, passes);
      }
    },
    dropped: () => dropped,
    trouble: () => trouble,
    async close() {
      cancelTick();
      closing.abort();
      await sending;
    },
  };
}
