// Parts of the console that come after its first page: fetched soon after it, so that they are there when the hub is not.
import { lazy, type ComponentType, type LazyExoticComponent } from 'react';

/** A part did not come: the hub is away, or serves another build by now. Only the page loaded anew gets it. */
export class PartMissing extends Error {
  override readonly name = 'PartMissing';
  constructor(cause: unknown) {
    super('This part of the console could not be fetched from the hub', { cause });
  }
}

const fetches: (() => Promise<unknown>)[] = [];

/** A component that is fetched when it is drawn first, or with `fetchParts`. Raises PartMissing where it is drawn. */
export function laterPart<Props>(fetchPart: () => Promise<ComponentType<Props>>): LazyExoticComponent<ComponentType<Props>> {
  fetches.push(fetchPart);
  return lazy(async () => {
    try {
      return { default: await fetchPart() };
    } catch (error) {
      throw new PartMissing(error);
    }
  });
}

/** Fetches every part ahead of need, also those that a part brings along. One that does not come is asked for again when it is drawn. */
export async function fetchParts(): Promise<void> {
  for (const fetchPart of fetches) await Promise.allSettled([fetchPart()]);
}
