/** The addresses of the hub, tried in order: the one that last answered is used until it does not. */
export interface HubList {
  current(): string;
  /** `url` did not answer well: the next one is used. Says whether every address has failed since one last answered. */
  failed(url: string): boolean;
  answered(): void;
}

/** `urls` has at least one address; trailing slashes do not matter. */
export function hubList(urls: readonly string[]): HubList {
  const addresses = urls.map((url) => url.replace(/\/+$/, ''));
  const silent = new Set<string>();
  let index = 0;
  return {
    current: () => addresses[index] ?? '',
    failed(url) {
      silent.add(url);
      // Who hears of it late does not move on from the one that is used by now.
      if (addresses[index] === url) index = (index + 1) % addresses.length;
      return addresses.every((address) => silent.has(address));
    },
    answered: () => silent.clear(),
  };
}
