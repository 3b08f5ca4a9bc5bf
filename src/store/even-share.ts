/** What each of `lists` lists may give where they give at most `limit` items together; at least one. */
export function evenShare(lists: number, limit: number): number {
  return Math.max(1, Math.floor(limit / Math.max(1, lists)));
}
