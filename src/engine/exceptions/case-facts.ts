import type { ExceptionRecord } from '../../store/store.ts';
import { objectOf, fieldOf, recorded, recordedWithout } from '../stories/recorded-json.ts';
import { noImpact, type Impact } from './impact.ts';

/** One thing that happened and belongs to a case. */
export interface Occurrence {
  readonly id: string;
  readonly atMs: number;
  readonly run?: string;
  readonly evidence: unknown;
}

/** What the engine keeps of a case besides its words: how often its cause struck, and what it touches. */
export interface CaseFacts {
  /** Occurrences of one cause are counted in one case; undefined where each is decided by itself. */
  readonly cause: string | undefined;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** The newest, oldest first, `recentMax` at most. */
  readonly recent: readonly Occurrence[];
  /** Since this version nobody has decided anything: later ones only counted or told somebody. */
  readonly decidedAt: number;
  readonly impact: Impact;
}

/** Evidences that a repeated case shows. */
export const recentMax = 5;
/** Characters of one evidence's JSON in that list; a longer one is left out there. */
const evidenceMax = 4_000;

/** Under this name the facts lie in the stored evidence. No landscape's evidence has it: it is no name of a field. */
const place = '$case';

/** Evidence and facts as they are stored; JSON text. */
export function evidenceText(evidence: unknown, facts: CaseFacts): string {
  return JSON.stringify({ ...objectOf(evidence), [place]: facts });
}

/** What a case was opened with. */
export function evidenceOf(record: Pick<ExceptionRecord, 'evidence'>): unknown {
  return recordedWithout(record.evidence, place);
}

/** The facts of a case; of one that an earlier version stored, those of a single occurrence. */
export function factsOf(record: ExceptionRecord): CaseFacts {
  const facts = fieldOf(recorded(record.evidence), place);
  // Written by evidenceText() only.
  if (facts !== undefined) return facts as CaseFacts;
  return { cause: undefined, count: 1, firstMs: record.openedMs, lastMs: record.openedMs, recent: [], decidedAt: record.version, impact: noImpact };
}

/** The record with other facts; everything else of it stays. */
export function withFacts(record: ExceptionRecord, facts: CaseFacts): ExceptionRecord {
  return { ...record, evidence: evidenceText(evidenceOf(record), facts) };
}

/** One more in the list of the newest. */
export function remembered(recent: readonly Occurrence[], one: Occurrence): readonly Occurrence[] {
  const text = JSON.stringify(one.evidence) ?? 'null';
  const kept = text.length > evidenceMax ? { ...one, evidence: { leftOut: `${text.length} characters` } } : one;
  return [...recent, kept].slice(-recentMax);
}
