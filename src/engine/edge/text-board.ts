import { lateSince } from '../rules/lateness.ts';
import type { Sample } from './normalise.ts';

/** What a signal that is no number says now: a machine's state, the running order. */
export interface SignalText {
  readonly signal: string;
  readonly value: string;
  /** Event times of the first and the newest sample of this value in a row, as far as the edge saw them; epoch milliseconds. */
  readonly sinceMs: number;
  readonly atMs: number;
}

/** The newest value of each text or yes/no signal, and which of them the hub has still to be told. */
export interface TextBoard {
  add(sample: Sample): void;
  /** Those to tell: changed, or not told for as long as an unchanged value is held back. They count as told. */
  take(): readonly SignalText[];
  /** The hub did not hear these: they are told again, unless there is something newer. */
  giveBack(texts: readonly SignalText[]): void;
}

/** Longest text that is told; the rest is cut. */
const lettersMax = 256;

interface Known {
  readonly text: SignalText;
  readonly isTold: boolean;
  /** Since when, by arrival, nothing but older texts has come. */
  readonly lateSinceMs?: number | undefined;
}

/** `textsMax`: of more signals than these, the later ones are not told. */
export function textBoard(textsMax = 2_000): TextBoard {
  const known = new Map<string, Known>();

  return {
    add({ signal: { name }, value, atMs, receivedMs, passes }) {
      const before = known.get(name);
      if (!before && known.size >= textsMax) return;
      const lateSinceMs = before && lateSince({ atMs: before.text.atMs, lateSinceMs: before.lateSinceMs }, atMs, receivedMs);
      if (before && lateSinceMs !== undefined) {
        if (before.lateSinceMs !== lateSinceMs) known.set(name, { ...before, lateSinceMs });
        return;
      }
      const said = String(value).slice(0, lettersMax);
      const isSame = before?.text.value === said;
      known.set(name, {
        text: { signal: name, value: said, sinceMs: isSame ? Math.min(before.text.sinceMs, atMs) : atMs, atMs },
        isTold: isSame && before.isTold && !passes,
      });
    },
    take() {
      const due = [...known.values()].filter(({ isTold }) => !isTold);
      for (const each of due) known.set(each.text.signal, { ...each, isTold: true });
      return due.map(({ text }) => text);
    },
    giveBack(texts) {
      for (const { signal } of texts) {
        const now = known.get(signal);
        if (now) known.set(signal, { ...now, isTold: false });
      }
    },
  };
}
