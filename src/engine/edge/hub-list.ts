/** The addresses of the hub, tried in order: the one that last answered is used until it does not. */
export interface HubList {
  current(): string;
  /** `url` did not answer well. Says whether every address has failed since one last answered. */
  failed(url: string): boolean;
  answered(): void;
}

/** `urls` has at least one address; trailing slashes do not matter. */
export function hubList(urls: readonly string[]): HubList {
  const addresses = urls.map((url) => url.replace(/\/+$/, ''));
  let index = 0;
  let failures = 0;
  return {
    current: () => addresses[index] ?? '',
    failed(url) {
      failures++;
      if (addresses[index] === url) index = (index + 1) % addresses.length;
      return failures >= addresses.length;
    },
    answered() {
      failures = 0;
    },
  };
}
