// What became of a change that was asked of a system, and of each try.
import { spanWords } from '../../words/time.ts';
import type { MomentView } from '../../../api/stories.ts';
import { fieldOf } from './value-words.ts';

export type Try = NonNullable<MomentView['tries']>[number];

export type EffectState = 'done' | 'way' | 'buffered' | 'unknown' | 'refused' | 'parked' | 'expired' | 'cancelled';

const states: Readonly<Record<string, EffectState>> = {
  done: 'done',
  refused: 'refused',
  parked: 'parked',
  expired: 'expired',
  cancelled: 'cancelled',
  unknown: 'unknown',
  sent: 'way',
};

/** How a change stands. What is open was tried in vain or waits behind another, or is only just asked for. */
export function effectState({ status, tries = [] }: Pick<MomentView, 'status' | 'tries'>): EffectState {
  const known = states[status];
  // A further try of what was tried in vain mostly ends as those before.
  if (known === 'way' && tries.some(({ what }) => what === 'not executed')) return 'buffered';
  return known ?? (tries.length > 0 ? 'buffered' : 'way');
}

export interface Held {
  readonly fromMs: number;
  /** Undefined while it is still held. */
  readonly toMs: number | undefined;
  /** Times that it was tried in vain meanwhile. */
  readonly tries: number;
  readonly why: string;
  /** Held only because of an earlier change. */
  readonly isBehind: boolean;
}

/** How long a change lay in the buffer before it was taken, and why; undefined where it did not. */
export function heldOf({ tries = [], status }: Pick<MomentView, 'status' | 'tries'>, system: string): Held | undefined {
  // What was sent without an answer is nowhere for certain.
  if (effectState({ status, tries }) === 'unknown') return undefined;
  const first = tries.findIndex(({ what }) => what === 'buffered' || what === 'not executed');
  const start = tries[first];
  if (!start) return undefined;
  const failed = tries.filter(({ what }) => what === 'not executed').length;
  const lastFailed = tries.findLastIndex(({ what }) => what === 'buffered' || what === 'not executed');
  const left = tries.slice(lastFailed + 1).find(({ what }) => what === 'sent' || what === 'cancelled' || what === 'expired');
  const isOver = left !== undefined && effectState({ status, tries }) !== 'buffered';
  const why = failed > 0 ? `${system} could not be reached` : buffered(start);
  return { fromMs: Date.parse(start.at), toMs: isOver ? Date.parse(left.at) : undefined, tries: failed, why, isBehind: failed === 0 && (start.note ?? '').startsWith('behind') };
}

function buffered({ note = '' }: Try): string {
  if (note.startsWith('behind')) return 'behind an earlier change of the same thing';
  return note === '' ? 'it could not be sent at once' : note;
}

/** `4.7 s in the buffer: the transport service could not be reached, 6 tries`. */
export function heldWords({ fromMs, toMs, tries, why }: Held, nowMs: number): string {
  const counted = tries > 1 ? `, ${tries} tries` : '';
  return `${spanWords(Math.max(0, (toMs ?? nowMs) - fromMs))} in the buffer: ${why}${counted}`;
}

/** Why a system refused, as it said. */
export function refusalWords(output: unknown): string {
  const refusal = fieldOf(output, 'refusal') ?? output;
  const [code, message] = [fieldOf(refusal, 'code'), fieldOf(refusal, 'message')];
  const words = typeof message === 'string' ? message : '';
  return typeof code === 'string' ? (words === '' ? code : `${words} (${code})`) : words;
}

/** What became of it, in a few words. */
export function resultWords(moment: MomentView): string {
  const took = moment.durationMs === undefined ? '' : spanWords(moment.durationMs);
  const tries = moment.tries ?? [];
  switch (effectState(moment)) {
    case 'done':
      return doneWords(tries, took);
    case 'way':
      return 'On its way';
    case 'buffered':
      return 'In the buffer; it is sent as soon as that is possible';
    case 'unknown':
      return unknownWords(tries);
    case 'refused': {
      const why = refusalWords(fieldOf(moment.detail, 'output'));
      return why === '' ? 'Refused' : `Refused: ${why}`;
    }
    case 'parked':
      return `Parked${lastNote(tries)}; its owner decides`;
    case 'expired':
      return 'Expired: it could not be sent in time, and never was';
    case 'cancelled':
      return 'Taken back before it was sent';
  }
}

