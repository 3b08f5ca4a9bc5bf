// One rule of how a counterpart misbehaves, as it came over `POST /_fault`.
import { invalid } from './answer.ts';
import { fieldsOf } from './fields.ts';
import type { Fields } from './fields.ts';

export type FaultKind = (typeof faultKinds)[number];
export const faultKinds = [
  'outage',
  'latency',
  'error',
  'timeout-after-commit',
  'commit-after-timeout',
  'reset-before',
  'reset-during',
  'reset-after',
  'success-nothing-done',
  'stale-read',
  'rename-field',
  'duplicate-webhook',
  'reorder-webhook',
  'throttle',
] as const;

export interface FaultRule {
  readonly kind: FaultKind;
  readonly match: { readonly method?: string; readonly path?: RegExp };
  /** How often it strikes before it is spent. */
  readonly count?: number;
  readonly forMs?: number;
  /** Seeded chance to strike, above 0 to 1. */
  readonly rate: number;
  readonly ms: number;
  readonly status: number;
  readonly mode: 'destroy' | '503';
  readonly from: string;
  readonly to: string;
  readonly times: number;
  readonly perSecond: number;
}

const longestMs = 24 * 3_600_000;
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'MAIL'] as const;
const generalFields = ['kind', 'match', 'count', 'forMs', 'rate'];
const ownFields: Readonly<Record<FaultKind, readonly string[]>> = {
  outage: ['mode'],
  latency: ['ms'],
  error: ['status'],
  'timeout-after-commit': ['ms'],
  'commit-after-timeout': ['ms'],
  'reset-before': [],
  'reset-during': [],
  'reset-after': [],
  'success-nothing-done': [],
  'stale-read': ['ms'],
  'rename-field': ['from', 'to'],
  'duplicate-webhook': ['times'],
  'reorder-webhook': ['ms'],
  throttle: ['perSecond'],
};
const usualMs: Readonly<Partial<Record<FaultKind, number>>> = { latency: 1_000, 'stale-read': 5_000 };

/** Refuses with the field, its value and what is allowed. */
export function faultRuleFrom(body: unknown, kinds: readonly FaultKind[]): FaultRule {
  const every = [...new Set([...generalFields, ...Object.values(ownFields).flat()])];
  const kind = fieldsOf(body, every).choice('kind', kinds);
  const own = ownFields[kind];
  const fields = fieldsOf(body, [...generalFields, ...own]);
  if (kind === 'rename-field') for (const name of own) fields.text(name);
  const count = fields.optional('count', (name) => fields.integer(name, 1));
  const forMs = fields.optional('forMs', (name) => fields.integer(name, 1, longestMs));
  // "The next two webhooks": one pair unless said otherwise.
  const pairs = kind === 'reorder-webhook' && count === undefined && forMs === undefined ? 1 : count;
  return {
    kind,
    match: fields.optional('match', () => matchFrom(fields)) ?? {},
    ...(pairs === undefined ? {} : { count: pairs }),
    ...(forMs === undefined ? {} : { forMs }),
    rate: fields.optional('rate', (name) => rateFrom(fields, name)) ?? 1,
    ms: fields.optional('ms', (name) => fields.integer(name, 1, longestMs)) ?? usualMs[kind] ?? 30_000,
    status: fields.optional('status', (name) => fields.choice(name, [500, 502, 503, 504])) ?? 500,
    mode: fields.optional('mode', (name) => fields.choice(name, ['destroy', '503'])) ?? 'destroy',
    from: fields.optional('from', fields.text) ?? '',
    to: fields.optional('to', fields.text) ?? '',
    times: fields.optional('times', (name) => fields.integer(name, 2, 100)) ?? 2,
    perSecond: fields.optional('perSecond', (name) => fields.integer(name, 1, 100_000)) ?? 1,
  };
}

function rateFrom(fields: Fields, name: string): number {
  const rate = fields.number(name, 0, 1);
  if (rate === 0) throw invalid(name, rate, 'a number above 0 up to 1');
  return rate;
}

function matchFrom(fields: Fields): FaultRule['match'] {
  const match = fields.object('match', ['method', 'path']);
  const method = match.optional('method', (name) => match.choice(name, methods));
  const path = match.optional('path', (name) => pathFrom(match.text(name)));
  return { ...(method === undefined ? {} : { method }), ...(path === undefined ? {} : { path }) };
}

function pathFrom(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw invalid('match.path', text, 'the text of a regular expression');
  }
}

/** The rule as its sender would recognise it. */
export function shownRule(rule: FaultRule): Record<string, unknown> {
  const { kind, match, count, forMs, rate } = rule;
  const params: Record<string, unknown> = { ...rule };
  const shown = Object.fromEntries(ownFields[kind].map((name) => [name, params[name]]));
  return { kind, match: { ...match, ...(match.path === undefined ? {} : { path: match.path.source }) }, count, forMs, rate, ...shown };
}
