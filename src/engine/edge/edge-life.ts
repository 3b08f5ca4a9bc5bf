// Who an edge is beyond its name: which store speaks, and which process on it.
import { Fault, messageOf } from '../../kernel/errors.ts';
import type { EdgeStore } from '../../store/edge-store.ts';

/** Which store, and which process of it, speaks as an edge. */
export interface EdgeLife {
  /** Of the edge's store, made once. */
  readonly identity: string;
  /** How often an edge was started on the store, this time included. */
  readonly starts: number;
  /** Of the process. */
  readonly boot: string;
  /** The identity that the store had before its file became another one: it was copied, moved or restored. */
  readonly before?: string | undefined;
}

/** Each request of an edge says its name and life in it: `name identity starts boot [before]`. */
export const lifeHeader = 'x-lineshaft-edge';

export function lifeText(edge: string, { identity, starts, boot, before }: EdgeLife): string {
  return [encodeURIComponent(edge), identity, String(starts), boot, ...(before === undefined ? [] : [before])].join(' ');
}

const word = '([A-Za-z0-9-]{1,64})';
const lifeShape = new RegExp(`^(\\S{1,768}) ${word} (\\d{1,15}) ${word}(?: ${word})?$`);

/** Undefined where it is none. */
export function lifeIn(text: string): { readonly edge: string; readonly life: EdgeLife } | undefined {
  const [, name, identity, starts, boot, before] = lifeShape.exec(text) ?? [];
  if (name === undefined || identity === undefined || boot === undefined) return undefined;
  try {
    return { edge: decodeURIComponent(name), life: { identity, starts: Number(starts), boot, ...(before !== undefined && { before }) } };
  } catch {
    return undefined; // the caller says so
  }
}

const noteName = 'identity';

interface LifeParts {
  readonly store: Pick<EdgeStore, 'note' | 'setNote'>;
  /** What is the same for the file that the store lies in for as long as it is this file, e.g. its number on the disk. */
  readonly place: string;
  readonly freshId: () => string;
  readonly log: (message: string, details?: Readonly<Record<string, unknown>>) => void;
}

/** Counts one more start of the store, which gets an identity where it has none, and another one where its file is another. */
export async function beginLife({ store, place, freshId, log }: LifeParts): Promise<EdgeLife> {
  const kept = keptIn(await store.note(noteName));
  const isMoved = kept !== undefined && kept.place !== place;
  const before = isMoved ? kept.identity : kept?.before;
  const life = { identity: kept && !isMoved ? kept.identity : freshId(), starts: (kept?.starts ?? 0) + 1, ...(before !== undefined && { before }) };
  if (isMoved) log('The store of this edge was copied, moved or restored: it has a new identity from now on.', { identity: life.identity, before });
  try {
    await store.setNote(noteName, JSON.stringify({ ...life, place }));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // It works on, as it does with a full disk; the hub may take its next start for a copy until this one has been silent for a while.
    log(`The edge's store could not take that it was started (${messageOf(error)}).`);
  }
  return { ...life, boot: freshId() };
}

interface KeptLife extends Omit<EdgeLife, 'boot'> {
  readonly place: string;
}

function keptIn(text: string | undefined): KeptLife | undefined {
  if (text === undefined) return undefined;
  // Written by beginLife() only.
  return JSON.parse(text) as KeptLife;
}
