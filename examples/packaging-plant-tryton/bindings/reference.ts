// Tryton plans in days; the plant plans in minutes. The time of day stands in the order's reference, with the key of the effect that
// wrote it: `2026-11-22T20:41:00.000Z run-7/production-order.revise#1`. A planner who moves the planned date moves the order to another
// day, and the time that stands beside it does not count any more.

const written = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)(?: (\S+))?$/;

export function referenceOf(plannedEnd: string, effect: string): string {
  return `${plannedEnd} ${effect}`;
}

/** Whether this effect was the last to write the reference. */
export function isReferenceOf(reference: string | null, effect: string): boolean {
  return written.exec(reference ?? '')?.[2] === effect;
}

/** The time in the reference, while it is on the planned day; else the end of that day. */
export function plannedEndIn(reference: string | null, plannedDate: string): string {
  const time = written.exec(reference ?? '')?.[1];
  return time?.startsWith(plannedDate) ? time : endOfDay(plannedDate);
}

/** Whoever promises a day promises its end. */
export function endOfDay(day: string): string {
  return `${day}T23:59:00.000Z`;
}

export function startOfDay(day: string): string {
  return `${day}T00:00:00.000Z`;
}
