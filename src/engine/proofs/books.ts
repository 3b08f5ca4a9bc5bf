import { instant } from '../stories/recorded-json.ts';
import type { ProofHead } from './proof-entry.ts';
import type { BookEntry } from './book-entry.ts';
import { effectKey } from './book-entry.ts';
import { bookedOtherwise } from './booked-input.ts';
import type { BookedEffect } from './booked-effect.ts';
import { judgeOrder, type BookedOnce } from './booked-order.ts';
import type { Findings } from './finding.ts';

/** Compares other systems' books with the effects of one proof. Entries may come in any order. */
export interface Books {
  take(entry: BookEntry): void;
  /** `unread`: how many entries of each system's books could not be read. */
  end(unread: ReadonlyMap<string, number>): void;
  /** Entries that are about something else. */
  readonly others: number;
}

export interface BooksParts {
  readonly head: ProofHead;
  /** By everything that they were sent as. */
  readonly effects: ReadonlyMap<string, BookedEffect>;
  readonly runs: ReadonlyMap<string, unknown>;
  /** Systems whose books are given. */
  readonly systems: ReadonlySet<string>;
  /** How far clocks may be apart. */
  readonly skewMs: number;
  readonly found: Findings;
}

/** Entries about what the proof is about that no effect's key was found in: kept until all are there. */
const keptMax = 1_000_000;

export function books(parts: BooksParts): Books {
  const { head, effects, runs, systems, skewMs, found } = parts;
  const all = new Set(effects.values());
  const ofSystem = bySystem(all);
  const kept: BookEntry[] = [];
  const keyedOnes: { readonly entry: BookEntry; readonly effect: BookedEffect; readonly sentAs: string }[] = [];
  let principals: ReadonlyMap<string, string> = new Map();
  let others = 0;

  function isOurs(entry: BookEntry): boolean {
    return entry.names.has(head.key) || (ofSystem.get(entry.system)?.some(({ entity }) => entry.names.has(entity)) ?? false);
  }

  function keyed(entry: BookEntry): { readonly effect: BookedEffect; readonly sentAs: string } | undefined {
    for (const name of entry.names) {
      const effect = effects.get(name);
      if (effect?.system === entry.system) return { effect, sentAs: name };
    }
    return undefined;
  }

  function count(entry: BookEntry, effect: BookedEffect, sentAs = effect.key): void {
    effect.booked += 1;
    const wrong = bookedOtherwise(effect.inputs.get(sentAs), entry.input);
    if (wrong.length === 0) return;
    const at = { system: entry.system, effect: effect.key };
    found.add('BOOKED_OTHERWISE', `${effect.capability} (${effect.entity}) is booked as ${wrong.join('; ')} (entry ${entry.place} of ${entry.system})`, at);
  }

  /** The oldest effect on what the entry is about that it can be, and that has none yet. */
  function natural(entry: BookEntry): BookedEffect | undefined {
    if (entry.reference !== undefined) return undefined;
    return ofSystem
      .get(entry.system)
      ?.find(
        (effect) =>
          effect.booked === 0 &&
          mayBeBooked(effect) &&
          entry.names.has(effect.entity) &&
          (entry.capability === undefined || entry.capability === effect.capability) &&
          entry.atMs >= effect.intendedMs - skewMs &&
          entry.atMs <= (effect.overMs ?? Number.POSITIVE_INFINITY) + skewMs,
      );
  }

  function unexplained(entry: BookEntry): void {
    const at = { system: entry.system, ...(entry.reference !== undefined && { effect: entry.reference }) };
    const what = `${entry.system} booked entry ${entry.place} (${[...entry.names].join(', ')}) at ${instant(entry.atMs)}`;
    const run = effectKey.exec(entry.reference ?? '')?.[1];
    const ours = principals.get(entry.system);
    if (run !== undefined && !runs.has(run) && !entry.names.has(head.key)) found.note('BOOKED_OUTSIDE', `${what} for a run that this proof does not tell of`, at);
    else if (run === undefined && entry.principal !== undefined && ours !== undefined && ours !== entry.principal)
      found.note('BOOKED_BY_OTHERS', `${what}, done by ${entry.principal}`, at);
    else if (entry.atMs < Date.parse(head.from) - skewMs) found.note('BOOKED_OUTSIDE', `${what}, before the time of this proof`, at);
    else if (entry.atMs > Date.parse(head.at) + skewMs) found.note('BOOKED_OUTSIDE', `${what}, after this proof was made`, at);
    else if (!head.complete) found.note('BOOKED_OUTSIDE', `${what}, which may belong to what this proof leaves out`, at);
    else found.add('BOOKED_UNEXPLAINED', `${what}; no effect explains it`, at);
  }

  return {
    get others() {
      return others;
    },
    take(entry) {
      const match = keyed(entry);
      if (match && keyedOnes.length < keptMax) keyedOnes.push({ entry, ...match });
      else if (isOurs(entry) && kept.length < keptMax) kept.push(entry);
      else others += 1;
    },
    end(unread) {
      const left: BookEntry[] = [];
      const booked: BookedOnce[] = [];
      principals = ourPrincipals(keyedOnes.map(({ entry }) => entry));
      for (const { entry, effect, sentAs } of keyedOnes) {
        // An answer that names our reference is not what we asked for.
        if (entry.principal === undefined || entry.principal === principals.get(entry.system)) {
          count(entry, effect, sentAs);
          booked.push({ effect, atMs: entry.atMs });
        } else
          found.note('BOOKED_BY_OTHERS', `${entry.system} booked entry ${entry.place} under this reference, done by ${entry.principal}`, {
            system: entry.system,
            effect: effect.key,
          });
      }
      for (const entry of kept.toSorted((one, other) => one.atMs - other.atMs)) {
        const effect = natural(entry);
        if (effect) count(entry, effect, [...effect.inputs.keys()].at(-1));
        else left.push(entry);
      }
      for (const effect of all) if (systems.has(effect.system)) judge(effect, unread.get(effect.system) ?? 0, found);
      judgeOrder(
        booked.filter(({ effect }) => effect.booked === 1 && !effect.isNotification),
        found,
      );
      for (const entry of left) unexplained(entry);
    },
  };
}

