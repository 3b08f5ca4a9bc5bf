// Where a line of the timeline is on the page.

/** The element's id of a line. */
export function placeOf(entry: string): string {
  return `line-${entry.replaceAll(/\s/g, '_')}`;
}

/** Brings the line of a moment into view and opens it; a folded question is opened with the others. */
export function showLine(moment: string): void {
  const place = document.getElementById(placeOf(moment)) ?? document.getElementById(placeOf(`asked/${moment}`)) ?? askedWith(moment);
  if (!(place instanceof HTMLDetailsElement)) return;
  place.open = true;
  place.scrollIntoView({ block: 'center' });
  place.querySelector('summary')?.focus({ preventScroll: true });
}

/** The line of questions that were asked together with this one: those of the same run. */
function askedWith(moment: string): Element | null {
  const run = moment.slice(0, moment.lastIndexOf('/'));
  return document.querySelector(`[id^="${CSS.escape(placeOf(`asked/${run}`))}"]`);
}
