/** W3C Trace Context (level 1) as it came from another program. */
export interface TraceContext {
  readonly traceparent: string;
  /** Others' own words about the trace, handed on unread. */
  readonly tracestate?: string;
}

/** Version 00 (§3.2.2): neither id may be all zeros. */
const traceparentPattern = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Characters that have to be handed on at least (§3.3.1.5); a longer one is left out. */
const tracestateMax = 512;

export function isTraceparent(text: unknown): text is string {
  return typeof text === 'string' && traceparentPattern.test(text);
}

/** The context that these two say; undefined where `traceparent` is none, for then `tracestate` must not be used either (§3.3). */
export function traceContextOf(traceparent: unknown, tracestate: unknown): TraceContext | undefined {
  if (!isTraceparent(traceparent)) return undefined;
  const isFit = typeof tracestate === 'string' && tracestate.length <= tracestateMax && /^[\x20-\x7e]+$/.test(tracestate);
  return isFit ? { traceparent, tracestate } : { traceparent };
}
