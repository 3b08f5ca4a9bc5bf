/** At most `limit` items of some lists: of each the first ones, as many as of the others where it has them. Within a list the order stays. */
export function evenShares<Item>(lists: readonly (readonly Item[])[], limit: number): readonly Item[] {
  const taken: Item[] = [];
  let open = lists;
  for (let index = 0; open.length > 0 && taken.length < limit; index++) {
    open = open.filter((list) => index < list.length);
    taken.push(...open.flatMap((list) => list[index] ?? []).slice(0, limit - taken.length));
  }
  return taken;
}
