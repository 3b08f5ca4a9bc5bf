import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** Before the first link. */
export const chainStart = '0'.repeat(64);

/** What makes a JSON object a link of a chain. */
export interface Link {
  /** 0, 1, 2 … */
  readonly n: number;
  /** The `hash` of the link before; 64 zeros in the first one. */
  readonly previous: string;
  /** SHA-256, as hex digits, of the canonical JSON (RFC 8785) of everything else in the link. */
  readonly hash: string;
}

/** SHA-256 as hex digits of a JSON value in its canonical form. */
export function digest(value: unknown): string {
  return hash('sha256', canonicalJson(value));
}

/** Makes links of plain JSON objects, one after the other: each as its canonical text, which is how it must be kept. */
export function chain(): { add(body: object): string; seal(): string } {
  let previous = chainStart;
  let n = 0;
  return {
    add(body) {
      const link = { ...body, n, previous };
      const own = digest(link);
      previous = own;
      n += 1;
      return canonicalJson({ ...link, hash: own });
    },
    /** The hash of the last link, which stands for all of them. */
    seal: () => previous,
  };
}

export type LinkRead =
  | { readonly kind: 'link'; readonly link: Link; readonly body: Readonly<Record<string, unknown>>; readonly isWhole: boolean }
  | { readonly kind: 'no link'; readonly reason: string };

/** Reads the text of one link; it is whole where not a byte of it differs from what its own hash stands for. */
export function readLink(text: string): LinkRead {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { kind: 'no link', reason: error instanceof Error ? error.message : String(error) };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { kind: 'no link', reason: 'it is no JSON object' };
  // An object of JSON: its members are looked at one by one.
  const { hash: own, ...rest } = value as Readonly<Record<string, unknown>>;
  const { n, previous, ...body } = rest;
  if (typeof n !== 'number' || typeof previous !== 'string' || typeof own !== 'string') return { kind: 'no link', reason: 'it has no "n", "previous" or "hash"' };
  return { kind: 'link', link: { n, previous, hash: own }, body, isWhole: digest(rest) === own && canonicalJson(value) === text };
}
