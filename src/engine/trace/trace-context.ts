import { hashId } from '../../kernel/ids.ts';

/** The trace that an event belongs to: its own, or one derived from its identity so that a repeat gives the same. */
export function traceIdOf(event: { readonly source: string; readonly id: string; readonly traceparent: string | undefined }): string {
  return event.traceparent?.slice(3, 35) ?? hashId('trace', event.source, event.id);
}

/** A span id that is the same on every replay. */
export function spanIdOf(...parts: readonly string[]): string {
  return hashId('span', ...parts).slice(0, 16);
}

/** W3C traceparent (level 1) of a span, sampled. */
export function traceparentOf(traceId: string, spanId: string): string {
  return `00-${traceId}-${spanId}-01`;
}
