import type { SystemName } from '../fault.ts';

/** A request as it came over the simulated wire. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly ifMatch: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a system really did, once. */
export interface Entry {
  readonly type: string;
  /** What it was done to, in the words of the capability: an order, an appointment, a line … */
  readonly entity: string;
  /** Our reference in it; undefined where the system's own people did it. */
  readonly reference: string | undefined;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
  /** From when on those who ask are told of it. */
  seenFromMs: number;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** What was done, where something was. */
  readonly entry?: Entry;
}

/** A simulated system with a ledger of its own. It shares no code with what it judges. */
export interface Counterpart {
  readonly name: SystemName;
  /** In the order of commits. */
  readonly ledger: readonly Entry[];
  /** Does at once what is asked; a refusal does nothing. */
  handle(request: Request, atMs: number): Answer;
}

/** The ledger of a system. */
export function ledger() {
  const entries: Entry[] = [];
  return {
    entries,
    add(type: string, entity: string, reference: string | undefined, atMs: number, data: Readonly<Record<string, unknown>> = {}): Entry {
      const entry: Entry = { type, entity, reference, atMs, data, seenFromMs: atMs };
      entries.push(entry);
      return entry;
    },
  };
}

export function no(status: number, code: string): Answer {
  return { status, body: { kind: 'business', code, message: `${code.toLowerCase().replaceAll('_', ' ')}` } };
}

/** A text field; a request without it is a bug of whoever made it. */
export function text(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new Error(`"${name}" is a text, not ${JSON.stringify(value)}`);
  return value;
}

export function whole(fields: Readonly<Record<string, unknown>>, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new Error(`"${name}" is a whole number, not ${JSON.stringify(value)}`);
  return value;
}

/** The nth part of a path, from 0. */
export function part(path: string, at: number): string {
  return decodeURIComponent(path.split('/')[at + 1] ?? '');
}
