/** Where a value came from: an event, or a step of the run. */
export type Source =
  | { readonly event: string; readonly position: number; readonly id?: string; readonly step?: string }
  | { readonly step: string; readonly capability: string; readonly system: string; readonly version: unknown; readonly atMs: number }
  | { readonly step: string; readonly decision: string; readonly version: unknown; readonly atMs: number };

/**
 * Where an input of a decision came from, as it is recorded. `path` leads to it within what its source gave. A text, number or
 * boolean is the same wherever it is met, and a flow may build new objects: `by` says what such a value was recognised by, and
 * `others` how many older places fit as well.
 */
export type Origin = Source & { readonly path?: string; readonly by?: 'name and value' | 'value' | 'its parts'; readonly others?: number };

/** What a run has learnt so far: its event, and what its steps gave. */
export interface Learnt {
  newest: Piece;
  count: number;
  size: number;
}

interface Piece {
  readonly from: Source;
  readonly value: unknown;
  readonly size: number;
  before: Piece | undefined;
}

/** Values that a run remembers the sources of; and their size as JSON text. The oldest are forgotten first. */
const learntMax = 64;
const sizeMax = 262_144;
/** Fields that are looked at for one decision. */
const looksMax = 20_000;
/** Fields of a new object whose sources are told, and how deep. */
const partsMax = 50;
const partsDepthMax = 3;

export function learntFrom(from: Source, value: unknown, size: number): Learnt {
  return { newest: { from, value, size, before: undefined }, count: 1, size };
}

/** `size` is the length of the value as JSON text. */
export function learn(learnt: Learnt, from: Source, value: unknown, size: number): void {
  learnt.newest = { from, value, size, before: learnt.newest };
  learnt.count += 1;
  learnt.size += size;
  while (learnt.count > 1 && (learnt.count > learntMax || learnt.size > sizeMax)) forgetOldest(learnt);
}

function forgetOldest(learnt: Learnt): void {
  let piece = learnt.newest;
  while (piece.before?.before) piece = piece.before;
  learnt.size -= piece.before?.size ?? 0;
  learnt.count -= 1;
  piece.before = undefined;
}

function* newestFirst({ newest }: Learnt): Generator<Piece, undefined> {
  for (let piece: Piece | undefined = newest; piece; piece = piece.before) yield piece;
  return undefined;
}

/** For each input of a decision where it came from; `{}` for what the flow made itself. */
export function provenanceOf(learnt: Learnt, inputs: unknown): Readonly<Record<string, unknown>> {
  if (typeof inputs !== 'object' || inputs === null) return {};
  const looks = { left: looksMax };
  return Object.fromEntries(Object.entries(inputs).map(([name, value]: [string, unknown]) => [name, originOf(learnt, name, value, partsDepthMax, looks) ?? {}]));
}

/** Looks that may still be taken. */
interface Looks {
  left: number;
}

function originOf(learnt: Learnt, name: string, value: unknown, depth: number, looks: Looks): Origin | { readonly parts: Readonly<Record<string, unknown>> } | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object') return plainOrigin(learnt, name, value, looks);
  const whole = newestFirst(learnt).find((each) => each.value === value);
  if (whole) return whole.from;
  const same = placesOf(learnt, looks, (found) => found === value).next().value;
  if (same || depth === 0) return same?.origin;
  const parts = Object.entries(value)
    .slice(0, partsMax)
    .flatMap(([field, part]: [string, unknown]) => {
      const origin = originOf(learnt, field, part, depth - 1, looks);
      return origin ? [[field, origin] as const] : [];
    });
  const [first] = parts;
  if (!first) return undefined;
  const sources = new Set(parts.map(([, origin]) => ('parts' in origin ? undefined : sourceName(origin))));
  if (sources.size > 1 || 'parts' in first[1]) return { parts: Object.fromEntries(parts) };
  const { path: _path, by: _by, others: _others, ...source } = first[1];
  return { ...source, by: 'its parts' };
}

/** Of the newest field with this name and value; else of the only place that has this value at all, where it is a telling one. */
function plainOrigin(learnt: Learnt, name: string, value: unknown, looks: Looks): Origin | undefined {
  const places = [...placesOf(learnt, looks, (found) => found === value)];
  const named = places.filter(({ field }) => field === name);
  const [newest, ...others] = named;
  if (newest) return { ...newest.origin, by: 'name and value', ...(others.length > 0 && { others: others.length }) };
  const [only] = places;
  const isTelling = typeof value === 'number' ? Math.abs(value) > 1 : typeof value === 'string' && value.length > 1;
  return only && places.length === 1 && isTelling ? { ...only.origin, by: 'value' } : undefined;
}

function sourceName(origin: Source): string {
  return origin.step ?? ('event' in origin ? origin.event : '');
}

/** Everywhere in what was learnt, newest first, where something that is meant lies. */
function* placesOf(learnt: Learnt, looks: Looks, isMeant: (value: unknown) => boolean): Generator<{ readonly origin: Origin; readonly field: string }, undefined> {
  for (const { from, value } of newestFirst(learnt)) {
    const open: { readonly value: unknown; readonly path: readonly string[] }[] = [{ value, path: [] }];
    // What is found on the way is looked at after it.
    for (const { value: found, path } of open) {
      looks.left -= 1;
      if (looks.left < 0) return undefined;
      if (isMeant(found)) yield { origin: path.length === 0 ? from : { ...from, path: path.join('.') }, field: path.at(-1) ?? '' };
      if (typeof found === 'object' && found !== null) for (const [field, part] of Object.entries(found)) open.push({ value: part, path: [...path, field] });
    }
  }
  return undefined;
}
