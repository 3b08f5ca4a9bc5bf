import { hash } from 'node:crypto';

/** Fresh identifiers as an argument: real in `run/`, counted in tests. */
export interface Ids {
  uuid(): string;
}

/** The first 32 hex digits of SHA-256 over the parts, each preceded by its length so that no two lists collide. */
export function hashId(...parts: readonly string[]): string {
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  return hash('sha256', text).slice(0, 32);
}
