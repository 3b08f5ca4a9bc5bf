/** What may wish for a slot. */
interface Wish {
  /** Whether a caller of the API waits for it. */
  readonly asked: boolean;
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

export function wishes<Of extends Wish>(): Wishes<Of> {
  const asked = new Set<Of>();
  const flows = new Set<Of>();
  const lineOf = (wish: Of): Set<Of> => (wish.asked ? asked : flows);
  let first = asked;

  function* inTurn(): Iterator<Of> {
    let [line, other] = first === asked ? [asked.values(), flows.values()] : [flows.values(), asked.values()];
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
    add: (wish) => void lineOf(wish).add(wish),
    delete: (wish) => void lineOf(wish).delete(wish),
    granted(wish) {
      lineOf(wish).delete(wish);
      first = wish.asked ? flows : asked;
    },
    [Symbol.iterator]() {
      if (asked.size === 0) return flows.values();
      return flows.size === 0 ? asked.values() : inTurn();
    },
  };
}
