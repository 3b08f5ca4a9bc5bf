/** The longest wait that a system can ask for; a longer one is cut to this. */
const waitMsMax = 24 * 60 * 60 * 1_000;

/** Milliseconds that a `retry-after` header asks to wait (seconds or HTTP date, RFC 9110 §10.2.3); undefined where it says nothing. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const waitMs = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), waitMsMax);
}