function unknownWords(tries: readonly Try[]): string {
  const lost = tries.findLastIndex(({ what }) => what === 'no answer' || what === 'reply broken');
  if (lost < 0 && tries.some(({ what }) => what === 'answered')) return 'Answered as done, but reading it back does not find it; it is looked for again';
  const failed = tries.slice(lost + 1).filter(({ what }) => what === 'not executed').length;
  const since = failed === 0 ? 'what became of it is being found out' : `since then the system could not be reached, ${failed} ${failed === 1 ? 'try' : 'tries'}`;
  return `Sent, but no answer came; ${since}`;
}

function doneWords(tries: readonly Try[], took: string): string {
  const [last] = tries.slice(-1);
  const lost = tries.some(({ what }) => what === 'no answer' || what === 'reply broken');
  const why = tries.some(({ what }) => what === 'reply broken') ? 'the answer could not be read' : 'no answer came';
  const found = last?.what === 'read back';
  if (lost && found) return `Done in ${took}: ${why}, but reading it back found it there`;
  if (lost) return `Done in ${took}: the first answer was lost, so it was asked again under the same key`;
  if (last?.what === 'resolved') return `Done, says its owner`;
  const [sentMs, endMs] = [lastSent(tries), Date.parse(last?.at ?? '')];
  if (tries.some(({ what }) => what === 'buffered' || what === 'not executed') && sentMs !== undefined) return `Then done in ${spanWords(endMs - sentMs)}`;
  return `Done${took === '' ? '' : ` in ${took}`}, ${found ? 'and read back to be sure' : 'answered'}`;
}

function lastSent(tries: readonly Try[]): number | undefined {
  const sent = tries.findLast(({ what }) => what === 'sent');
  return sent && Date.parse(sent.at);
}

function lastNote(tries: readonly Try[]): string {
  const note = tries.findLast(({ what }) => what === 'parked')?.note;
  return note === undefined ? '' : `: ${note}`;
}

/** Whether anything went otherwise than it should. */
export function isTroubled({ status, tries = [] }: Pick<MomentView, 'status' | 'tries'>): boolean {
  const bad = new Set(['not executed', 'no answer', 'reply broken', 'refused', 'parked', 'expired', 'recovered']);
  return ['refused', 'parked', 'expired', 'unknown'].includes(status) || tries.some(({ what }) => bad.has(what));
}

export interface TryLine {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
  readonly words: string;
  readonly note: string;
  readonly bad: boolean;
}

const tryWords: Readonly<Record<string, string>> = {
  sent: 'Sent',
  answered: 'Answered',
  refused: 'Refused',
  'not executed': 'Not executed',
  'no answer': 'No answer came',
  'reply broken': 'The answer had another shape than agreed',
  'read back': 'Read back',
  parked: 'Parked',
  resolved: 'Resolved by its owner',
  expired: 'Expired',
  cancelled: 'Taken back',
  recovered: 'Found again after the hub had ended',
  buffered: 'Put into the buffer',
};
const badTries = new Set(['not executed', 'no answer', 'reply broken', 'refused', 'parked', 'expired']);

/** Every try, with the same again and again in one line. */
export function tryLines(tries: readonly Try[]): readonly TryLine[] {
  const lines: { what: string; fromMs: number; toMs: number; count: number; note: string }[] = [];
  tries.forEach(({ at, what, note = '' }, index) => {
    const ms = Date.parse(at);
    const next = tries[index + 1];
    // A try in vain is told by its failure.
    if (what === 'sent' && next && next.what !== 'answered' && next.what !== 'refused') return;
    const before = lines.at(-1);
    if (before && before.what === what && before.note === note) {
      before.toMs = ms;
      before.count += 1;
    } else lines.push({ what, fromMs: ms, toMs: ms, count: 1, note });
  });
  return lines.map(({ what, ...line }) => ({ ...line, words: tryWords[what] ?? what, bad: badTries.has(what) }));
}
