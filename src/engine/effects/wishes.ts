/** What may wish for a slot. */
export interface Wish {
  /** Whether a caller of the API waits for it. */
  readonly asked: boolean;
  /** What a flow asks for: first of these, then of the next; 0 is the first. */
  readonly rank: 0 | 1 | 2;
  /** Where it stands, while it wishes. */
  place?: Place<unknown> | undefined;
}

interface Place<Of> {
  wish: Of | undefined;
}

/**
 * Who wants a slot: what callers of the API wait for, and what flows want. A slot goes to one and the other in turn, so that
 * neither waits behind a flood of the other; within each, the oldest wish is first; of what flows want, that of the highest priority before any other.
 */
export interface Wishes<Of extends Wish> extends Iterable<Of> {
  readonly size: number;
  add(wish: Of): void;
  delete(wish: Of): void;
  /** It got a slot: it wishes no more, and the others are next. */
  granted(wish: Of): void;
}

/** Places that were left stay in line until they are more than those that are taken, and this many more. */
const leftMax = 64;

/** Oldest first. No Set, which would keep what left it alive (see `ChurnMap`): where systems are slow every step comes through here. */
class Line<Of extends Wish> implements Iterable<Of> {
  #places: Place<Of>[] = [];
  /** All before it were left. */
  #first = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(wish: Of): void {
    if (wish.place) return;
    if (this.#places.length > 2 * this.#size + leftMax) {
      this.#places = this.#places.filter((place) => place.wish);
      this.#first = 0;
    }
    const place: Place<Of> = { wish };
    this.#places.push(place);
    this.#size += 1;
    wish.place = place;
  }

  delete(wish: Of): void {
    if (!wish.place) return;
    wish.place.wish = undefined;
    wish.place = undefined;
    this.#size -= 1;
  }

  *[Symbol.iterator](): Generator<Of, undefined> {
    const places = this.#places;
    while (this.#first < places.length && !places[this.#first]?.wish) this.#first += 1;
    for (let at = this.#first; at < places.length; at += 1) {
      const wish = places[at]?.wish;
      if (wish) yield wish;
    }
  }
}

export function wishes<Of extends Wish>(): Wishes<Of> {
  const asked = new Line<Of>();
  const byRank = [new Line<Of>(), new Line<Of>(), new Line<Of>()] as const;
  const lineOf = (wish: Of): Line<Of> => (wish.asked ? asked : byRank[wish.rank]);
  let askedFirst = true;

  function flowsSize(): number {
    return byRank[0].size + byRank[1].size + byRank[2].size;
  }

  function flows(): Iterator<Of> {
    // Nearly always there is one rank only.
    if (byRank[0].size + byRank[2].size === 0) return byRank[1][Symbol.iterator]();
    return inOrder();
  }

  function* inOrder(): Iterator<Of> {
    for (const line of byRank) yield* line;
  }

  function* inTurn(): Iterator<Of> {
    let [line, other] = askedFirst ? [asked[Symbol.iterator](), flows()] : [flows(), asked[Symbol.iterator]()];
    for (let next = line.next(); !next.done; next = line.next()) {
      yield next.value;
      [line, other] = [other, line];
    }
    // That line is through.
    for (let next = other.next(); !next.done; next = other.next()) yield next.value;
  }

  return {
    get size() {
      return asked.size + flowsSize();
    },
    add: (wish) => lineOf(wish).add(wish),
    delete: (wish) => lineOf(wish).delete(wish),
    granted(wish) {
      lineOf(wish).delete(wish);
      askedFirst = !wish.asked;
    },
    [Symbol.iterator]() {
      if (asked.size === 0) return flows();
      return flowsSize() === 0 ? asked[Symbol.iterator]() : inTurn();
    },
  };
}
