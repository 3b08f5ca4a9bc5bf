import type { Clock } from '../../kernel/clock.ts';

/** Something that must be over in time. */
export interface Timed {
  /** Called once, where its deadline was not lifted before. */
  tooLate(): void;
}

/** The time limit of one thing. */
export interface Deadline {
  /** It is over in time; a second call does nothing. */
  lift(): void;
}

/**
 * Deadlines of things that all have one of few time limits, of which nearly none is reached: those of one limit are reached in the order
 * in which they are set, so that one timer is enough for all of them. A timer for each call took 2 µs of a flow of four steps.
 */
export interface Deadlines {
  /** `ms` milliseconds of the steady clock from now. */
  set(timed: Timed, ms: number): Deadline;
}

export function deadlines(clock: Clock): Deadlines {
  const lines = new Map<number, Line>();
  return {
    set(timed, ms) {
      const line = lines.get(ms) ?? new Line(clock, ms);
      lines.set(ms, line);
      return line.add(timed);
    },
  };
}

/** Those of one limit, the earliest first. */
class Line {
  readonly #clock: Clock;
  readonly #ms: number;
  #first: Place | undefined;
  #last: Place | undefined;
  #stop: (() => void) | undefined;

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  add(timed: Timed): Place {
    const place = new Place(this, timed, this.#clock.steady() + this.#ms, this.#last);
    if (this.#last) this.#last.next = place;
    else this.#first = place;
    this.#last = place;
    this.#stop ??= this.#clock.after(this.#ms, () => this.#ring());
    return place;
  }

  remove({ before, next }: Place): void {
    if (before) before.next = next;
    else this.#first = next;
    if (next) next.before = before;
    else this.#last = before;
    if (this.#first) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #ring(): void {
    const rung = this.#stop;
    const nowMs = this.#clock.steady();
    for (let first = this.#first; first && first.dueMs <= nowMs; first = this.#first) first.reach();
    // Where all were reached or lifted, and others were set meanwhile, there is a timer for these.
    if (this.#first && this.#stop === rung) this.#stop = this.#clock.after(this.#first.dueMs - nowMs, () => this.#ring());
  }
}

class Place implements Deadline {
  readonly dueMs: number;
  before: Place | undefined;
  next: Place | undefined;
  readonly #timed: Timed;
  #line: Line | undefined;

  constructor(line: Line, timed: Timed, dueMs: number, before: Place | undefined) {
    this.#line = line;
    this.#timed = timed;
    this.dueMs = dueMs;
    this.before = before;
  }

  lift(): void {
    this.#line?.remove(this);
    this.#line = undefined;
  }

  reach(): void {
    this.lift();
    this.#timed.tooLate();
  }
}
