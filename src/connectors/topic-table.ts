interface Entry<Value> {
  readonly topic: Uint8Array;
  readonly hash: number;
  readonly value: Value;
  /** The one that was found after it the last time: who tells many topics, tells them in turn. */
  next: Entry<Value> | undefined;
}

const slotsMin = 64;

/** Values by topic, found by the topic's bytes where they stand: no text is made of them. Beyond `topicsMax` all are forgotten, and it begins anew. */
export class TopicTable<Value> {
  readonly #topicsMax: number;
  /** A power of two, at most half of them taken. */
  #slots: (Entry<Value> | undefined)[] = slotsOf(slotsMin);
  #size = 0;
  #last: Entry<Value> | undefined;

  constructor(topicsMax: number) {
    this.#topicsMax = topicsMax;
  }

  find(bytes: Uint8Array, from: number, to: number): Value | undefined {
    const next = this.#last?.next;
    const found = next && isSame(next.topic, bytes, from, to) ? next : this.#look(bytes, from, to);
    if (this.#last && found) this.#last.next = found;
    this.#last = found;
    return found?.value;
  }

  /** Of a topic that `find` does not find. */
  set(bytes: Uint8Array, from: number, to: number, value: Value): void {
    if (this.#size >= this.#topicsMax) {
      this.#slots = slotsOf(slotsMin);
      this.#size = 0;
      this.#last = undefined;
    }
    if (this.#size * 2 >= this.#slots.length) {
      const before = this.#slots;
      this.#slots = slotsOf(before.length * 2);
      for (const entry of before) if (entry) this.#put(entry);
    }
    this.#put({ topic: bytes.slice(from, to), hash: hashOf(bytes, from, to), value, next: undefined });
    this.#size++;
  }

  #look(bytes: Uint8Array, from: number, to: number): Entry<Value> | undefined {
    const hash = hashOf(bytes, from, to);
    const slots = this.#slots;
    for (let slot = hash & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      const entry = slots[slot];
      if (entry === undefined || (entry.hash === hash && isSame(entry.topic, bytes, from, to))) return entry;
    }
  }

  #put(entry: Entry<Value>): void {
    const slots = this.#slots;
    let slot = entry.hash & (slots.length - 1);
    while (slots[slot] !== undefined) slot = (slot + 1) & (slots.length - 1);
    slots[slot] = entry;
  }
}

function slotsOf<Value>(count: number): (Entry<Value> | undefined)[] {
  return Array.from({ length: count }, () => undefined);
}

/** From the end on: that is where topics differ. */
function isSame(topic: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  let index = topic.length;
  if (index !== to - from) return false;
  while (index > 0 && topic[index - 1] === bytes[from + index - 1]) index--;
  return index === 0;
}

/** FNV-1a over steps of four bytes, and what is left by one. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c_9dc5;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    const four = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    hash = Math.imul(hash ^ four, 0x0100_0193);
  }
  for (; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x0100_0193);
  // Of a product, the low bits know little of the high ones.
  return hash ^ (hash >>> 15);
}
