// The language of the console, for everything that Intl writes: imported first, before any library asks the browser for its own.

/** English with days before months, and 24 hours. */
export const locale = 'en-GB';

// A browser may name its language after its operating system's locale, `en-US@posix`, which Intl refuses with an error; libraries
// hand it on as it is.
if (!isLocale(navigator.language)) Object.defineProperty(navigator, 'language', { value: locale, configurable: true });

function isLocale(name: string): boolean {
  try {
    return Intl.getCanonicalLocales(name).length > 0;
  } catch {
    // A RangeError is how Intl says no.
    return false;
  }
}
