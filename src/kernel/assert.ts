/** Stops on a bug of ours: `condition` must hold, `sentence` says what was believed. */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(`Bug: ${sentence}`);
}
