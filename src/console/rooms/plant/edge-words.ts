// What is said of an edge: what matters most, first and in one sentence.
import type { EdgeView } from '../../../api/trends.ts';
import type { Said } from '../../parts/sentence.tsx';
import { countWords, exactWords, numberWords } from '../../words/number.ts';
import { spanWords } from '../../words/time.ts';

type Status = NonNullable<EdgeView['status']>;
export type SourceView = Status['sources'][number];

/** An edge tells of itself each second; longer silence means that it cannot be heard. */
export const silentAfterMs = 6_000;
/** Values that are older than this when they arrive are late for people, too. */
export const lateMs = 5_000;
/** Clocks further apart than this are worth a word. */
export const skewMs = 1_000;

/** How an edge is; `silentMs` since it was heard last. */
export function edgeSays({ edge, status }: Pick<EdgeView, 'edge' | 'status'>, silentMs: number, isHubAway: boolean, titleOf = (source: string): string => source): Said {
  if (isHubAway) return { tone: 'waiting', text: `The hub is away; this is what ${edge} said last.` };
  if (silentMs > silentAfterMs)
    return { tone: 'bad', text: `${edge} has been silent for ${spanWords(Math.floor(silentMs / 1_000) * 1_000)}. It watches on and keeps what it finds until it reaches the hub.` };
  if (!status) return { tone: 'plain', text: `${edge} is heard, and has not told how it is.` };
  if (status.disk?.parkedReason === 'store-pinned')
    return { tone: 'bad', text: `At ${edge} a program reads the store and does not end: what comes now is counted and not judged.` };
  if (status.disk?.parkedSinceMs !== undefined) return { tone: 'bad', text: `${edge} is full of events that the hub has not taken: what comes now is counted and not judged.` };
  const down = status.sources.filter(({ connected }) => !connected);
  if (down.length > 0)
    return {
      tone: 'bad',
      text: `${edge} cannot hear ${down.length === status.sources.length && down.length > 1 ? 'any of its sources' : down.map(({ name }) => titleOf(name)).join(' and ')}.`,
    };
  const mute = status.sources.filter(({ received }) => received === 0);
  if (status.sources.length > 0 && mute.length === status.sources.length) return { tone: 'waiting', text: `${edge} is connected, and nothing has come yet.` };
  const late = status.sources.filter(({ lagMs }) => lagMs !== undefined && lagMs > lateMs);
  if (late.length > 0)
    return {
      tone: 'waiting',
      text: `What comes from ${late.map(({ name }) => titleOf(name)).join(' and ')} is ${spanWords(Math.max(...late.map(({ lagMs = 0 }) => lagMs)))} old when it arrives, by its own clock.`,
    };
  if (status.bufferDepth > 100)
    return { tone: 'waiting', text: `${edge} hears its sources; ${countWords(status.bufferDepth, 'event waits', 'events wait')} for the hub to take them.` };
  return {
    tone: 'ok',
    text: `${edge} hears ${allWords(status.sources.length)}: ${rateWords(rateOf(status))}, ${delayWords(delayOf(status))}.`,
  };
}

function allWords(sources: number): string {
  return sources === 1 ? 'its source' : sources === 2 ? 'both its sources' : `all ${numberWords(sources)} sources`;
}

/** Values a second of all sources; undefined where an older edge does not say. */
export function rateOf({ sources }: Pick<Status, 'sources'>): number | undefined {
  const known = sources.flatMap(({ perSecond }) => perSecond ?? []);
  return known.length === 0 ? undefined : known.reduce((sum, each) => sum + each, 0);
}

/** Mean delay of the source that is latest. */
export function delayOf({ sources }: Pick<Status, 'sources'>): number | undefined {
  const known = sources.flatMap(({ lagMs }) => lagMs ?? []);
  return known.length === 0 ? undefined : Math.max(...known);
}

export function rateWords(perSecond: number | undefined): string {
  if (perSecond === undefined) return 'values come';
  const shown = perSecond >= 10 ? Math.round(perSecond) : Math.round(perSecond * 10) / 10;
  return `${exactWords(shown)} values a second`;
}

