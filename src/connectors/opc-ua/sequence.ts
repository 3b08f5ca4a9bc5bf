// Sequence numbers of notification messages: 1 … 4,294,967,295, then 1 again (OPC 10000-4 §7.26).
const sequenceMax = 4_294_967_295;

export function sequenceAfter(sequence: number): number {
  return sequence === sequenceMax ? 1 : sequence + 1;
}

/** How many messages are missing where `expected` should come and `came` does; negative where it is an old one again. */
export function missingBefore(expected: number, came: number): number {
  const ahead = came - expected;
  if (Math.abs(ahead) <= sequenceMax / 2) return ahead;
  return ahead > 0 ? ahead - sequenceMax : ahead + sequenceMax;
}
