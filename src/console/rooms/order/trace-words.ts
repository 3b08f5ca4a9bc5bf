// Rows of the trace in words.
import { spanWords } from '../../words/time.ts';
import type { TraceLayer, TraceRow } from './trace-rows.ts';

const layerWords: Readonly<Record<TraceLayer, string>> = { machine: 'machine', event: 'event', flow: 'flow', step: 'step', wait: 'waiting' };

export function layerWord(layer: TraceLayer): string {
  return layerWords[layer];
}

/** `32 ms`, `at once`, `12 s so far`. */
export function lengthWords({ startMs, endMs, isOpen }: Pick<TraceRow, 'startMs' | 'endMs' | 'isOpen'>): string {
  const ms = endMs - startMs;
  if (isOpen) return `${spanWords(ms)} so far`;
  return ms === 0 ? 'at once' : spanWords(ms);
}

/** What became of it, where that is more than that it was done. */
export function outcomeWords({ failed, message, calls, isOpen }: TraceRow): string {
  const failures = calls.filter((call) => call.failed);
  const last = calls.at(-1);
  const parts = [
    isOpen ? 'not over yet' : '',
    failed ? message || 'failed' : '',
    failures.length > 0 ? `${failures.length} not answered or not executed` : '',
    last?.outcome === 'read back' ? 'read back' : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}
