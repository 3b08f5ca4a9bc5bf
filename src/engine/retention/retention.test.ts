import { expect, test } from 'vitest';
import { virtualClock } from '../../kernel/virtual-clock.ts';
import { memoryStore } from '../../store/memory/memory-store.ts';
import { auditAdd, eventAppend, exceptionOpen, quarantineAdd, runSet, runStart } from '../../store/store-samples.ts';
import type { Change, ExceptionRecord } from '../../store/store.ts';
import { auditCursor, chainedAudit } from '../audit/audit-chain.ts';
import { auditCheck, type AuditVerdict } from '../audit/audit-check.ts';
import { pipeline } from '../log/pipeline.ts';
import { quarantinedType } from '../quarantine/bad-message.ts';
import { past } from './past.ts';
import { auditDropMin, retention, type RetentionRule } from './retention.ts';

const hour = 3_600_000;
const startedMs = 1_000_000 * hour;

async function keeper(rule: RetentionRule, changes: readonly Change[], unresolved: () => readonly ExceptionRecord[] = () => []) {
  const bugs: unknown[] = [];
  const onBug = (error: unknown): void => void bugs.push(error);
  const clock = virtualClock(startedMs, () => new Promise((resolve) => setImmediate(resolve)));
  const store = await chainedAudit(memoryStore());
  const log = pipeline({ store, clock, onBug });
  await log.commit(changes);
  const keeping = retention({ store, pipeline: log, clock, rule, past: past(), unresolved, onBug });
  return {
    ...keeping,
    store,
    /** Hours, and what is done in them. */
    async hours(count: number): Promise<void> {
      for (let passed = 0; passed < count; passed += 1) await clock.advance(hour);
      expect(bugs).toEqual([]);
    },
    async verdict(): Promise<AuditVerdict> {
      const check = auditCheck({ counted: await store.cursor(auditCursor) });
      for (const record of await store.auditChain({ limit: 10_000 })) check.take(record);
      return check.verdict();
    },
  };
}

const at = (ms: number) => ({ receivedMs: ms });
const story = (number: number, ms: number): readonly Change[] => [
  eventAppend(`e${number}`, at(ms)),
  runStart(`r${number}`, { position: number, startedMs: ms }),
  runSet(`r${number}`, 'done', { endedMs: ms }),
];
const routed: Change = { change: 'cursor.set', name: 'routing', position: 100 };

test('without a word about it, everything is kept', async () => {
  const { store, hours, close } = await keeper({ historyMs: undefined, auditMs: undefined }, [...story(1, startedMs), ...story(2, startedMs), routed]);
  await hours(400);
  expect((await store.counts()).events).toBe(2);
  await close();
});

test('what is over goes when its time has passed, and is told', async () => {
  const { store, hours, close, retained } = await keeper({ historyMs: 10 * hour, auditMs: undefined }, [
    ...story(1, startedMs),
    ...story(2, startedMs),
    ...story(3, startedMs + 8 * hour),
    routed,
  ]);
  await hours(9);
  expect((await store.counts()).events).toBe(3);
  await hours(3);
  expect((await store.eventsAfter(0, 10)).map(({ id }) => id)).toEqual(['e3']);
  expect(retained().dropped).toMatchObject({ events: 2, audit: 0 });
  await close();
});

test('an open run keeps the log from its event on; so does an event that is not routed', async () => {
  const open: readonly Change[] = [eventAppend('e2', at(startedMs)), runStart('r2', { position: 2, startedMs })];
  const { store, hours, close, retained } = await keeper({ historyMs: hour, auditMs: undefined }, [
    ...story(1, startedMs),
    ...open,
    ...story(3, startedMs),
    ...story(4, startedMs),
    routed,
  ]);
  await hours(3);
  expect((await store.eventsAfter(0, 10)).map(({ id }) => id)).toEqual(['e2', 'e3', 'e4']);
  expect(retained().heldFromMs).toBe(startedMs);
  await store.commit([runSet('r2', 'done', { endedMs: startedMs }), { change: 'cursor.set', name: 'routing', position: 2 }]);
  await hours(1);
  expect((await store.eventsAfter(0, 10)).map(({ id }) => id)).toEqual(['e3', 'e4']);
  await close();
});

test('bad messages stay while one that came before them is held', async () => {
  const held = exceptionOpen('x1', { type: quarantinedType, openedMs: startedMs + 5 });
  let unresolved: readonly ExceptionRecord[] = [held];
  const messages = [1, 7, 8].map((ms) => quarantineAdd(`q${ms}`, { atMs: startedMs + ms }));
  const { store, hours, close } = await keeper({ historyMs: hour, auditMs: undefined }, messages, () => unresolved);
  await hours(3);
  expect((await store.quarantined(10)).map(({ eventId }) => eventId)).toEqual(['q8', 'q7']);
  unresolved = [];
  await hours(1);
  expect((await store.quarantined(10)).map(({ eventId }) => eventId)).toEqual(['q8']);
  await close();
});

test('the audit is dropped by the thousand, and what is left of it is verified to the entry that stands for the rest', async () => {
  const entries = (count: number, atMs: number): readonly Change[] => Array.from({ length: count }, (_, index) => auditAdd(`x${index}`, { atMs }));
  const { store, hours, close, verdict } = await keeper({ historyMs: undefined, auditMs: 10 * hour }, entries(auditDropMin - 1, startedMs));
  await hours(12);
  expect(await verdict()).toMatchObject({ holds: true, entries: auditDropMin - 1, dropped: 0 });
  await store.commit([...entries(10, startedMs + hour), ...entries(5, startedMs + 20 * hour)]);
  await hours(2);
  expect(await verdict()).toMatchObject({ holds: true, entries: 6, dropped: auditDropMin + 9, findings: [] });
  await hours(20);
  expect(await verdict()).toMatchObject({ holds: true, entries: 6 });
  const check = auditCheck({ counted: await store.cursor(auditCursor) });
  for (const record of (await store.auditChain({ limit: 10_000 })).slice(1)) check.take(record);
  expect(check.verdict()).toMatchObject({ holds: false, findings: [{ code: 'NEWEST_MISSING' }, { code: 'ENTRY_MISSING' }] });
  await close();
});
