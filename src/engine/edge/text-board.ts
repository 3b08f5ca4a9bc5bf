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
}

/** `textsMax`: of more signals than these, the later ones are not told. */
export function textBoard(textsMax = 2_000): TextBoard {
  const known = new Map<string, Known>();

  return {
    add({ signal: { name }, value, atMs, passes }) {
      const before = known.get(name);
      if (before ? before.text.atMs > atMs : known.size >= textsMax) return;
      const said = String(value).slice(0, lettersMax);
      const isSame = before?.text.value === said;
      known.set(name, {
        text: { signal: name, value: said, sinceMs: isSame ? before.text.sinceMs : atMs, atMs },
        isTold: isSame && before.isTold && !passes,
      });
    },
    take() {
      const due = [...known.values()].filter(({ isTold }) => !isTold).map(({ text }) => text);
      for (const text of due) known.set(text.signal, { text, isTold: true });
      return due;
    },
    giveBack(texts) {
      for (const { signal } of texts) {
        const now = known.get(signal);
        if (now) known.set(signal, { ...now, isTold: false });
      }
    },
  };
}
