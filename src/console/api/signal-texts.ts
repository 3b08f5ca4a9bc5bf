// What signals that are no numbers say: states of machines, running orders. The hub tells it when it changes, and every few seconds.
import { useSyncExternalStore } from 'react';

export interface SignalText {
  readonly value: string;
  /** Event times, epoch milliseconds. */
  readonly sinceMs: number;
  readonly atMs: number;
}

const textsMax = 5_000;
const texts = new Map<string, SignalText>();
const watchers = new Map<string, Set<() => void>>();

/** Keeps what the stream or a route told; anything that is older than what is known, or malformed, is left out. */
export function keepTexts(told: unknown): void {
  if (!Array.isArray(told)) return;
  for (const each of told) {
    const read = textOf(each);
    if (read) keep(read.signal, read.text);
  }
}

function textOf(given: unknown): { readonly signal: string; readonly text: SignalText } | undefined {
  if (typeof given !== 'object' || given === null || !('signal' in given) || !('value' in given) || !('sinceMs' in given) || !('atMs' in given)) return undefined;
  const { signal, value, sinceMs, atMs } = given;
  if (typeof signal !== 'string' || typeof value !== 'string' || typeof sinceMs !== 'number' || typeof atMs !== 'number') return undefined;
  return { signal, text: { value, sinceMs, atMs } };
}

function keep(signal: string, text: SignalText): void {
  const before = texts.get(signal);
  if (before ? before.atMs > text.atMs : texts.size >= textsMax) return;
  // Its identity stays while it says the same, so that nothing is drawn anew.
  if (before?.value === text.value && before.sinceMs === text.sinceMs) return;
  texts.set(signal, text);
  for (const watcher of watchers.get(signal) ?? []) watcher();
}

/** What a signal says; undefined until it was heard, and for no signal. */
export function useSignalText(signal: string | undefined): SignalText | undefined {
  return useSyncExternalStore(
    (watcher) => {
      if (signal === undefined) return () => undefined;
      const all = watchers.get(signal) ?? new Set();
      watchers.set(signal, all.add(watcher));
      return () => {
        all.delete(watcher);
        if (all.size === 0) watchers.delete(signal);
      };
    },
    () => (signal === undefined ? undefined : texts.get(signal)),
  );
}
