// What the counterparts say was really done: their ledgers, and the worlds that they live in.
import { request } from 'undici';
import { isObject } from '../frame/fields.ts';

export const systemNames = ['erp', 'mes', 'wms', 'tms', 'cmms', 'supplier', 'mailbox', 'plant'] as const;
export type SystemName = (typeof systemNames)[number];
/** Base URL of each system. */
export type Addresses = Readonly<Record<SystemName, string>>;

/** One line of a ledger. */
export interface Entry {
  readonly seq: number;
  readonly atMs: number;
  readonly system: string;
  readonly type: string;
  readonly key: string;
  readonly keys: readonly string[];
  readonly principal: string;
  readonly idempotencyKey: string | undefined;
  readonly reference: string | undefined;
  readonly revision: number | undefined;
  readonly data: unknown;
}

export interface Testimony {
  readonly ledgers: Readonly<Record<SystemName, readonly Entry[]>>;
  readonly worlds: Readonly<Record<SystemName, unknown>>;
  /** How often each system was asked what, by route, e.g. `GET /schedule`. */
  readonly asked: Readonly<Record<SystemName, Readonly<Record<string, number>>>>;
  /** Balance of each account of the ERP's stock book, as decimal text, and every move in it. */
  readonly accounts: readonly string[];
  readonly moves: readonly string[];
}

const bytesMax = 16 * 1024 * 1024;
const withinMs = 10_000;

/** Asks every system, and nobody else. */
export async function testimonyOf(addresses: Addresses): Promise<Testimony> {
  const [ledgers, worlds, asked, stock] = await Promise.all([
    fromEach(async (name) => entriesFrom(name, await heard(`${addresses[name]}/_ledger`))),
    fromEach((name) => heard(`${addresses[name]}/_world`)),
    fromEach(async (name) => countsFrom(await heard(`${addresses[name]}/_stats`))),
    heard(`${addresses.erp}/_stock`),
  ]);
  return { ledgers, worlds, asked, ...bookFrom(stock) };
}

export async function fromEach<T>(ask: (name: SystemName) => Promise<T>): Promise<Record<SystemName, T>> {
  const [erp, mes, wms, tms, cmms, supplier, mailbox, plant] = await Promise.all([
    ask('erp'),
    ask('mes'),
    ask('wms'),
    ask('tms'),
    ask('cmms'),
    ask('supplier'),
    ask('mailbox'),
    ask('plant'),
  ]);
  return { erp, mes, wms, tms, cmms, supplier, mailbox, plant };
}

export async function heard(url: string): Promise<unknown> {
  const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(withinMs) });
  const text = await body.text();
  if (statusCode !== 200 || text.length > bytesMax) throw new Error(`${url} answered ${statusCode} with ${text.length} bytes`);
  return JSON.parse(text);
}

export function entriesFrom(system: string, body: unknown): Entry[] {
  if (!Array.isArray(body)) throw new Error(`the ledger of ${system} is no list`);
  return body.map((value: unknown) => entryFrom(system, value));
}

function entryFrom(system: string, value: unknown): Entry {
  if (!isObject(value)) throw new Error(`an entry of ${system} is no object`);
  const { seq, atMs, type, key, keys, principal, idempotencyKey, reference, revision, data } = value;
  if (typeof seq !== 'number' || typeof atMs !== 'number' || typeof type !== 'string' || typeof key !== 'string' || typeof principal !== 'string') {
    throw new Error(`an entry of ${system} lacks a part: ${JSON.stringify(value).slice(0, 300)}`);
  }
  return {
    seq,
    atMs,
    system,
    type,
    key,
    keys: Array.isArray(keys) ? keys.map(String) : [],
    principal,
    idempotencyKey: typeof idempotencyKey === 'string' ? idempotencyKey : undefined,
    reference: typeof reference === 'string' ? reference : undefined,
    revision: typeof revision === 'number' ? revision : undefined,
    data,
  };
}

function countsFrom(stats: unknown): Record<string, number> {
  const byRoute = at(stats, 'byRoute');
  return isObject(byRoute) ? Object.fromEntries(Object.entries(byRoute).map(([route, count]) => [route, Number(count)])) : {};
}

export function bookFrom(value: unknown): Pick<Testimony, 'accounts' | 'moves'> {
  if (!isObject(value) || !isObject(value['accounts']) || !Array.isArray(value['moves'])) throw new Error('the stock book of the ERP has no accounts or moves');
  const moves: unknown[] = value['moves'];
  return { accounts: Object.values(value['accounts']).map(String), moves: moves.map((move) => String(at(move, 'amount'))) };
}

/** What lies at a path of field names; undefined where there is nothing. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);
}
