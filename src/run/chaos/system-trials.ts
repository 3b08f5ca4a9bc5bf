// Everything that a business system can do to us, one system and one trouble at a time.
import type { SystemName } from '../../counterparts/verdict/testimony.ts';
import type { Act, Play } from '../demo/scene.ts';
import { tempos } from '../demo/tempo.ts';
import { placed } from './placed.ts';
import type { Trial } from './trial.ts';

type Rule = Readonly<Record<string, unknown>> & { readonly kind: string };
type Writer = 'erp' | 'wms' | 'tms' | 'cmms' | 'supplier';

/** Where a slow line makes us write. */
const writes: Readonly<Record<Writer, string>> = { erp: '/production-orders/', wms: '/expected-receipts/', tms: '/move$', cmms: '/work-requests', supplier: '/api/needs' };
const writers: readonly Writer[] = ['erp', 'wms', 'tms', 'cmms', 'supplier'];
/** Those whose bindings look whether it was done, so that an answer alone does not deceive us. */
const lookedInto: readonly Writer[] = ['erp', 'wms', 'cmms'];
/** Long enough to be met by what follows a slow line, and over before anybody gives up. */
const troubleMs = 1_500;
/** Shorter than the landscape lets a commit settle. */
const staleMs = 300;
/** Longer than any patience. */
const neverMs = 60_000;
const { lateCommitMs, supplierAnswersAfterMs } = tempos.kill;

/** The play with rules laid on a system before the line becomes slow; systems that hear of it late, when the plan is made. */
function troubled(at: SystemName, ...rules: readonly Rule[]): (play: Play) => Play {
  const laid = rules.map((rule): Act => ({ do: 'fault', at, rule }));
  const isLate = at === 'cmms' || at === 'mailbox';
  return (play) => placed(play, isLate ? 'revised' : 'calm', laid);
}

function trialsOf(fault: string, systems: readonly SystemName[], rules: (at: SystemName) => readonly Rule[]): readonly Trial[] {
  return systems.map((at) => ({ fault, mode: at, play: 'slow-line', options: () => ({ change: troubled(at, ...rules(at)) }) }));
}

function onWrites(kind: string, params: Readonly<Record<string, unknown>> = {}): (at: SystemName) => readonly Rule[] {
  const paths = new Map<string, string>(Object.entries(writes));
  return (at) => [{ kind, match: { path: paths.get(at) ?? '' }, count: 1, ...params }];
}

type Renamed = Readonly<{ method: string; path: string; from: string; to: string }>;
/** What a system calls something else in one answer: to a write, or to a question. */
const renames: Readonly<Record<string, readonly [at: SystemName, renamed: Renamed]>> = {
  'erp, a change': ['erp', { method: 'PATCH', path: '/production-orders/', from: 'version', to: 'changeNumber' }],
  'erp, a question': ['erp', { method: 'GET', path: '/customer-orders', from: 'quantity', to: 'qty' }],
  'mes, a question': ['mes', { method: 'GET', path: '/schedule', from: 'plannedEnd', to: 'end' }],
  wms: ['wms', { method: 'PUT', path: '/expected-receipts/', from: 'revision', to: 'rev' }],
  tms: ['tms', { method: 'POST', path: '/move$', from: 'shipment', to: 'consignment' }],
  cmms: ['cmms', { method: 'POST', path: '/work-requests', from: 'id', to: 'number' }],
  supplier: ['supplier', { method: 'POST', path: '/api/needs', from: 'messageId', to: 'reference' }],
};

export const systemTrials: readonly Trial[] = [
  ...trialsOf('outage', ['erp', 'mes', 'wms', 'tms', 'cmms', 'supplier', 'mailbox'], () => [{ kind: 'outage', forMs: troubleMs }]),
  ...trialsOf('unavailable-503', ['erp', 'mes', 'wms', 'tms', 'cmms', 'supplier'], () => [{ kind: 'outage', mode: '503', forMs: troubleMs }]),
  ...trialsOf('throttle-429', ['erp', 'wms', 'tms'], () => [{ kind: 'throttle', perSecond: 1, forMs: troubleMs }]),
  ...trialsOf('error-500', [...writers, 'mes'], () => [{ kind: 'error', rate: 0.5, forMs: troubleMs }]),
  ...trialsOf('latency', [...writers, 'mes'], () => [{ kind: 'latency', ms: 150, forMs: troubleMs }]),
  ...trialsOf('timeout-after-commit', writers, onWrites('timeout-after-commit', { ms: neverMs })),
  ...trialsOf('commit-after-timeout', writers, onWrites('commit-after-timeout', { ms: lateCommitMs })),
  ...trialsOf('reset-before', writers, onWrites('reset-before')),
  ...trialsOf('reset-during', writers, onWrites('reset-during')),
  ...trialsOf('reset-after', writers, onWrites('reset-after')),
  ...trialsOf('nothing-done', lookedInto, onWrites('success-nothing-done')),
  ...trialsOf('stale-read-back', lookedInto, (at) => [...onWrites('reset-after')(at), { kind: 'stale-read', ms: staleMs, forMs: 2 * troubleMs }]),
  ...Object.entries(renames).map(([mode, [at, { method, path, from, to }]]): Trial => {
    const rule: Rule = { kind: 'rename-field', from, to, match: { method, path }, count: 1 };
    return { fault: 'rename-field', mode, play: 'slow-line', options: () => ({ change: troubled(at, rule) }) };
  }),
  { fault: 'refusal', mode: 'erp', play: 'order-locked' },
  { fault: 'refusal', mode: 'mes', play: 'release-refused' },
  ...(['supplier', 'tms'] as const).flatMap((at): readonly Trial[] => [
    { fault: 'duplicate-webhook', mode: at, play: 'slow-line', options: () => ({ change: troubled(at, { kind: 'duplicate-webhook', times: 3 }) }) },
    { fault: 'reordered-webhook', mode: at, play: 'slow-line', options: () => ({ change: troubled(at, { kind: 'reorder-webhook', ms: supplierAnswersAfterMs }) }) },
  ]),
];
