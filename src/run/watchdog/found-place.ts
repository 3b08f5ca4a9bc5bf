import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Subject } from '../../engine/watch/watch.ts';
import type { Stall } from './life.ts';

/** A frame of a stack; line and column begin with 1. */
export interface Frame {
  readonly name: string;
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

/** Where the main thread was found, and on whose behalf. */
export type Place = Pick<Stall, 'at' | 'stack' | 'subject'>;

const framesMax = 20;

/**
 * Where a stack was found and on whose behalf. `told` is what the main thread said, as JSON text: the subject of the call under
 * way in this turn, or else that of the run whose promise it continues. The latter may be inherited by code that has nothing to do
 * with the run; it counts only where code of the landscape is on the stack.
 */
export function foundPlace(frames: readonly Frame[], told: unknown, landscape: string): Place {
  const shown = frames.slice(0, framesMax).map((frame) => ({ ...frame, file: fileIn(frame.url, landscape) }));
  const own = shown.find(({ file }) => file !== undefined);
  // What lies outside the landscape says how we call it: nothing that its owner can mend.
  const outermost = shown.findLastIndex(({ file }) => file !== undefined);
  const { inTurn, inherited } = subjectsOf(told);
  const subject = inTurn ?? (own && inherited);
  return {
    ...(own && { at: `${own.file}:${own.line}:${own.column}` }),
    stack: (own ? shown.slice(0, outermost + 1) : shown).map(({ name, url, line, column, file }) => `${name || '(anonymous)'} ${file ?? url}:${line}:${column}`),
    ...(subject && { subject }),
  };
}

/** The file of a URL from the landscape's folder on, or from that of the kept releases; undefined for all others, and for packages in it. */
function fileIn(url: string, landscape: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  const kept = /\/(releases\/[0-9a-f]{16}\/.+)$/.exec(url)?.[1];
  if (kept !== undefined && !kept.includes('node_modules')) return kept;
  const path = relative(landscape, fileURLToPath(url));
  const parts = path.split(sep);
  return parts[0] === '..' || parts.includes('node_modules') || path.includes(':') ? undefined : parts.join('/');
}

/** On whose behalf the main thread runs: the call under way in this turn, and what it was begun for. */
export interface Told {
  readonly inTurn?: Subject;
  readonly inherited?: Subject;
}

function subjectsOf(told: unknown): Told {
  // Written by the teller in `watchdog.ts` only.
  return typeof told === 'string' ? (JSON.parse(told) as Told) : {};
}