export function delayWords(ms: number | undefined): string {
  if (ms === undefined) return 'nothing is under way';
  return ms < 1_000 ? 'there within a second' : `${spanWords(ms)} old when they arrive`;
}

/** `38 ms`. */
export function lagWords(ms: number | undefined): string {
  return ms === undefined ? 'not measured' : spanWords(ms);
}

/** How far a source's clock is from the edge's; where it cannot be asked, as far as its values show it. */
export function skewWords({ skewMs: ms, skewWithinMs: within }: Pick<SourceView, 'skewMs' | 'skewWithinMs'>): string {
  if (ms === undefined) return 'cannot be asked';
  const by = Math.abs(ms) <= (within ?? 0) ? 'agrees' : `${spanWords(ms)} ${ms > 0 ? 'ahead' : 'behind'}`;
  return within === undefined ? `at least ${by}` : `${by}, ± ${spanWords(within)}`;
}

export interface Trouble {
  /** What it is, in a few words. */
  readonly what: string;
  /** What a person can do about it. */
  readonly remedy: string;
}

/** What a quarantined value means, and what to do about it, by the reason that the edge gave. */
export function troubleOf(reason: string, address: string): Trouble {
  if (address.startsWith('rule:'))
    return {
      what: 'A rule’s own code did not go through',
      remedy: 'Mend the rule where the reason says, run “lineshaft check”, and start the edge again. Other rules are not held up.',
    };
  if (reason.startsWith('unknown address'))
    return {
      what: 'A tag that no signal names',
      remedy:
        'If it matters, give it a line in tags.csv (asset, signal, unit); “lineshaft edge discover” drafts one. If not, narrow the topics that the source listens to. It holds up no other tag.',
    };
  if (reason.startsWith('wrong type'))
    return {
      what: 'A value of another kind than its signal',
      remedy: 'Set the signal’s type to what the machine sends, or mend the machine’s program. Values that fit are taken meanwhile.',
    };
  if (reason.startsWith('The server does not report this node') || reason.startsWith('The server has no namespace'))
    return {
      what: 'A node that the OPC UA server does not give',
      remedy: `The node is ${address}, and the server’s answer: ${reason} Compare it with what the server offers (“lineshaft edge discover”) and correct tags.csv, or give the edge’s user the right to read it. It is asked for again each minute; the other nodes are heard.`,
    };
  if (reason.startsWith('No signal names this topic'))
    return {
      what: 'A topic that no signal names',
      remedy: 'If it matters, give it a line in tags.csv; “lineshaft edge discover” drafts one. If not, narrow the topics that the source listens to. It holds up no other.',
    };
  if (/\bunit\b/i.test(reason))
    return { what: 'A unit that does not fit', remedy: 'Set the source’s unit in tags.csv, so that values are converted; until then they count as they are declared.' };
  if (address === '*') return { what: 'More kinds of trouble than are told apart', remedy: 'Mend the ones above first; they are most of it.' };
  return { what: 'A message that could not be read', remedy: 'Compare it with what the source’s connector reads. It was kept as it came, and nothing waits for it.' };
}

const filterWords: Readonly<Record<string, string>> = {
  received: 'came',
  deadband: 'had not changed enough to be sent on (judged all the same)',
  badQuality: 'were of bad quality, not judged',
  historical: 'came late from a device’s own memory, not judged',
  unknownAddress: 'had an unknown tag',
  wrongType: 'had the wrong kind',
  late: 'were too late to be judged',
  duplicate: 'came twice',
  shed: 'were shed, because the store was too far behind',
  parked: 'were not judged, because the buffer was full',
};

/** What became of the values since the edge started, in the order of the table; only what happened. */
export function filterLines(filtered: Readonly<Record<string, number>>): readonly { readonly name: string; readonly count: number; readonly words: string }[] {
  return Object.entries(filterWords).flatMap(([name, words]) => {
    const count = filtered[name] ?? 0;
    return count === 0 && name !== 'received' ? [] : [{ name, count, words }];
  });
}
