/** What may wish for a slot. */
export interface Wish {
  /** Whether a caller of the API waits for it. */
  readonly asked: boolean;
  /** Where it stands, while it wishes. */
  place?: Place<unknown> | undefined;
}

interface Place<Of> {
  wish: Of | undefined;
}

/**
 * Who wants a slot: what callers of the API wait for, and what flows want. A slot goes to one and the other in turn, so that
 * neither waits behind a flood of the other; within each, the oldest wish is first.
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
  const flows = new Line<Of>();
  const lineOf = (wish: Of): Line<Of> => (wish.asked ? asked : flows);
  let first = asked;

  function* inTurn(): Iterator<Of> {
    let [line, other] = first === asked ? [asked[Symbol.iterator](), flows[Symbol.iterator]()] : [flows[Symbol.iterator](), asked[Symbol.iterator]()];
    for (let next = line.next(); !next.done; next = line.next()) {
      yield next.value;
      [line, other] = [other, line];
    }
    // That line is through.
    yield* other;
  }

  return {
    get size() {
      return asked.size + flows.size;
    },
    add: (wish) => lineOf(wish).add(wish),
    delete: (wish) => lineOf(wish).delete(wish),
    granted(wish) {
      lineOf(wish).delete(wish);
      first = wish.asked ? flows : asked;
    },
    [Symbol.iterator]() {
      if (asked.size === 0) return flows[Symbol.iterator]();
      return flows.size === 0 ? asked[Symbol.iterator]() : inTurn();
    },
  };
}
