/** The short name of a signal as people say it: `tunnel-temperature` is `Tunnel temperature`. */
export function labelOf(of: string): string {
  const words = of.replaceAll(/[-_.]/g, ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
