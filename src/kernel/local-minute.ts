const quarterMs = 900_000;
const dayMinutes = 1_440;

/** The minute of the local day (0 … 1,439) in an IANA zone, for many instants (epoch milliseconds) in a row. Raises RangeError on an unknown zone. */
export function localMinute(timeZone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit' });
  let quarter = Number.NaN;
  let offset = 0;
  return (atMs) => {
    const utc = Math.floor(atMs / 60_000);
    // No zone changes its clock but at a quarter of an hour, and asking takes a microsecond.
    if (Math.floor(atMs / quarterMs) !== quarter) {
      quarter = Math.floor(atMs / quarterMs);
      const [hour = 0, minute = 0] = format
        .format(quarter * quarterMs)
        .split(':')
        .map(Number);
      offset = hour * 60 + minute - ((quarter * 15) % dayMinutes);
    }
    return (((utc + offset) % dayMinutes) + dayMinutes) % dayMinutes;
  };
}
