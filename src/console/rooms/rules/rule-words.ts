// What a rule says, in the words of those whose machine it watches.
import type { BacktestOutcome, LoggedEpisode, RuleView } from '../../../api/rules.ts';
import { countWords, exactWords, unitWords } from '../../words/number.ts';
import { declaredSpan } from '../../words/time.ts';

type Terms = RuleView['terms'];

const windows: Readonly<Record<string, string>> = { average: 'its average', minimum: 'its lowest value', maximum: 'its highest value', median: 'its median' };

/** When a rule speaks, and when it takes it back, as sentences; a composed one in the words of its condition. */
export function ruleSentences(terms: Terms, signal: string): { readonly fires: string; readonly clears: string } {
  const { of, windowMs, sustainedMs, clearMs, direction, limit, clearLimit, isPlain } = terms;
  const measured = of === 'last' ? signal : `${signal}, ${windows[of] ?? of} over ${declaredSpan(windowMs)},`;
  const [fires, clears = ''] = terms.words.split('; clears ');
  if (!isPlain || (of !== 'last' && !(of in windows)))
    return {
      fires: `It speaks when: ${fires ?? terms.words}.`,
      clears: clears === '' ? '' : clears.startsWith('when ') ? `It takes that back ${clears}.` : `It is over: ${clears}.`,
    };
  const held = sustainedMs === 0 ? 'at once' : `once that has lasted ${declaredSpan(sustainedMs)}`;
  const stays = clearMs === 0 ? '' : ` for ${declaredSpan(clearMs)}`;
  return {
    fires: `It speaks when ${measured} is ${direction} ${boundWords(terms, limit)}, ${held}.`,
    clears: `It is over when that is ${direction === 'below' ? 'above' : 'below'} ${boundWords(terms, clearLimit)}${stays}.`,
  };
}

function boundWords({ percentOf, unit }: Terms, value: number): string {
  return percentOf === undefined ? `${exactWords(value)} ${unitWords(unit, value)}`.trimEnd() : `${exactWords(value)} % of its ${percentOf}`;
}

const phases: Readonly<Record<string, { readonly status: string; readonly words: string }>> = {
  open: { status: 'open', words: 'found it' },
  watching: { status: 'up', words: 'watches, all well' },
  sustaining: { status: 'waiting', words: 'sees it, waits whether it lasts' },
  filling: { status: 'begun', words: 'gathers its first window' },
  'no data': { status: 'unknown', words: 'hears nothing' },
};

export function phaseOf(phase: string): { readonly status: string; readonly words: string } {
  return phases[phase] ?? { status: 'begun', words: phase };
}

/** How all rules stand, in one sentence without its full stop. */
export function rulesSay(rules: readonly { readonly standings: readonly { readonly phase: string }[] }[]): string {
  const open = rules.filter(({ standings }) => standings.some(({ phase }) => phase === 'open')).length;
  if (open > 0) return `${countWords(open, 'rule has', 'rules have')} found something`;
  // Also where no edge judges it: silence is no good news.
  const deaf = rules.filter(({ standings }) => standings.every(({ phase }) => phase === 'no data')).length;
  if (deaf === 0) return `${countWords(rules.length, 'rule watches', 'rules watch')}, all well`;
  return deaf === rules.length ? `${countWords(deaf, 'rule hears', 'rules hear')} nothing` : `${deaf} of ${rules.length} rules ${deaf === 1 ? 'hears' : 'hear'} nothing`;
}

export const hourMs = 3_600_000;

/** A limit's value with what it is counted in. */
export function valueWords(value: number | string): string {
  return typeof value === 'number'
    ? exactWords(value)
    : value.replace(/^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/, (_all, count: string, unit: string) => `${count} ${unit === 'm' ? 'min' : unit}`);
}

/** An episode as it was, as it would have been, or both. Epoch milliseconds; no end while it lasts. */
export interface ComparedEpisode {
  readonly verdict: 'same' | 'new' | 'gone';
  readonly live: Span | undefined;
  readonly tried: Span | undefined;
}
interface Span {
  readonly fromMs: number;
  readonly toMs: number | undefined;
}

/** Live and tried episodes side by side, by whether they overlap; oldest first. */
export function comparedOf(live: readonly LoggedEpisode[], tried: BacktestOutcome['episodes']): readonly ComparedEpisode[] {
  const ofLive = live.map(({ firedMs, clearedMs }): Span => ({ fromMs: firedMs, toMs: clearedMs }));
  const ofTried = tried.map(({ firedMs, endMs }): Span => ({ fromMs: firedMs, toMs: endMs }));
  const left = new Set(ofLive);
  const pairs = ofTried.map((span): ComparedEpisode => {
    const partner = [...left].find((each) => overlaps(each, span));
    if (partner) left.delete(partner);
    return { verdict: partner ? 'same' : 'new', live: partner, tried: span };
  });
  return [...pairs, ...[...left].map((span): ComparedEpisode => ({ verdict: 'gone', live: span, tried: undefined }))].toSorted((a, b) => startOf(a) - startOf(b));
}

function overlaps(a: Span, b: Span): boolean {
  return a.fromMs <= (b.toMs ?? Infinity) && b.fromMs <= (a.toMs ?? Infinity);
}

function startOf({ live, tried }: ComparedEpisode): number {
  return Math.min(live?.fromMs ?? Infinity, tried?.fromMs ?? Infinity);
}

/** What came out, in one sentence. */
export function outcomeSays(found: number, compared: readonly ComparedEpisode[]): string {
  const live = compared.filter((each) => each.live).length;
  const count = (wanted: ComparedEpisode['verdict']): number => compared.filter(({ verdict }) => verdict === wanted).length;
  const [fresh, gone, same] = [count('new'), count('gone'), count('same')];
  if (found === 0) return live === 0 ? 'It would have stayed silent, as it really did.' : `It would have stayed silent; really it spoke ${timesWords(live)}.`;
  if (fresh === 0 && gone === 0) return `It would have spoken ${timesWords(found)}, ${shiftWords(compared)}.`;
  if (live === 0) return `It would have spoken ${timesWords(found)}; really it stayed silent.`;
  return `It would have spoken ${timesWords(found)}; really it spoke ${timesWords(live)}: ${same} the same, ${fresh} new, ${gone} left out.`;
}

/** What of the recording could not be read, in one sentence. */
export function lostSays({ bytes, parts }: NonNullable<BacktestOutcome['lost']>): string {
  const files = [...new Set(parts.map(({ file }) => file))];
  return `${countWords(bytes, 'byte')} of the recording (${files.join(', ')}) cannot be read and ${bytes === 1 ? 'is' : 'are'} left out: it may have spoken there, too.`;
}

/** How much earlier or later than really, in the mean. */
function shiftWords(same: readonly ComparedEpisode[]): string {
  const shifts = same.flatMap(({ live, tried }) => (live && tried ? [tried.fromMs - live.fromMs] : []));
  const mean = shifts.reduce((sum, ms) => sum + ms, 0) / Math.max(1, shifts.length);
  if (Math.abs(mean) < 500) return 'when it really did';
  const each = shifts.length > 1 ? ' on average' : '';
  return `as it really did, but ${declaredSpan(Math.round(Math.abs(mean) / 100) * 100)} ${mean > 0 ? 'later' : 'earlier'}${each}`;
}

function timesWords(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : countWords(count, 'time');
}
