/** The nearest rank: the smallest value that at least this share (0 to 1) is not above; undefined of none. */
export function atRank(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
