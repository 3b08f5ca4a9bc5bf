import { Type } from 'lineshaft';

/** A moment in UTC, ISO 8601, e.g. `2026-11-02T14:30:00.000Z`. */
export const instant = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?Z$' });

/** Whole minutes are what planners read: the first full minute at or after `ms`, as an instant. */
export function fullMinute(ms: number): string {
  return new Date(Math.ceil(ms / 60_000) * 60_000).toISOString();
}
