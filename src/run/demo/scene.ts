// The plays as data: what is done to the world, and when.
import type { World, WorldOverrides } from '../../counterparts/frame/world.ts';
import { playNames, type PlayName } from '../../counterparts/verdict/play-name.ts';
import { Fault } from '../../kernel/errors.ts';
import type { Row } from '../../counterparts/verdict/row.ts';
import type { SystemName } from '../../counterparts/verdict/testimony.ts';
import type { CounterpartSet } from './counterpart-set.ts';
import type { Stage } from './stage.ts';
import type { Tempo } from './tempo.ts';

/** One thing that the director does, or waits for. */
export type Act =
  /** The packer goes on at this share of its target rate. */
  | { readonly do: 'pace'; readonly factor: number }
  | { readonly do: 'fault'; readonly at: SystemName; readonly rule: Readonly<Record<string, unknown>> }
  | { readonly do: 'mend'; readonly at: SystemName }
  /** Asks a switch of a system that people there would turn. */
  | { readonly do: 'switch'; readonly at: SystemName; readonly path: string; readonly body: object }
  | { readonly do: 'cut-link' }
  | { readonly do: 'mend-link' }
  /** Until the system's ledger has so many entries of this type. */
  | { readonly do: 'await'; readonly at: SystemName; readonly type: string; readonly count: number }
  /** Until the system was asked this, e.g. `GET /schedule`. */
  | { readonly do: 'await-asked'; readonly at: SystemName; readonly route: string }
  /** Puts an event into the hub, as a system would. */
  | { readonly do: 'tell'; readonly type: string; readonly data: object }
  | { readonly do: 'pause'; readonly for: 'calm' | 'away' | 'detection' }
  /** Anything else that can go wrong; gives what it waited for in vain. */
  | { readonly do: 'trouble'; readonly what: string; readonly act: (means: Means) => Promise<string | undefined> };

/** What an act has at hand. */
export interface Means {
  readonly tempo: Tempo;
  readonly counterparts: CounterpartSet;
  readonly stage: Stage;
  /** When the play must be over, epoch milliseconds. */
  readonly until: number;
}

export interface Play {
  readonly name: PlayName;
  /** What a spectator reads. */
  readonly title: string;
  /** What is different from the usual world. */
  readonly overrides?: (world: World) => WorldOverrides;
  /** Limits of the landscape that are others: a play that depends on being faster than one gives itself the time. */
  readonly limits?: Readonly<Record<string, string>>;
  /** A process that kills itself at a named point of the durable path, and is then started again. */
  readonly killAt?: { readonly process: 'hub' | 'edge'; readonly point: string };
  /** What names business that is none of the scene's: its own people may be told of it. */
  readonly elsewhere?: string;
  /** Where something parks, and waits for its owner. */
  readonly parkedAt?: SystemName;
  /** What is done to the state that it left, before it is started again. */
  readonly betweenLives?: (dataDir: string) => Promise<void>;
  /** More rows, asked of our own processes when all is at rest; beside what the ledgers say, never instead. */
  readonly looks?: (means: Means) => Promise<readonly Row[]>;
  readonly acts: readonly Act[];
}

const slow: Act = { do: 'pace', factor: 0.55 };
const well: Act = { do: 'pace', factor: 1 };
const calm: Act = { do: 'pause', for: 'calm' };
const away: Act = { do: 'pause', for: 'away' };
const revised = (count: number): Act => ({ do: 'await', at: 'erp', type: 'production-order.revised', count });
const moved = (count: number): Act => ({ do: 'await', at: 'tms', type: 'appointment', count });
const workRequest: Act = { do: 'await', at: 'cmms', type: 'work-request.created', count: 1 };
const alert: Act = { do: 'await', at: 'mailbox', type: 'mail', count: 1 };
const weighed: readonly Act[] = [
  { do: 'await-asked', at: 'mes', route: 'GET /schedule' },
  { do: 'await-asked', at: 'erp', route: 'GET /api/customer-orders' },
  { do: 'await-asked', at: 'wms', route: 'GET /commitments' },
];
const callsForHelp = [workRequest, alert];
const unreleased: Act = { do: 'await', at: 'erp', type: 'production-order.unreleased', count: 1 };
const releaseRequested: Act = { do: 'tell', type: 'production.release.requested.v1', data: { order: 'PO-4712', revision: 1 } };

/** Plays of the fault matrix, before any trouble. */
export const troubledPlays: readonly Play[] = [
  { name: 'slow-line', title: 'the packer slows down and stays slow', acts: [calm, slow, revised(2), ...callsForHelp] },
  {
    name: 'order-locked',
    title: 'the ERP refuses to revise the order: planning is told',
    acts: [calm, { do: 'switch', at: 'erp', path: '/_lock', body: { order: 'PO-4711', locked: true } }, slow, alert],
  },
  { name: 'two-flows', title: 'an order is released and revised at the same time', acts: [alert] },
  { name: 'release-late', title: 'the line does not take an order in time: its release is taken back', acts: [unreleased] },
];

export function playsFor(tempo: Tempo): readonly Play[] {
  return [...courses, recoversBeforeAnswer(tempo), ...systemTroubles(tempo), ...releases, ...webhookTroubles(tempo), ...deaths];
}

/** A play that a person has named. Raises COMMAND_INVALID. */
export function playNamed(name: string): PlayName {
  const found = playNames.find((one) => one === name);
  if (found === undefined) throw new Fault('COMMAND_INVALID', `There is no play "${name}". There are: ${playNames.join(', ')}.`, { name });
  return found;
}

