import { assetPath } from '../../model/asset.ts';
import { eventType } from '../../model/contract.ts';
import type { Rule } from '../../model/rule.ts';
import type { AuditRecord, Store } from '../../store/store.ts';
import { fieldOf, recorded } from './recorded-json.ts';

/** An episode as the log has it. Event times, epoch milliseconds. */
export interface LoggedEpisode {
  readonly id: string;
  readonly edge: string;
  readonly firedMs: number;
  /** Undefined while it lasts, and where the rule does not tell. */
  readonly clearedMs: number | undefined;
  /** How the limits were that it was judged by, where its event tells. */
  readonly limitsVersion: string | undefined;
  /** Position of its event in the log. */
  readonly position: number;
}

/** Events of a type that are looked at, newest first: other rules may give the same, of other machines. */
const eventsPerEpisode = 6;
const eventsMax = 1_000;

/** The newest episodes that edges have told of, newest first. */
export async function loggedEpisodes(store: Pick<Store, 'eventsLatest'>, rule: Rule, limit: number): Promise<readonly LoggedEpisode[]> {
  const place = `/${assetPath(rule.on.asset)}`;
  const ofRule = async (type: string) =>
    (await store.eventsLatest({ type, limit: Math.min(eventsMax, limit * eventsPerEpisode) })).filter(({ source }) => source.startsWith('/edge/') && source.endsWith(place));
  const [fired, cleared] = await Promise.all([ofRule(eventType(rule.emit)), rule.clears ? ofRule(eventType(rule.clears)) : []]);
  const ends = new Map(cleared.map(({ id, timeMs }) => [id, timeMs]));
  return fired.slice(0, limit).map(({ id, source, timeMs, data, position }) => ({
    id,
    edge: source.slice('/edge/'.length, source.length - place.length),
    firedMs: timeMs,
    clearedMs: ends.get(`${id}.cleared`),
    limitsVersion: textIn(data, 'limitsVersion'),
    position,
  }));
}

/** A limit that was set otherwise, as the audit has it. */
export interface LimitChange {
  readonly limit: string;
  readonly before: number | string;
  readonly after: number | string;
  readonly atMs: number;
  /** The release that the hub began with then. */
  readonly release: string | undefined;
  readonly by: string;
  /** Position of the entry in the audit. */
  readonly audit: number;
}

const changesMax = 200;

/** The changes of these limits, newest first. */
export async function limitChanges(store: Pick<Store, 'audit'>, limits: readonly string[]): Promise<readonly LimitChange[]> {
  const entries = await store.audit({ subject: 'limits', limit: changesMax });
  return entries.flatMap((entry) => changesIn(entry).filter(({ limit }) => limits.includes(limit)));
}

function changesIn({ id, atMs, actor, action, details }: AuditRecord): readonly LimitChange[] {
  if (action !== 'limits.changed') return [];
  const told = recorded(details);
  const changes = fieldOf(told, 'changes');
  const release = fieldOf(told, 'release');
  return (Array.isArray(changes) ? changes : []).flatMap((change: unknown) => {
    const [limit, before, after] = [fieldOf(change, 'limit'), fieldOf(change, 'before'), fieldOf(change, 'after')];
    if (typeof limit !== 'string' || !isValue(before) || !isValue(after)) return [];
    return [{ limit, before, after, atMs, release: typeof release === 'string' ? release : undefined, by: actor, audit: id }];
  });
}

function isValue(value: unknown): value is number | string {
  return typeof value === 'number' || typeof value === 'string';
}

function textIn(data: string, field: string): string | undefined {
  const found = fieldOf(recorded(data), field);
  return typeof found === 'string' ? found : undefined;
}
