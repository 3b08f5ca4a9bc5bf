// What each guarantee promises against a system that commits late, shows old states, or lies: the system's own ledger tells.
import { defineFlow } from 'lineshaft';
import { describe, expect, test } from 'vitest';
import { proofOf } from '../../src/engine/proofs/proof.ts';
import { verification } from '../../src/engine/proofs/verification.ts';
import { begun, lateMs, otherSide, owner, rig, tooLateMs, type Mood } from './rig.ts';

/** What a kind of guarantee makes of one behaviour: entries in the ledger, how the effect stands, and what a proof finds against the ledger. */
type Outcome = 'once' | 'parked, once' | 'parked, not at all' | 'twice: BOOKED_TWICE' | 'done, not at all: NOT_BOOKED';

const kinds = {
  'idempotency key': { system: 'tms', capability: 'move' },
  'read-back': { system: 'cmms', capability: 'request' },
  'read-back that confirms': { system: 'erp', capability: 'revise' },
  none: { system: 'dumb', capability: 'label' },
} as const;
type Kind = keyof typeof kinds;

interface Behaviour {
  /** Of the first write; the next ones are taken. */
  readonly first: Mood;
  readonly lagMs?: number;
  readonly lies?: boolean;
  readonly outcomes: Readonly<Record<Kind, Outcome>>;
}

const answeredAlways = { 'idempotency key': 'once', 'read-back': 'once', 'read-back that confirms': 'once' } as const;
const beyondItsBound = { 'idempotency key': 'once', 'read-back': 'twice: BOOKED_TWICE', 'read-back that confirms': 'twice: BOOKED_TWICE' } as const;

const behaviours: Readonly<Record<string, Behaviour>> = {
  // Late
  'commits and gives no answer': { first: 'commits and does not answer', outcomes: { ...answeredAlways, none: 'parked, once' } },
  'commits late, within its settle time, and gives no answer': { first: 'commits late and does not answer', outcomes: { ...answeredAlways, none: 'parked, once' } },
  'commits later than its settle time, and gives no answer': { first: 'commits too late and does not answer', outcomes: { ...beyondItsBound, none: 'parked, once' } },
  'never commits and gives no answer': { first: 'neither commits nor answers', outcomes: { ...answeredAlways, none: 'parked, not at all' } },
  // Stale
  'answers, and shows it late': { first: 'takes it', lagMs: lateMs, outcomes: { ...answeredAlways, none: 'once' } },
  'gives no answer, and shows it late, within its settle time': { first: 'commits and does not answer', lagMs: lateMs, outcomes: { ...answeredAlways, none: 'parked, once' } },
  'gives no answer, and shows it later than its settle time': { first: 'commits and does not answer', lagMs: tooLateMs, outcomes: { ...beyondItsBound, none: 'parked, once' } },
  // Lies
  'says done and does nothing': {
    first: 'answers and does nothing',
    outcomes: {
      'idempotency key': 'done, not at all: NOT_BOOKED',
      'read-back': 'done, not at all: NOT_BOOKED',
      'read-back that confirms': 'once',
      none: 'done, not at all: NOT_BOOKED',
    },
  },
  'answers 200 with null and does nothing': { first: 'answers null and does nothing', outcomes: { ...answeredAlways, none: 'parked, not at all' } },
  'answers 200 with null and does it': { first: 'answers nonsense', outcomes: { ...answeredAlways, none: 'parked, once' } },
  'shows what is not there': {
    first: 'neither commits nor answers',
    lies: true,
    outcomes: {
      'idempotency key': 'once',
      'read-back': 'done, not at all: NOT_BOOKED',
      'read-back that confirms': 'done, not at all: NOT_BOOKED',
      none: 'parked, not at all',
    },
  },
};

function oneCall(capability: (typeof kinds)[Kind]['capability'], world: ReturnType<typeof otherSide>) {
  return defineFlow({
    name: 'one-call',
    title: 'One call',
    owner,
    on: begun,
    key: (event) => event.order,
    whenRunning: 'queue',
    async run(flow, event) {
      await flow.call(world.capabilities[capability], { order: event.order, value: event.note });
    },
  });
}

/** What the world's ledger and the hub's records say in the end, and what a proof of the order finds against the ledger. */
async function outcome(kind: Kind, { first, lagMs, lies }: Behaviour, killed: boolean): Promise<{ readonly came: string; readonly owners: readonly string[] }> {
  const { system, capability } = kinds[kind];
  const world = otherSide();
  world.set(system, first, 'takes it');
  if (lagMs !== undefined) world.lag(system, lagMs);
  if (lies === true) world.lie(system);
  const stage = await rig(world, [oneCall(capability, world)]);
  await stage.send(begun, 'PO-1', 'e1', 'a');
  if (killed) await stage.killAndRestart();
  await stage.clock.advance(120_000);
  const { engine, store, clock } = stage;
  const lines = (await proofOf({ store: engine().store, landscape: engine().landscape, limits: {}, hub: 'hub', version: '0', key: 'PO-1', nowMs: clock.now() })) ?? [];
  const check = verification({ skewMs: 0 });
  for (const line of lines) check.line(line);
  check.close();
  check.opened(system);
  for (const entry of world.ledger) check.book(system, entry);
  const found = check.verdict().findings.flatMap(({ severity, code }) => (severity === 'finding' ? [code] : []));
  const [run] = await store.runs({ limit: 1 });
  const [step] = await store.steps(run?.id ?? '');
  const booked = ['not at all', 'once', 'twice'][world.of(system).length] ?? 'often';
  const stands = step?.status === 'done' && booked !== 'not at all' ? '' : `${step?.status}, `;
  const cases = await store.exceptions({ status: 'unresolved', limit: 10 });
  return { came: `${stands}${booked}${found.length === 0 ? '' : `: ${found.join(', ')}`}`, owners: cases.flatMap(({ owners }) => owners) };
}

describe.each(Object.entries(behaviours))('a system that %s', (_name, behaviour) => {
  const rows = Object.entries(behaviour.outcomes).map(([kind, expected]) => ({ kind: kind as Kind, expected }));
  test.each(rows)('$kind: $expected', async ({ kind, expected }) => {
    const { came, owners } = await outcome(kind, behaviour, false);
    expect(came).toBe(expected);
    expect(owners).toEqual(expected.startsWith('parked') ? ['planning'] : []);
  });
  test.each(rows)('$kind, the hub killed after it was sent: $expected', async ({ kind, expected }) => {
    const { came, owners } = await outcome(kind, behaviour, true);
    expect(came).toBe(expected);
    expect(owners).toEqual(expected.startsWith('parked') ? ['planning'] : []);
  });
});
