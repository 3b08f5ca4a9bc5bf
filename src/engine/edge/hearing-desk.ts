import { Type } from 'typebox';
import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import { addressKey, type EdgeStore, type HeardAddress, type HeardChange, type OpenGap } from '../../store/edge-store.ts';
import type { GapDesk } from './gap-desk.ts';
import { markedHearing, type Hearing, type HearingParts, type Mark, type MarkedHearing, type NewsDesk } from './hearing.ts';
import type { Stateful } from './rule-committer.ts';

/** The hearings of an edge. Their marks are stored with the rules' checkpoint: what was heard after it, a kill makes a gap. */
export interface HearingDesk extends Stateful {
  of(parts: HearingParts): Hearing;
  /** How many addresses may lack values now, and some of them. */
  open(limit: number): { readonly found: number; readonly gaps: readonly OpenGap[] };
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface HearingDeskParts {
  readonly store: Pick<EdgeStore, 'hear' | 'heard' | 'states'>;
  readonly gaps: Pick<GapDesk, 'put'>;
  readonly clock: Clock;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
  /** Something is newly known that the next checkpoint has to store. */
  readonly changed: () => void;
  /** Whether values were heard that are neither judged nor kept as a gap: a kill makes them one. */
  readonly isHeld?: () => boolean;
  readonly flushMs?: number;
}

const storedAs = 'heard sources';
const markShape = Type.Object({ toMs: Type.Number(), place: Type.Optional(Type.String()) });
const marksShape = schema(Type.Record(Type.String(), markShape));

/** What there is to write. */
interface News {
  readonly heard: Map<string, HeardAddress>;
  readonly missing: Map<string, OpenGap>;
  readonly whole: Map<string, Pick<OpenGap, 'source' | 'address'>>;
}

/** Raises STORE_UNAVAILABLE. */
export async function openHearingDesk({ store, gaps, clock, log, changed, isHeld = () => false, flushMs = 200 }: HearingDeskParts): Promise<HearingDesk> {
  const known = Map.groupBy(await store.heard(), ({ source }) => source);
  const stored = marksIn((await store.states()).get(storedAs));
  const hearings = new Map<string, MarkedHearing>();
  let news = noNews();
  let cancelFlush: (() => void) | undefined;
  let flushing: Promise<void> = Promise.resolve();

  function schedule(): void {
    cancelFlush ??= clock.after(flushMs, () => {
      cancelFlush = undefined;
      void flush().catch((error: unknown) => {
        log(`The store could not take what was heard (${messageOf(error)}); it is tried again.`);
        schedule();
      });
    });
  }

  async function write(): Promise<void> {
    if (isNothing(news)) return;
    const taken = news;
    news = noNews();
    try {
      await store.hear(changeOf(taken));
    } catch (error) {
      news = joined(taken, news);
      throw error;
    }
  }

  async function flush(): Promise<void> {
    const next = flushing.then(write);
    flushing = next.catch(() => undefined); // whoever called has the rejection
    await next;
  }

  const desk: NewsDesk = {
    clock,
    gaps,
    changed,
    heard(source, address, firstMs) {
      news.heard.set(addressKey(source, address), { source, address, firstMs });
      schedule();
    },
    missing(gap) {
      const key = addressKey(gap.source, gap.address);
      news.whole.delete(key);
      news.missing.set(key, gap);
      schedule();
    },
    whole(source, address) {
      const key = addressKey(source, address);
      news.missing.delete(key);
      news.whole.set(key, { source, address });
      schedule();
    },
    told: (source, address) => void news.missing.delete(addressKey(source, address)),
  };
  return {
    storedAs,
    of(parts) {
      const hearing = markedHearing(desk, parts, known.get(parts.source) ?? [], stored[parts.source]);
      hearings.set(parts.source, hearing);
      return hearing;
    },
    /** What is not written yet holds the marks where they are: an address that nobody knows could lack nothing. */
    stateText() {
      const isWritten = isNothing(news) && !isHeld();
      const marks = Object.fromEntries([...hearings].flatMap(([source, hearing]) => [hearing.mark(isWritten)].flatMap((mark) => (mark ? [[source, mark] as const] : []))));
      return JSON.stringify({ ...stored, ...marks });
    },
    open(limit) {
      const all = [...hearings.values()];
      const gaps: OpenGap[] = [];
      for (const hearing of all) gaps.push(...hearing.open(limit - gaps.length));
      return { found: all.reduce((sum, hearing) => sum + hearing.lacks(), 0), gaps };
    },
    flush,
    async close() {
      cancelFlush?.();
      cancelFlush = undefined;
      await flush();
    },
  };
}

function noNews(): News {
  return { heard: new Map(), missing: new Map(), whole: new Map() };
}

function isNothing({ heard: more, missing, whole }: News): boolean {
  return more.size === 0 && missing.size === 0 && whole.size === 0;
}

function changeOf({ heard: more, missing, whole }: News): HeardChange {
  return { heard: [...more.values()], missing: [...missing.values()], whole: [...whole.values()] };
}

/** What came later counts. */
function joined(before: News, later: News): News {
  const missing = new Map([...before.missing].filter(([key]) => !later.whole.has(key)));
  return { heard: new Map([...before.heard, ...later.heard]), missing: new Map([...missing, ...later.missing]), whole: new Map([...before.whole, ...later.whole]) };
}

function marksIn(text: string | undefined): Readonly<Record<string, Mark>> {
  const found: unknown = text === undefined ? {} : JSON.parse(text);
  return marksShape.check(found) ? found : {};
}
