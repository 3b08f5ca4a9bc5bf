import { hashId } from '../../kernel/ids.ts';
import type { BusinessKeys } from '../../model/contract.ts';
import type { ExceptionClass } from '../../model/exception-class.ts';
import type { Ownership } from '../../model/owner.ts';
import { builtIn, type ExceptionAction, type Opening } from '../exceptions/opening.ts';
import { subjectId, type Conviction } from './watch.ts';

/** What its owner is told of code that stopped a process. */
export function watchCase(
  conviction: Conviction,
  given: {
    readonly type: string;
    readonly class: ExceptionClass;
    /** What it is, for people: `Order what runs low for FOIL-80`. */
    readonly what: string;
    readonly owner: Ownership;
    readonly keys: BusinessKeys;
    readonly run?: string;
    readonly actions: readonly ExceptionAction[];
    readonly choices: readonly string[];
    /** How often this happened to it, this time included. */
    readonly times: number;
    readonly nowMs: number;
  },
): Opening {
  const { subject, atMs, forMs, at, stack, deaths } = conviction;
  return builtIn({
    id: hashId('watch', subjectId(subject), String(atMs)).slice(0, 20),
    type: given.type,
    class: given.class,
    owner: given.owner,
    summary: `${given.what} ${whyOf(conviction)}`,
    keys: given.keys,
    evidence: {
      code: 'LANDSCAPE_STALLED',
      at,
      stack,
      stoppedAt: new Date(atMs).toISOString(),
      ...(forMs === undefined ? { deaths } : { forMs }),
      times: given.times,
      definition: subject.of,
    },
    suggestions: [
      forMs === undefined
        ? `Look for what ends the process${at === undefined ? ': process.exit, memory without bound, native code' : ` at ${at}`}, and start the mended landscape.`
        : `Look for an endless loop${at === undefined ? ', or a call that waits without end' : ` at ${at}`}, and start the mended landscape.`,
      ...given.choices,
    ],
    actions: given.actions,
    ...(given.run !== undefined && { run: given.run }),
    nowMs: given.nowMs,
  });
}

/** What it did, e.g. `had not come back for 10 s at flows/restock.flow.ts:12:5; the hub was stopped and started again`. */
export function whyOf({ forMs, at, deaths, apart = false }: Omit<Conviction, 'subject'>): string {
  const where = at === undefined ? '' : ` at ${at}`;
  if (apart)
    return forMs === undefined
      ? `ended the thread that it was played in${where}`
      : `had not come back for ${Math.round(forMs / 100) / 10} s${where}; it was stopped, and the hub went on`;
  return forMs === undefined
    ? `was running${where} when the hub's process ended, ${deaths} times in a row`
    : `had not come back for ${Math.round(forMs / 100) / 10} s${where}; the hub was stopped and started again`;
}
