import { createRequire } from 'node:module';

// The package's own description is its one source of the version.
const described: unknown = createRequire(import.meta.url)('../../package.json');

/** The version of Lineshaft, e.g. `0.1.0`. */
export const version: string = typeof described === 'object' && described !== null && 'version' in described ? String(described.version) : '0.0.0';
