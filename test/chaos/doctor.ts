// What a run was judged on, made worse in every way that the matrix counts: each must be found.
import type { Entry, SystemName, Testimony } from '../../src/counterparts/verdict/testimony.ts';
import { isClean, tallyOf, type Tally } from '../../src/counterparts/verdict/tally.ts';
import type { Row } from '../../src/counterparts/verdict/row.ts';
import { verdictOn } from '../../src/counterparts/verdict/verdict.ts';
import type { Evidence } from './chaos-command.ts';

/** Where an effect of ours is in a ledger. */
interface Place {
  readonly system: SystemName;
  readonly index: number;
  readonly entry: Entry;
}

/** A world that is doctored, and what must be counted of it. */
export interface Doctored {
  readonly what: string;
  /** Undefined where any count will do. */
  readonly must: keyof Tally | undefined;
  readonly tally: Tally;
}

/** Whether what is wrong in it was found. */
export function isFound({ must, tally }: Doctored): boolean {
  return must === undefined ? !isClean(tally) : tally[must] > 0;
}

/** Every effect taken away, every effect twice, any two effects on one thing exchanged, every mail not sent, every row of our own turned round. */
export function doctored(evidence: Evidence): readonly Doctored[] {
  const { testimony } = evidence;
  const judge = (what: string, must: keyof Tally, ledgers: Testimony['ledgers']): Doctored => ({
    what,
    must,
    tally: tallyOf(verdictOn(evidence.facts, { ...testimony, ledgers })),
  });
  const changed = (system: SystemName, change: (entries: readonly Entry[]) => readonly Entry[]): Testimony['ledgers'] => ({
    ...testimony.ledgers,
    [system]: change(testimony.ledgers[system]),
  });
  const ours = placesOf(testimony);
  return [
    ...ours.map(({ system, index, entry }) =>
      judge(
        `${entry.type} at ${system} is missing`,
        'lost',
        changed(system, (all) => all.filter((_, at) => at !== index)),
      ),
    ),
    ...ours.map(({ system, entry }) =>
      judge(
        `${entry.type} at ${system} is there twice`,
        'duplicated',
        changed(system, (all) => [...all, { ...entry, seq: all.length + 1 }]),
      ),
    ),
    ...neighbours(ours).map(([a, b]) =>
      judge(
        `two ${a.entry.type} at ${a.system} change places`,
        // A supplier counts no revisions: what it was told last is what it makes, so the need that must stand is lost.
        a.system === 'supplier' ? 'lost' : 'outOfOrder',
        changed(a.system, (all) => all.map((entry, at) => (at === a.index ? b.entry : at === b.index ? a.entry : entry))),
      ),
    ),
    ...ownOf(evidence).map((row) => ({ what: `${row.id} says something else`, must: undefined, tally: tallyOf([{ ...row, ok: false, expected: '1', found: '2' }]) })),
    ...(testimony.ledgers.mailbox.length === 0 ? [] : [judge('nobody is told', 'unowned', { ...testimony.ledgers, mailbox: [] })]),
  ];
}

/** Rows of what our own processes said. */
function ownOf({ rows }: Evidence): readonly Row[] {
  return rows.filter(({ id }) => /^(hub|process)\./.test(id));
}

const principal = 'lineshaft';

function placesOf({ ledgers }: Testimony): readonly Place[] {
  const systems = ['erp', 'mes', 'wms', 'tms', 'cmms', 'supplier'] as const;
  return systems.flatMap((system) => ledgers[system].flatMap((entry, index) => (entry.principal === principal ? [{ system, index, entry }] : [])));
}

/** Effects on the same thing that carry a revision, one after the other. */
function neighbours(places: readonly Place[]): readonly (readonly [Place, Place])[] {
  return places.flatMap((place, at): readonly (readonly [Place, Place])[] => {
    const next = places.slice(at + 1).find(({ system, entry }) => system === place.system && entry.key === place.entry.key && entry.type === place.entry.type);
    return next && place.entry.revision !== undefined ? [[place, next]] : [];
  });
}