/** Who we are to each system: whoever booked most under our references, or did so first. */
function ourPrincipals(entries: readonly BookEntry[]): ReadonlyMap<string, string> {
  const counts = new Map<string, Map<string, number>>();
  for (const { system, principal } of entries.toSorted((one, other) => one.atMs - other.atMs)) {
    if (principal === undefined) continue;
    const count = counts.get(system) ?? new Map<string, number>();
    counts.set(system, count.set(principal, (count.get(principal) ?? 0) + 1));
  }
  const most = (count: ReadonlyMap<string, number>): string => [...count].reduce((best, each) => (each[1] > best[1] ? each : best))[0];
  return new Map([...counts].map(([system, count]) => [system, most(count)]));
}

function bySystem(effects: Iterable<BookedEffect>): ReadonlyMap<string, readonly BookedEffect[]> {
  const all = new Map<string, BookedEffect[]>();
  for (const effect of [...effects].toSorted((one, other) => one.order - other.order)) all.set(effect.system, [...(all.get(effect.system) ?? []), effect]);
  return all;
}

function mayBeBooked({ status }: BookedEffect): boolean {
  return status !== 'refused' && status !== 'cancelled' && status !== 'expired';
}

function judge(effect: BookedEffect, unread: number, found: Findings): void {
  const { key, system, capability, entity, status, booked } = effect;
  const at = { system, effect: key };
  const what = `${capability} (${entity})`;
  if (booked > 1 && !effect.isNotification) found.add('BOOKED_TWICE', `${what} is booked ${booked} times at ${system}`, at);
  else if (booked > 0 && !mayBeBooked(effect)) found.add('BOOKED_AFTER_ALL', `${what} counts as ${status}, and ${system} has booked it`, at);
  else if (booked === 0 && status === 'done' && unread > 0)
    found.leave('NOT_JUDGED', `${what} counts as done; whether ${system} has booked it is not judged, ${unread === 1 ? 'one entry' : `${unread} entries`} could not be read`, at);
  else if (booked === 0 && status === 'done') found.add('NOT_BOOKED', `${what} counts as done, and ${system} has not booked it`, at);
  else if (status === 'parked')
    found.note('PARKED', `${what} waits for its owner; ${system} has ${booked > 0 ? '' : unread > 0 ? 'not, as far as its books could be read, ' : 'not '}booked it`, at);
}
