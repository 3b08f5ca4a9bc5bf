// The rules in force and what they do to one request, webhook or mail.
import { requestRefused } from './answer.ts';
import { faultKinds, faultRuleFrom, shownRule } from './fault-rule.ts';
import type { FaultKind, FaultRule } from './fault-rule.ts';
import { randomFrom } from './random.ts';
import { rateLimit } from './rate-limit.ts';
import type { RateLimit } from './rate-limit.ts';

export interface FaultTarget {
  readonly method: string;
  readonly path: string;
  /** Whether it may commit something. */
  readonly writes: boolean;
}

/** What happens to one request past the gate. */
export interface Plan {
  readonly latencyMs: number;
  readonly staleMs: number;
  readonly renames: readonly { readonly from: string; readonly to: string }[];
  readonly commit?: Struck<CommitKind>;
}

/** A rule that strikes, by its kind. */
export type Struck<Kind extends FaultKind> = FaultRule & { readonly kind: Kind };
export type GateKind = (typeof gateKinds)[number];
type CommitKind = (typeof commitKinds)[number];

export interface Faults {
  add(body: unknown): Record<string, unknown>;
  list(): Record<string, unknown>[];
  clear(): void;
  reseed(seed: number): void;
  /** The rule that ends the request before anything else is looked at. */
  gate(target: FaultTarget): Struck<GateKind> | undefined;
  plan(target: FaultTarget): Plan;
  /** The first rule of this kind that strikes. */
  strike(kind: FaultKind, target: FaultTarget): FaultRule | undefined;
}

interface Rule {
  readonly id: number;
  readonly rule: FaultRule;
  readonly addedMs: number;
  readonly limit: RateLimit;
  hits: number;
}

const rulesMax = 100;
const gateKinds = ['outage', 'throttle', 'reset-before', 'error'] as const;
const commitKinds = ['timeout-after-commit', 'commit-after-timeout', 'reset-during', 'reset-after', 'success-nothing-done'] as const;

export function faultsOf(seed: number, kinds: readonly FaultKind[] = faultKinds): Faults {
  let rules: Rule[] = [];
  let added = 0;
  let random = randomFrom(seed);

  const strikes = (entry: Rule, target: FaultTarget): boolean => {
    const { rule } = entry;
    if (!inForce(entry) || !matches(rule, target)) return false;
    if (rule.rate < 1 && random.next() >= rule.rate) return false;
    if (rule.kind === 'throttle' && entry.limit.take()) return false;
    entry.hits += 1;
    return true;
  };
  const first = <Kind extends FaultKind>(among: readonly Kind[], target: FaultTarget): Struck<Kind> | undefined => {
    for (const entry of rules) {
      const kind = among.find((one) => one === entry.rule.kind);
      if (kind !== undefined && strikes(entry, target)) return { ...entry.rule, kind };
    }
    return undefined;
  };
  const every = (kind: FaultKind, target: FaultTarget) => rules.filter((entry) => entry.rule.kind === kind && strikes(entry, target)).map(({ rule }) => rule);

  return {
    add(body) {
      if (rules.length >= rulesMax) throw requestRefused(409, 'TOO_MANY_RULES', `there are ${rulesMax} rules already; DELETE /_fault`);
      const rule = faultRuleFrom(body, kinds);
      added += 1;
      const entry = { id: added, rule, addedMs: Date.now(), limit: rateLimit(rule.perSecond), hits: 0 };
      rules.push(entry);
      return shown(entry);
    },
    list: () => rules.map(shown),
    clear() {
      rules = [];
    },
    reseed(next) {
      random = randomFrom(next);
    },
    gate: (target) => first(gateKinds, target),
    plan(target) {
      const commit = first(commitKinds, target);
      return {
        latencyMs: every('latency', target).reduce((sum, { ms }) => sum + ms, 0),
        staleMs: target.writes ? 0 : Math.max(0, ...every('stale-read', target).map(({ ms }) => ms)),
        renames: every('rename-field', target),
        ...(commit === undefined ? {} : { commit }),
      };
    },
    strike: (kind, target) => first([kind], target),
  };
}

function inForce({ rule, addedMs, hits }: Rule): boolean {
  return hits < (rule.count ?? Number.POSITIVE_INFINITY) && Date.now() < addedMs + (rule.forMs ?? Number.POSITIVE_INFINITY);
}

function matches({ kind, match }: FaultRule, target: FaultTarget): boolean {
  if (match.method !== undefined && match.method !== target.method) return false;
  // What is about commits leaves reads alone, so that a count is not used up by them; unless a method is asked for by name.
  if (match.method === undefined && commitKinds.some((one) => one === kind) && !target.writes) return false;
  return match.path?.test(target.path) ?? true;
}

function shown(entry: Rule): Record<string, unknown> {
  return { id: entry.id, ...shownRule(entry.rule), hits: entry.hits, inForce: inForce(entry) };
}
