import { assert } from '../../kernel/assert.ts';
import { integer, text, word } from '../row.ts';
import { inboxCursor, type Inbox, type Letter, type Parcel, type Received, type Reply } from '../shard.ts';
import { endedStatuses, type Change, type StepStatus } from '../store.ts';
import { arrayLiteral } from './array-literal.ts';
import type { Read } from './hub-reader.ts';
import { quoted, type Statement } from './session.ts';
import { searched, stored } from './stored-text.ts';

/** How a shard of several is tied to the others. */
export interface PostOptions {
  /** The schema of a shard. */
  readonly schemaOf: (shard: number) => string;
  /** What a change that is committed here hands to other shards. */
  readonly outgoing: (change: Change) => readonly Parcel[];
}

/** The post of one shard, in and out. */
export interface Post extends Inbox {
  /** What goes into the transaction of these changes. */
  writes(changes: readonly Change[]): readonly Statement[];
}

export function postOf({ schemaOf, outgoing }: PostOptions, read: Read): Post {
  /** The letters that are on their way into the log, in groups, by the last number of each. */
  const pages = new Map<number, readonly number[]>();

  function taken(changes: readonly Change[]): readonly Statement[] {
    const numbers: number[] = [];
    for (const change of changes) {
      if (change.change !== 'cursor.set' || change.name !== inboxCursor) continue;
      const page = pages.get(change.position);
      assert(page !== undefined, 'letters are announced before they are committed');
      numbers.push(...page);
    }
    return numbers.length === 0 ? [] : [{ name: 'take-letters', text: 'DELETE FROM inbox WHERE number = ANY($1::bigint[])', values: [arrayLiteral(numbers)] }];
  }

  return {
    writes(changes) {
      const parcels = changes.flatMap((change) => outgoing(change));
      return [...taken(changes), ...learnt(changes), ...parcelWrites(parcels, schemaOf)];
    },
    async letters(limit) {
      // Whoever asks has seen the ends of all commits that took from the page before.
      pages.clear();
      const rows = await read('SELECT number, principal, sender, event FROM inbox ORDER BY number LIMIT ?', [limit]);
      return rows.map((row): Received => ({
        number: integer(row, 'number'),
        principal: text(row, 'principal'),
        sender: word(row, 'sender', { outside: true, engine: true, withdrawal: true }),
        event: text(row, 'event'),
      }));
    },
    taking(numbers) {
      const last = numbers.at(-1);
      if (last !== undefined) pages.set(last, numbers);
    },
    async replies([run, step], limit) {
      const rows = await read('SELECT body FROM answer WHERE (run, step) > (?, ?) ORDER BY run, step LIMIT ?', [searched(run), searched(step), limit]);
      return rows.map((row) => {
        // Written by parcelWrites() only.
        const { run, step, status, output } = JSON.parse(text(row, 'body')) as { run: string; step: string; status: StepStatus; output?: string };
        return { run, step, status, output };
      });
    },
  };
}

/** Answers to steps whose end is on record with this commit. */
function learnt(changes: readonly Change[]): readonly Statement[] {
  const ends = changes.filter((change) => change.change === 'step.set').filter(({ status }) => endedStatuses.includes(status));
  if (ends.length === 0) return [];
  const values = [arrayLiteral(ends.map(({ run }) => searched(run))), arrayLiteral(ends.map(({ id, abroad }) => searched(abroad?.as ?? id)))];
  return [
    {
      name: 'drop-answers',
      text: 'DELETE FROM answer USING unnest($1::text[], $2::text[]) AS given (run, step) WHERE answer.run = given.run AND answer.step = given.step',
      values,
    },
  ];
}

/** What puts parcels into the schemas of their shards. */
export function parcelWrites(parcels: readonly Parcel[], schemaOf: PostOptions['schemaOf']): readonly Statement[] {
  if (parcels.length === 0) return [];
  return [...Map.groupBy(parcels, ({ to }) => to)].flatMap(([to, all]) => {
    const letters = all.filter((parcel): parcel is Letter => parcel.kind === 'letter');
    const replies = all.filter((parcel): parcel is Reply => parcel.kind === 'reply');
    const schema = quoted(schemaOf(to));
    const statements: Statement[] = [];
    if (letters.length > 0) {
      const values = [letters.map(({ principal }) => stored(principal)), letters.map(({ sender }) => sender), letters.map(({ event }) => stored(event))].map(arrayLiteral);
      statements.push({
        name: `put-letters-${to}`,
        // In the order in which they were given: numbers are drawn row by row.
        text: `INSERT INTO ${schema}.inbox (principal, sender, event) SELECT principal, sender, event FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS given (principal, sender, event, place) ORDER BY place`,
        values,
      });
    }
    if (replies.length > 0) {
      const values = [
        replies.map(({ run }) => searched(run)),
        replies.map(({ step }) => searched(step)),
        replies.map(({ run, step, status, output }) => stored(JSON.stringify({ run, step, status, output }))),
      ].map(arrayLiteral);
      statements.push({
        name: `put-replies-${to}`,
        text: `INSERT INTO ${schema}.answer (run, step, body) SELECT run, step, body FROM unnest($1::text[], $2::text[], $3::text[]) AS given (run, step, body) ON CONFLICT DO NOTHING`,
        values,
      });
    }
    return statements;
  });
}
