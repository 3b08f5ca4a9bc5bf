/** A map that takes no room while it is empty: of the many that a run in memory has, most stay so. V8's own takes 200 bytes. */
export class LateMap<Key, Value> {
  #entries: Map<Key, Value> | undefined;

  get(key: Key): Value | undefined {
    return this.#entries?.get(key);
  }

  has(key: Key): boolean {
    return this.#entries?.has(key) ?? false;
  }

  set(key: Key, value: Value): void {
    (this.#entries ??= new Map()).set(key, value);
  }

  delete(key: Key): void {
    if (this.#entries?.delete(key) && this.#entries.size === 0) this.#entries = undefined;
  }

  clear(): void {
    this.#entries = undefined;
  }

  /** In the order in which they were set. */
  keys(): readonly Key[] {
    return [...(this.#entries?.keys() ?? [])];
  }

  values(): readonly Value[] {
    return [...(this.#entries?.values() ?? [])];
  }
}

/** The same for a set. */
export class LateSet<Item> {
  #items: Set<Item> | undefined;

  has(item: Item): boolean {
    return this.#items?.has(item) ?? false;
  }

  add(item: Item): void {
    (this.#items ??= new Set()).add(item);
  }
}
