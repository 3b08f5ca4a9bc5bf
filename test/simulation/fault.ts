import { chance, type Chance } from './chance.ts';

export const systems = ['erp', 'mes', 'wms', 'tms', 'cmms', 'supplier', 'labels'] as const;
export type SystemName = (typeof systems)[number];

const writeFaults = [
  'timeout-before-commit',
  'timeout-after-commit',
  'late-commit',
  'late-beyond-settling',
  'stale-read',
  'slow-answer',
  'busy-503',
  'busy-429',
  'broken-reply',
  'cut-after-commit',
  'refused-connection',
  'business-refusal',
  'yes-but-nothing',
] as const;
const readFaults = ['read-timeout', 'read-busy', 'read-broken'] as const;
const crashes = [
  'crash-before-commit',
  'crash-in-commit',
  'crash-after-commit',
  'crash-before-send',
  'crash-after-send',
  'crash-after-answer',
  'crash-before-read-back',
  'crash-in-recovery',
] as const;
const storeFaults = ['store-slow', 'store-refuses', 'store-answer-lost'] as const;
const edgeFaults = ['edge-crash', 'edge-store-refuses'] as const;
const linkFaults = ['link-answer-lost', 'link-duplicate', 'link-late', 'link-busy'] as const;
/** What happens to requests of programs to the hub, and to those of people who decide. */
const callFaults = ['call-answer-lost', 'call-duplicate', 'call-late', 'call-busy'] as const;
const orderFaults = ['order-answer-lost', 'order-duplicate', 'order-late'] as const;
const webhookFaults = ['webhook-duplicate', 'webhook-late', 'webhook-reordered', 'webhook-early'] as const;
const mailFaults = ['mail-down', 'mail-answer-lost'] as const;
const timedFaults = ['outage', 'slow-system', 'link-cut', 'clock-forward', 'clock-back', 'hub-stop', 'deploy', 'poison-event', 'duplicate-event', 'landscape-throws'] as const;
const deskFaults = ['two-operators', 'crash-at-desk', 'impatient-owner'] as const;

export const faultKinds = [
  ...writeFaults,
  ...readFaults,
  ...crashes,
  ...storeFaults,
  ...edgeFaults,
  ...linkFaults,
  ...callFaults,
  ...orderFaults,
  ...webhookFaults,
  ...mailFaults,
  ...timedFaults,
  ...deskFaults,
] as const;
export type FaultKind = (typeof faultKinds)[number];
export type TimedKind = (typeof timedFaults)[number];

/** One thing that goes wrong: at the nth time that something happens at a place, or at a moment of the play. */
export interface PlannedFault {
  /** Its number in the plan of its seed. */
  readonly id: number;
  readonly kind: FaultKind;
  readonly place: string;
  /** At which time; 0 where it comes at a moment. */
  readonly nth: number;
  /** Milliseconds after the play's begin, or after the fault that it follows took effect; 0 where it comes at the nth time. */
  readonly atMs: number;
  /** The number of the fault that it follows, where it does. */
  readonly after: number | undefined;
  /** In [0, 1): how long, how late, how often, as the kind takes it. */
  readonly size: number;
}

/** Faults end here, milliseconds after the play's begin: what is left has to be mended by the system itself. */
export const healMs = 130_000;
const faultsMax = 14;
/** Within this time a fault follows another one, milliseconds. */
const followMaxMs = 6_000;

/** People decide seldom: what goes wrong there is drawn more often. */
const drawn: readonly FaultKind[] = [...faultKinds, ...deskFaults, ...deskFaults, 'landscape-throws', 'timeout-before-commit'];

/** The faults of a seed. */
export function plannedFaults(seed: number): readonly PlannedFault[] {
  const random = chance(seed, 'faults');
  return Array.from({ length: random.whole(1, faultsMax) }, (_, id) => planned(random, id));
}

function planned(random: Chance, id: number): PlannedFault {
  const kind = random.pick(drawn);
  const place = placeOf(kind, random);
  const isTimed = isAmong(timedFaults, kind);
  const after = isTimed && id > 0 && random.likely(0.5) ? random.whole(0, id - 1) : undefined;
  const atMs = after === undefined ? random.whole(5_000, healMs - 20_000) : random.whole(0, followMaxMs);
  return { id, kind, place, nth: isTimed ? 0 : 1 + Math.floor(random.next() ** 1.5 * usual(place)), atMs: isTimed ? atMs : 0, after, size: random.next() };
}

