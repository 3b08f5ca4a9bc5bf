import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * V8's own collection, which Node shows only where it is asked for: of all that is garbage, or as the last resort, which makes the young
 * generation smaller, too. What is compiled later must find the flags as they were.
 */
export function collect(flavor: 'regular' | 'last-resort'): void {
  setFlagsFromString('--expose-gc');
  try {
    // V8 documents these options beside the flag; there is no other door to a collection that makes the young generation smaller.
    const gc = runInNewContext('gc') as (options: { readonly type: 'major'; readonly flavor: typeof flavor }) => void;
    gc({ type: 'major', flavor });
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}
