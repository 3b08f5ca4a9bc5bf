import type { Landscape } from '../../model/landscape.ts';
import { nameOf, refuse, type Finding } from './finding.ts';

/** Times of a plant are shown in its zone, so the zone must be one that Node knows. */
export function assetFindings(landscape: Landscape): readonly Finding[] {
  return [...landscape.of('asset').values()].flatMap((asset) => {
    const { timeZone } = asset;
    if (timeZone === undefined || isTimeZone(timeZone)) return [];
    return [
      refuse(
        asset,
        'time-zone-unknown',
        `The ${nameOf(asset)} has the time zone ${JSON.stringify(timeZone)}, which is none.`,
        'Give it the IANA name of its zone, e.g. "Europe/Berlin".',
      ),
    ];
  });
}

function isTimeZone(zone: string): boolean {
  // An offset such as "+01:00" is known too, but has no summer.
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