/** The courses that a slow line can take. */
const courses: readonly Play[] = [
  {
    name: 'main',
    title: 'the packer slows down and stays slow, while the transport service is down',
    acts: [calm, { do: 'fault', at: 'tms', rule: { kind: 'outage' } }, slow, revised(2), away, { do: 'mend', at: 'tms' }, moved(2), ...callsForHelp],
  },
  {
    name: 'recover-early',
    title: 'the packer recovers before the deadline',
    limits: { 'bottleneck.recovery': '15s' },
    acts: [calm, slow, revised(2), moved(2), well, revised(3)],
  },
  {
    name: 'recover-late',
    title: 'the packer recovers after maintenance was called',
    limits: { 'bottleneck.persistence': '20s' },
    acts: [calm, slow, revised(2), ...callsForHelp, well, { do: 'await', at: 'cmms', type: 'work-request.noted', count: 1 }],
  },
  {
    name: 'within-tolerance',
    title: 'customers want little: the loss is within tolerance',
    overrides: ({ customerOrders }) => ({ customerOrders: customerOrders.map((order) => ({ ...order, quantity: Math.floor(order.quantity / 4) })) }),
    acts: [calm, slow, ...weighed],
  },
];

/** The recovery is known before the flow comes to wait for it: it counts all the same. */
function recoversBeforeAnswer({ slowAnswerMs }: Tempo): Play {
  return {
    name: 'recover-before-answer',
    title: 'the packer recovers before the supplier has answered',
    limits: { 'bottleneck.supplier-answers': '60s' },
    acts: [calm, { do: 'switch', at: 'supplier', path: '/_answer', body: { afterMs: slowAnswerMs } }, slow, revised(1), well, revised(3)],
  };
}

/** A write of a system whose outcome the hub does not learn. */
function systemTroubles(tempo: Tempo): readonly Play[] {
  const trouble = (at: 'erp' | 'cmms' | 'tms', path: string, kind: 'timeout-after-commit' | 'commit-after-timeout'): readonly Act[] => {
    // Longer than any patience of the hub; or longer than that, and shorter than what the landscape says a request can take to settle.
    const ms = kind === 'timeout-after-commit' ? 60_000 : tempo.lateCommitMs;
    return [calm, { do: 'fault', at, rule: { kind, match: { path }, count: 1, ms } }, slow, revised(2), ...callsForHelp];
  };
  return [
    { name: 'erp-timeout-after-commit', title: 'the ERP commits and does not answer', acts: trouble('erp', '/production-orders/', 'timeout-after-commit') },
    { name: 'erp-commit-after-timeout', title: 'the ERP commits after the hub has given up', acts: trouble('erp', '/production-orders/', 'commit-after-timeout') },
    { name: 'cmms-timeout-after-commit', title: 'the CMMS commits and does not answer', acts: trouble('cmms', '/work-requests', 'timeout-after-commit') },
    { name: 'cmms-commit-after-timeout', title: 'the CMMS commits after the hub has given up', acts: trouble('cmms', '/work-requests', 'commit-after-timeout') },
    // The second move comes while the outcome of the first is not known: it must wait.
    {
      name: 'tms-commit-after-timeout',
      title: 'the transport service commits the first move after the hub has given up',
      acts: [...trouble('tms', '/move$', 'commit-after-timeout'), moved(2)],
    },
  ];
}

const releases: readonly Play[] = [
  {
    name: 'release',
    title: 'planning releases the next order to the line, and says so twice',
    acts: [releaseRequested, releaseRequested, { do: 'await', at: 'mes', type: 'dispatch.accepted', count: 1 }],
  },
  {
    name: 'release-refused',
    title: 'the line is down: the release of the next order is taken back',
    acts: [{ do: 'switch', at: 'mes', path: '/_line', body: { down: true } }, releaseRequested, unreleased],
  },
];

function webhookTroubles(tempo: Tempo): readonly Play[] {
  const bent = (rule: Readonly<Record<string, unknown>>): readonly Act[] => [
    calm,
    ...(['supplier', 'tms'] as const).map((at): Act => ({ do: 'fault', at, rule })),
    slow,
    revised(2),
    ...callsForHelp,
  ];
  return [
    { name: 'duplicate-webhook', title: 'every webhook comes three times', acts: bent({ kind: 'duplicate-webhook', times: 3 }) },
    // A webhook without a second one to change places with leaves after `ms` by itself.
    { name: 'reordered-webhook', title: 'webhooks come in the wrong order', acts: bent({ kind: 'reorder-webhook', ms: tempo.supplierAnswersAfterMs }) },
  ];
}

/** The link and our own processes, while the line is slow. */
const deaths: readonly Play[] = [
  {
    name: 'link-cut',
    title: 'the link between edge and hub is cut while the packer slows down',
    acts: [calm, { do: 'cut-link' }, slow, { do: 'pause', for: 'detection' }, { do: 'mend-link' }, revised(2), ...callsForHelp],
  },
  {
    name: 'hub-killed',
    title: 'the hub is killed after the ERP has answered, and started again',
    killAt: { process: 'hub', point: 'after-answer:production-order.revise#1' },
    acts: [calm, slow, revised(2), ...callsForHelp],
  },
  {
    name: 'edge-killed',
    title: 'the edge is killed after its event is stored, and started again',
    killAt: { process: 'edge', point: 'edge.after-commit:production.variance.detected' },
    acts: [calm, slow, revised(2), ...callsForHelp],
  },
];
