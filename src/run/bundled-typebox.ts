import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';

/** The same place as seen from src/ and from dist/. */
const folder = new URL('../../dist/typebox/', import.meta.url);
const bundles: ReadonlyMap<string, string> = new Map([
  ['typebox', new URL('index.js', folder).href],
  ['typebox/format', new URL('format.js', folder).href],
  ['typebox/schema', new URL('schema.js', folder).href],
]);

/**
 * From now on whoever imports TypeBox in this thread, landscapes too, gets it in a few files instead of 540, where they were built. Measured: a
 * hub takes 120 ms of CPU less to start, an edge 160 ms, and each 6 MB less of memory.
 */
export function useBundledTypebox(): void {
  // All or none: the formats that one part is told of are those that another part checks.
  if (![...bundles.values()].every((url) => existsSync(new URL(url)))) return;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const url = bundles.get(specifier);
      return url === undefined ? nextResolve(specifier, context) : { url, format: 'module', shortCircuit: true };
    },
  });
}
