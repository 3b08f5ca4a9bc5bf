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

/**
 * The last revision of each capability and entity. Two maps that are asked with the texts as they are: a text made of both is hashed anew each time, which was
 * a twentieth of what a draft costs.
 */
export class Revisions {
  readonly #byName = new Map<string, Map<string | undefined, number>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(name: string, entity: string | undefined): number | undefined {
    return this.#byName.get(name)?.get(entity);
  }

  set(name: string, entity: string | undefined, last: number): void {
    const byEntity = entryOf(this.#byName, name, () => new Map<string | undefined, number>());
    const before = byEntity.size;
    byEntity.set(entity, last);
    this.#size += byEntity.size - before;
  }

  /** Takes all of others. */
  add(others: Revisions): void {
    for (const [name, byEntity] of others.#byName) for (const [entity, last] of byEntity) this.set(name, entity, last);
  }

  clear(): void {
    this.#byName.clear();
    this.#size = 0;
  }
}

/** What is known to be in the tables. */
export interface Facts {
  /** By `pairKey` of source and id. */
  readonly positions: Map<string, number>;
  readonly runs: Map<string, number>;
  /** Ids by their run's. */
  readonly steps: Map<string, Set<string>>;
  readonly revisions: Revisions;
  readonly exceptions: Map<string, StoredException>;
}

export function noFacts(): Facts {
  return { positions: new Map(), runs: new Map(), steps: new Map(), revisions: new Revisions(), exceptions: new Map() };
}

/** What need not be asked for any more. */
export interface Knowledge {
  event(key: string): boolean;
  run(id: string): boolean;
  step(run: string, id: string): boolean;
  revision(name: string, entity: string | undefined): boolean;
  exception(id: string): boolean;
}

/** Two texts as one, different for different pairs. */
export function pairKey(first: string, second: string): string {
  return `${first.length}:${first}${second}`;
}

export function entityKey(name: string, entity: string | undefined): string {
  return entity === undefined ? `${name.length}-${name}` : pairKey(name, entity);
}

/** What a map holds for a key, made where it holds nothing. */
export function entryOf<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
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
UNION ALL SELECT ${kinds.step}, asked.i, run.seq, 0, NULL, NULL
  FROM unnest($4::text[], $5::text[]) WITH ORDINALITY asked (run, id, i) JOIN run ON run.id = asked.run JOIN packed ON packed.run = run.seq
  WHERE EXISTS (SELECT 1 FROM json_array_elements(packed.steps::json) step WHERE step ->> 1 = asked.id)
UNION ALL SELECT ${kinds.revision}, known.i, known.last, 0, NULL, NULL FROM (SELECT asked.i, greatest(coalesce(CASE WHEN asked.entity IS NULL
    THEN (SELECT last FROM dropped_revision gone WHERE gone.name = asked.name AND gone.entity IS NULL)
    ELSE (SELECT last FROM dropped_revision gone WHERE gone.name = asked.name AND gone.entity = asked.entity) END, 0), coalesce(CASE WHEN asked.entity IS NULL
    THEN (SELECT max(revision) FROM step WHERE kind = 'effect' AND step.entity IS NULL AND step.name = asked.name)
    ELSE (SELECT max(revision) FROM step WHERE kind = 'effect' AND step.entity = asked.entity AND step.name = asked.name) END, 0)) AS last
  FROM unnest($6::text[], $7::text[]) WITH ORDINALITY asked (name, entity, i) OFFSET 0) known WHERE known.last > 0
UNION ALL SELECT ${kinds.exception}, asked.i, exception.seq, exception.version, exception.keys, exception.owners
  FROM unnest($8::text[]) WITH ORDINALITY asked (id, i) JOIN exception ON exception.id = asked.id`;

/** Asks for everything that `changes` need to know beyond what is known, at once, and adds it to `found`; asks nothing where they need nothing. */
export async function learnFacts(session: Session, changes: readonly Change[], known: Knowledge, found: Facts): Promise<void> {
  const asked = questionsOf(changes, known);
  const events = [...asked.events];
  const runs = [...asked.runs];
  const steps = [...asked.steps];
  const revisions = [...asked.revisions];
  const exceptions = [...asked.exceptions];
  if (events.length + runs.length + steps.length + revisions.length + exceptions.length === 0) return;
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
  // Most are asked for when they are new, and nothing is answered.
  for (const [, [name, entity]] of revisions) found.revisions.set(name, entity, 0);
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
      case kinds.step: {
        const [run, id] = steps[index]?.[1] ?? ['', ''];
        entryOf(found.steps, run, () => new Set()).add(id);
        break;
      }
      case kinds.revision: {
        const [name, entity] = revisions[index]?.[1] ?? ['', undefined];
        found.revisions.set(name, entity, number);
        break;
      }
      default:
        found.exceptions.set(exceptions[index] ?? '', { seq: number, version: integer(row, 'version'), keys: keys(row, 'keys'), owners: texts(row, 'owners') });
    }
  }
}

function questionsOf(changes: readonly Change[], known: Knowledge): Questions {
  const asked: Questions = { events: new Map(), runs: new Set(), steps: new Map(), revisions: new Map(), exceptions: new Set() };
  const askRun = (id: string): void => {
    if (!known.run(id)) asked.runs.add(id);
  };
  const askStep = (run: string, id: string): void => {
    askRun(run);
    if (!known.step(run, id)) asked.steps.set(pairKey(run, id), [run, id]);
  };
  for (const change of changes) {
    switch (change.change) {
      case 'event.append': {
        const key = pairKey(change.source, change.id);
        if (!known.event(key)) asked.events.set(key, [change.source, change.id]);
        break;
      }
      case 'run.start':
      case 'run.set':
      case 'run.move':
        askRun(change.id);
        break;
      case 'run.key':
        askRun(change.run);
        break;
      case 'step.set':
        askStep(change.run, change.id);
        break;
      case 'step.add': {
        askStep(change.run, change.id);
        const { kind, name, entity } = change;
        if (kind === 'effect' && !known.revision(name, entity)) asked.revisions.set(entityKey(name, entity), [name, entity]);
        break;
      }
      case 'exception.open':
        if (!known.exception(change.id)) asked.exceptions.add(change.id);
        break;
      case 'exception.set':
        if (!known.exception(change.record.id)) asked.exceptions.add(change.record.id);
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
