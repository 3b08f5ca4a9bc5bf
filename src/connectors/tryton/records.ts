import { Type } from 'typebox';
import { Fault } from '../../kernel/errors.ts';
import { schema } from '../../kernel/schema.ts';
import type { Peer } from '../http-exchange.ts';
import type { TrytonRead, TrytonRecord, TrytonReply, TrytonUs } from './request.ts';
import type { Caller } from './json-rpc.ts';

const recordsMaxUnset = 200;

/** Seconds with six digits behind the point, as PostgreSQL and SQLite give them to Tryton. */
const rows = schema(Type.Array(Type.Object({ id: Type.Integer(), _timestamp: Type.String({ pattern: '^\\d{1,10}(\\.\\d{1,6})?$' }) })));

/** A record as it was read, with the timestamp that Tryton compares. */
export type Read = TrytonRecord & { readonly _timestamp: string };

export type Found =
  | { readonly kind: 'found'; readonly us: TrytonUs; readonly records: readonly Read[] }
  | { readonly kind: 'refused'; readonly us: TrytonUs; readonly message: string };

/** The records that a domain finds. Raises REPLY_BROKEN where there are more than `recordsMax` or the answer is none. */
export async function find({ model, where, fields, order, recordsMax = recordsMaxUnset }: TrytonRead, call: Caller, { system }: Peer): Promise<Found> {
  const wanted = [...new Set([...fields, '_timestamp'])];
  const answer = await call(`model.${model}.search_read`, [where, 0, recordsMax + 1, order ?? null, wanted]);
  if (answer.kind === 'signed out' || answer.kind === 'changed' || answer.kind === 'asks')
    throw new Fault('REPLY_BROKEN', `${system} answered a search in ${model} with "${answer.kind}".`, { system, model });
  if (answer.kind === 'refused') return answer;
  const found = answer.value;
  if (!rows.check(found)) throw new Fault('REPLY_BROKEN', `${system} answered a search in ${model} with something else than records.`, { system, model });
  if (found.length > recordsMax) throw new Fault('REPLY_BROKEN', `${system} has more than ${recordsMax} records in ${model} for this search (recordsMax).`, { system, model });
  return { kind: 'found', us: answer.us, records: found.map((record) => ({ ...record, _version: microseconds(record._timestamp) })) };
}

/** One read after the other: they are one question, and Tryton serves one call per thread. */
export async function readAll(reads: Readonly<Record<string, TrytonRead>>, call: Caller, peer: Peer): Promise<TrytonReply> {
  const records: Record<string, readonly TrytonRecord[]> = {};
  let us: TrytonUs = { user: 0, employee: undefined };
  for (const [name, read] of Object.entries(reads)) {
    const found = await find(read, call, peer);
    ({ us } = found);
    if (found.kind === 'refused') return { kind: 'refused', us, reason: 'rule', message: found.message };
    records[name] = found.records;
  }
  return { kind: 'records', us, records };
}

function microseconds(timestamp: string): number {
  const [seconds = '0', fraction = ''] = timestamp.split('.');
  return Number(`${seconds}${fraction.padEnd(6, '0')}`);
}
