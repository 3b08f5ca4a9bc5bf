// What the shards of a log on a PostgreSQL hold, and who holds them.
import { query } from './own-postgres.ts';

const url = process.env['LINESHAFT_POSTGRES'];

export const schemaOf = (schema: string, shard: number): string => (shard === 1 ? schema : `${schema}_${shard}`);

/** What each shard says, one row for each; `$` stands before the names of its tables. */
export async function ofShards(schema: string, shards: number, select: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const all = Array.from({ length: shards }, (_, index) => `SELECT ${index + 1} AS shard, ${select.replaceAll('$', `${schemaOf(schema, index + 1)}.`)}`);
  return query(url ?? '', `${all.join(' UNION ALL ')} ORDER BY shard`);
}

/** The sum of what each shard counts. */
export async function countOf(schema: string, shards: number, count: string): Promise<number> {
  return (await ofShards(schema, shards, `(${count})::int AS number`)).reduce((sum, row) => sum + Number(row['number']), 0);
}

/** How many shards each hub holds, most first. */
export async function shares(schema: string, shards: number): Promise<readonly number[]> {
  const rows = await ofShards(schema, shards, 'hub, expires > clock_timestamp() AS held FROM $holder');
  const held = Map.groupBy(
    rows.filter((row) => row['held'] === true),
    (row) => row['hub'],
  );
  return [...held.values()].map(({ length }) => length).toSorted((a, b) => b - a);
}
