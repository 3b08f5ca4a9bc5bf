/** So many entries are looked through one by one: V8's own map takes 200 bytes before it holds one. */
const fewMax = 8;

interface Entry<Key, Value> {
  readonly key: Key;
  value: Value;
  next: Entry<Key, Value> | undefined;
}

/** A map that takes no room while it is empty, and little for a few entries: of the many that a run in memory has, most stay so. */
export class LateMap<Key, Value> {
  #entries: Entry<Key, Value> | Map<Key, Value> | undefined;

  get(key: Key): Value | undefined {
    return this.#entries instanceof Map ? this.#entries.get(key) : entryOf(this.#entries, key)?.value;
  }

  has(key: Key): boolean {
    return this.#entries instanceof Map ? this.#entries.has(key) : entryOf(this.#entries, key) !== undefined;
  }

  set(key: Key, value: Value): void {
    if (this.#entries instanceof Map) {
      this.#entries.set(key, value);
      return;
    }
    let count = 0;
    let last: Entry<Key, Value> | undefined;
    for (let entry = this.#entries; entry !== undefined; entry = entry.next) {
      if (entry.key === key) {
        entry.value = value;
        return;
      }
      last = entry;
      count += 1;
    }
    if (count === fewMax) this.#entries = new Map([...pairs(this.#entries), [key, value]]);
    else if (last === undefined) this.#entries = { key, value, next: undefined };
    else last.next = { key, value, next: undefined };
  }

  delete(key: Key): void {
    if (this.#entries instanceof Map) {
      if (this.#entries.delete(key) && this.#entries.size === 0) this.#entries = undefined;
      return;
    }
    let before: Entry<Key, Value> | undefined;
    for (let entry = this.#entries; entry !== undefined; entry = entry.next) {
      if (entry.key === key) {
        if (before === undefined) this.#entries = entry.next;
        else before.next = entry.next;
        return;
      }
      before = entry;
    }
  }

  clear(): void {
    this.#entries = undefined;
  }

  /** In the order in which they were set. */
  keys(): readonly Key[] {
    return [...pairs(this.#entries)].map(([key]) => key);
  }

  values(): readonly Value[] {
    return [...pairs(this.#entries)].map(([, value]) => value);
  }
}

function entryOf<Key, Value>(first: Entry<Key, Value> | undefined, key: Key): Entry<Key, Value> | undefined {
  let entry = first;
  while (entry !== undefined && entry.key !== key) entry = entry.next;
  return entry;
}

function* pairs<Key, Value>(entries: Entry<Key, Value> | Map<Key, Value> | undefined): Generator<readonly [Key, Value], undefined> {
  if (entries instanceof Map) yield* entries;
  else for (let entry = entries; entry !== undefined; entry = entry.next) yield [entry.key, entry.value];
  return undefined;
}

/** The same for a set. */
export class LateSet<Item> {
  #items: LateMap<Item, true> | undefined;

  has(item: Item): boolean {
    return this.#items?.has(item) ?? false;
  }

  add(item: Item): void {
    (this.#items ??= new LateMap()).set(item, true);
  }

  /** In the order in which they were added. */
  values(): readonly Item[] {
    return this.#items?.keys() ?? [];
  }
}