function placeOf(kind: FaultKind, random: Chance): string {
  if (isAmong(writeFaults, kind)) {
    // Only who is asked can hide what it did or did not do; only who takes each version once may take a request after its time.
    const asked = systems.filter((name) => name !== 'tms' && name !== 'supplier' && name !== 'labels');
    if (kind === 'late-beyond-settling') return `write ${random.pick(asked.filter((name) => name !== 'cmms'))}`;
    return `write ${random.pick(kind === 'yes-but-nothing' || kind === 'stale-read' ? asked : systems)}`;
  }
  if (isAmong(readFaults, kind)) return `read ${random.pick(systems.slice(0, 5))}`;
  if (kind === 'crash-in-commit') return 'commit';
  if (kind === 'crash-after-send') return 'send';
  if (kind === 'crash-in-recovery') return 'recovery';
  if (isAmong(crashes, kind)) return kind.slice('crash-'.length);
  if (isAmong(storeFaults, kind)) return 'commit';
  if (kind === 'edge-store-refuses') return 'edge-commit';
  if (isAmong(edgeFaults, kind)) return 'edge';
  if (isAmong(linkFaults, kind)) return 'link';
  if (isAmong(callFaults, kind)) return 'call';
  if (isAmong(orderFaults, kind)) return 'order';
  if (isAmong(webhookFaults, kind)) return kind === 'webhook-early' ? 'need' : 'webhook';
  if (isAmong(mailFaults, kind)) return 'mail';
  if (kind === 'outage' || kind === 'slow-system') return random.pick(systems);
  if (isAmong(deskFaults, kind)) return 'desk';
  return 'world';
}

/** How often something happens at a place in a usual play. */
function usual(place: string): number {
  const counts: Readonly<Record<string, number>> = {
    commit: 150,
    'before-commit': 300,
    'after-commit': 300,
    'before-send': 25,
    send: 80,
    'after-answer': 25,
    'before-read-back': 18,
    recovery: 12,
    edge: 60,
    'edge-commit': 20,
    link: 8,
    call: 25,
    order: 3,
    webhook: 10,
    need: 4,
    mail: 8,
    desk: 3,
  };
  return counts[place] ?? (place.startsWith('read') ? 12 : 4);
}

function isAmong<Kind extends FaultKind>(kinds: readonly Kind[], kind: FaultKind): kind is Kind {
  return (kinds as readonly FaultKind[]).includes(kind);
}

/** Hands out the faults of a play where and when they are due, and counts those that took effect. */
export interface Faults {
  /** The fault that is due now that something happens at this place once more. */
  at(place: string): PlannedFault | undefined;
  /** Those that come at a moment: of the play, or after another one has taken effect. */
  timed(after: number | undefined): readonly (PlannedFault & { readonly kind: TimedKind })[];
  /** It took effect. */
  hit(fault: PlannedFault): void;
  heal(): void;
  readonly hits: ReadonlyMap<FaultKind, number>;
}

export function faultsOf(plan: readonly PlannedFault[], told: (fault: PlannedFault) => void): Faults {
  const counts = new Map<string, number>();
  const hits = new Map<FaultKind, number>();
  let healed = false;
  return {
    at(place) {
      const count = (counts.get(place) ?? 0) + 1;
      counts.set(place, count);
      if (healed) return undefined;
      return plan.find((fault) => fault.place === place && fault.nth === count);
    },
    timed: (after) => plan.flatMap((fault) => (isAmong(timedFaults, fault.kind) && fault.after === after ? [{ ...fault, kind: fault.kind }] : [])),
    hit(fault) {
      hits.set(fault.kind, (hits.get(fault.kind) ?? 0) + 1);
      told(fault);
    },
    heal() {
      healed = true;
    },
    hits,
  };
}

/** A fault for people. */
export function faultText({ id, kind, place, nth, atMs, after, size }: PlannedFault): string {
  const moment = `${(atMs / 1000).toFixed(1)} s after ${after === undefined ? 'the begin' : `#${after}`}`;
  const when = nth > 0 ? `at ${place} ${nth}` : `of ${place} ${moment}`;
  return `#${id} ${kind} ${when} (size ${size.toFixed(2)})`;
}
