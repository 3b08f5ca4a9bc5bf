/** Forgets the oldest entries, those that were put in first, until at most so many are left. */
export function keepNewest<Key>(entries: Map<Key, unknown> | Set<Key>, most: number): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= most) return;
    entries.delete(oldest);
  }
}

/** Puts an entry in as the newest, also where its key is there already, and forgets the oldest beyond so many. */
export function setNewest<Key, Value>(entries: Map<Key, Value>, key: Key, value: Value, most: number): void {
  entries.delete(key);
  entries.set(key, value);
  keepNewest(entries, most);
}
