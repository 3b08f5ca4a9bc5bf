/** What is to be done at a time. */
export interface Alarm {
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** Grows from one to the next. */
  readonly number: number;
  readonly fire: () => void;
  /** In the heap; -1 where it is in none any more. */
  place: number;
}

/** Alarms by their times, those of one time in the order in which they were set. */
export interface Alarms {
  readonly size: number;
  /** The earliest. */
  first(): Alarm | undefined;
  /** The number of the one that was set last. */
  newest(): number;
  set(atMs: number, fire: () => void): Alarm;
  /** One that is gone already stays gone. */
  delete(alarm: Alarm): void;
}

/** A binary heap in which each knows its place: twenty thousand runs may wait for their deadlines, and most of these are called off. */
export function alarms(): Alarms {
  const heap: Alarm[] = [];
  let number = 0;

  function put(alarm: Alarm, place: number): void {
    heap[place] = alarm;
    alarm.place = place;
  }

  function up(alarm: Alarm, from: number): void {
    let place = from;
    while (place > 0) {
      const above = heap[(place - 1) >> 1];
      if (above === undefined || isEarlier(above, alarm)) break;
      put(above, place);
      place = (place - 1) >> 1;
    }
    put(alarm, place);
  }

  function down(alarm: Alarm, from: number): void {
    let place = from;
    for (;;) {
      const left = heap[2 * place + 1];
      const right = heap[2 * place + 2];
      const below = left !== undefined && right !== undefined && isEarlier(right, left) ? right : left;
      if (below === undefined || isEarlier(alarm, below)) break;
      const hole = below.place;
      put(below, place);
      place = hole;
    }
    put(alarm, place);
  }

  return {
    get size() {
      return heap.length;
    },
    first: () => heap[0],
    newest: () => number,
    set(atMs, fire) {
      number += 1;
      const alarm: Alarm = { atMs, number, fire, place: heap.length };
      heap.push(alarm);
      up(alarm, alarm.place);
      return alarm;
    },
    delete(alarm) {
      const { place } = alarm;
      if (place < 0) return;
      alarm.place = -1;
      const last = heap.pop();
      if (last === undefined || last === alarm) return;
      up(last, place);
      down(last, last.place);
    },
  };
}

function isEarlier(one: Alarm, other: Alarm): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.number < other.number);
}
