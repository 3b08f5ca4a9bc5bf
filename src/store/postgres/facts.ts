import type { BusinessKeys } from '../../model/contract.ts';
import type { Change } from '../store.ts';
import { integer, keys, texts } from '../row.ts';
import { arrayLiteral } from './array-literal.ts';
import type { Session } from './session.ts';
import { searched } from './stored-text.ts';

export interface StoredException {
  readonly seq: number;
  readonly version: number;
  readonly keys: BusinessKeys;
  readonly owners: readonly string[];
}

/** What is there of all that a batch speaks of. What is not listed is not there. */
export interface Facts {
  /** By `pairKey` of source and id. */
  readonly positions: ReadonlyMap<string, number>;
  readonly runs: ReadonlyMap<string, number>;
  /** `pairKey` of run and step id, of those that the batch adds. */
  readonly steps: ReadonlySet<string>;
  /** By `entityKey`. */
  readonly revisions: ReadonlyMap<string, number>;
  readonly exceptions: ReadonlyMap<string, StoredException>;
}

/** What earlier batches left in memory, so that it need not be asked. */
export interface Remembered {
  readonly runs: ReadonlyMap<string, number>;
  readonly revisions: ReadonlyMap<string, number>;
}

/** Two texts as one, different for different pairs. */
export function pairKey(first: string, second: string): string {
  return `${first.length}:${first}${second}`;
}

export function entityKey(name: string, entity: string | undefined): string {
  return entity === undefined ? `${name.length}-${name}` : pairKey(name, entity);
}

interface Questions {
  readonly events: Map<string, readonly [source: string, id: string]>;
  readonly runs: Set<string>;
  readonly steps: Map<string, readonly [run: string, id: string]>;
  readonly revisions: Map<string, readonly [name: string, entity: string | undefined]>;
  readonly exceptions: Set<string>;
}

const kinds = { event: 1, run: 2, step: 3, revision: 4, exception: 5 } as const;

const question = `
SELECT ${kinds.event}::bigint AS kind, asked.i, event.position AS number, 0::bigint AS version, NULL AS keys, NULL AS owners
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY asked (source, id, i) JOIN event ON event.source = asked.source AND event.id = asked.id
UNION ALL SELECT ${kinds.run}, asked.i, run.seq, 0, NULL, NULL
  FROM unnest($3::text[]) WITH ORDINALITY asked (id, i) JOIN run ON run.id = asked.id
UNION ALL SELECT ${kinds.step}, asked.i, step.seq, 0, NULL, NULL
  FROM unnest($4::text[], $5::text[]) WITH ORDINALITY asked (run, id, i) JOIN run ON run.id = asked.run JOIN step ON step.run = run.seq AND step.id = asked.id
UNION ALL SELECT ${kinds.revision}, asked.i, greatest(coalesce((SELECT last FROM dropped_revision gone WHERE gone.name = asked.name AND gone.entity IS NOT DISTINCT FROM asked.entity), 0), coalesce(CASE WHEN asked.entity IS NULL
    THEN (SELECT max(revision) FROM step WHERE kind = 'effect' AND step.entity IS NULL AND step.name = asked.name)
    ELSE (SELECT max(revision) FROM step WHERE kind = 'effect' AND step.entity = asked.entity AND step.name = asked.name) END, 0)), 0, NULL, NULL
  FROM unnest($6::text[], $7::text[]) WITH ORDINALITY asked (name, entity, i)
UNION ALL SELECT ${kinds.exception}, asked.i, exception.seq, exception.version, exception.keys, exception.owners
  FROM unnest($8::text[]) WITH ORDINALITY asked (id, i) JOIN exception ON exception.id = asked.id`;

/** Asks for everything that a batch has to know, at once; nothing where it has to know nothing. */
export async function readFacts(session: Session, changes: readonly Change[], remembered: Remembered): Promise<Facts> {
  const asked = questionsOf(changes, remembered);
  const events = [...asked.events];
  const runs = [...asked.runs];
  const steps = [...asked.steps];
  const revisions = [...asked.revisions];
  const exceptions = [...asked.exceptions];
  const found = {
    positions: new Map<string, number>(),
    runs: new Map<string, number>(),
    steps: new Set<string>(),
    revisions: new Map<string, number>(),
    exceptions: new Map<string, StoredException>(),
  };
  takeRemembered(found, changes, remembered);
  if (events.length + runs.length + steps.length + revisions.length + exceptions.length === 0) return found;
  const values = [
    events.map(([, [source]]) => searched(source)),
    events.map(([, [, id]]) => searched(id)),
    runs.map(searched),
    steps.map(([, [run]]) => searched(run)),
    steps.map(([, [, id]]) => searched(id)),
    revisions.map(([, [name]]) => searched(name)),
    revisions.map(([, [, entity]]) => (entity === undefined ? null : searched(entity))),
    exceptions.map(searched),
  ].map(arrayLiteral);
  const { rows } = await session.ask({ name: 'facts', text: question, values });
  for (const row of rows) {
    const index = integer(row, 'i') - 1;
    const number = integer(row, 'number');
    switch (integer(row, 'kind')) {
      case kinds.event:
        found.positions.set(events[index]?.[0] ?? '', number);
        break;
      case kinds.run:
        found.runs.set(runs[index] ?? '', number);
        break;
      case kinds.step:
        found.steps.add(steps[index]?.[0] ?? '');
        break;
      case kinds.revision:
        found.revisions.set(revisions[index]?.[0] ?? '', number);
        break;
      default:
        found.exceptions.set(exceptions[index] ?? '', { seq: number, version: integer(row, 'version'), keys: keys(row, 'keys'), owners: texts(row, 'owners') });
    }
  }
  return found;
}

function questionsOf(changes: readonly Change[], remembered: Remembered): Questions {
  const asked: Questions = { events: new Map(), runs: new Set(), steps: new Map(), revisions: new Map(), exceptions: new Set() };
  const askRun = (id: string): void => {
    if (!remembered.runs.has(id)) asked.runs.add(id);
  };
  for (const change of changes) {
    switch (change.change) {
      case 'event.append':
        asked.events.set(pairKey(change.source, change.id), [change.source, change.id]);
        break;
      case 'run.start':
      case 'run.set':
      case 'run.move':
        askRun(change.id);
        break;
      case 'run.key':
      case 'step.set':
        askRun(change.run);
        break;
      case 'step.add': {
        askRun(change.run);
        asked.steps.set(pairKey(change.run, change.id), [change.run, change.id]);
        const key = entityKey(change.name, change.entity);
        if (change.kind === 'effect' && !remembered.revisions.has(key)) asked.revisions.set(key, [change.name, change.entity]);
        break;
      }
      case 'exception.open':
        asked.exceptions.add(change.id);
        break;
      case 'exception.set':
        asked.exceptions.add(change.record.id);
        break;
      case 'quarantine.add':
      case 'cursor.set':
      case 'notice.put':
      case 'audit.add':
      case 'release.keep':
      case 'release.drop':
        break;
    }
  }
  return asked;
}

function takeRemembered(found: { readonly runs: Map<string, number>; readonly revisions: Map<string, number> }, changes: readonly Change[], remembered: Remembered): void {
  const take = (map: Map<string, number>, from: ReadonlyMap<string, number>, key: string): void => {
    const known = from.get(key);
    if (known !== undefined) map.set(key, known);
  };
  for (const change of changes) {
    if (change.change === 'run.start' || change.change === 'run.set' || change.change === 'run.move') take(found.runs, remembered.runs, change.id);
    if (change.change === 'run.key' || change.change === 'step.set' || change.change === 'step.add') take(found.runs, remembered.runs, change.run);
    if (change.change === 'step.add') take(found.revisions, remembered.revisions, entityKey(change.name, change.entity));
  }
}
