// The audit in a real SQLite file, altered by hand.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditCursor, chainedAudit } from '../../src/engine/audit/audit-chain.ts';
import { auditCheck, type AuditVerdict } from '../../src/engine/audit/audit-check.ts';
import { Fault } from '../../src/kernel/errors.ts';
import { memoryStore } from '../../src/store/memory/memory-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { auditAdd } from '../../src/store/store-samples.ts';
import type { Change, Store } from '../../src/store/store.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lineshaft-audit-'));
  file = join(folder, 'hub.db');
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

async function verdictOn(store: Store, seal?: string): Promise<AuditVerdict> {
  const check = auditCheck({ counted: await store.cursor(auditCursor), seal });
  for (const record of await store.audit({ limit: 100 })) check.take(record);
  return check.verdict();
}

/** Three deeds, by two hubs one after the other, and what altering them by hand comes to. */
async function tampered(sql: string): Promise<{ readonly verdict: AuditVerdict; readonly before: string }> {
  const first = await openSqliteStore(file);
  await (await chainedAudit(first)).commit([auditAdd('x1'), auditAdd('x2')]);
  await first.close();
  const second = await openSqliteStore(file);
  await (await chainedAudit(second)).commit([auditAdd('x3', { details: '{"note":"it hangs there"}' })]);
  const { holds, seal = '' } = await verdictOn(second);
  expect(holds).toBe(true);
  await second.close();
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
  const third = await openSqliteStore(file);
  const verdict = await verdictOn(third);
  const sealed = await verdictOn(third, seal);
  await third.close();
  expect(sealed.holds).toBe(sql === 'SELECT 1');
  return { verdict, before: seal };
}

describe('an audit that was altered in the database', () => {
  test('holds where it was not', async () => {
    const { verdict, before } = await tampered('SELECT 1');
    expect(verdict).toEqual({ holds: true, entries: 3, older: 0, dropped: 0, seal: before, findings: [] });
  });

  test.each([
    ['who did it', "UPDATE audit SET actor = 'somebody' WHERE id = 2", ['ENTRY_CHANGED']],
    ['when it was done', 'UPDATE audit SET at_ms = at_ms + 1 WHERE id = 1', ['ENTRY_CHANGED']],
    ['what was noted', "UPDATE audit SET details = replace(details, 'hangs', 'lies') WHERE id = 3", ['ENTRY_CHANGED']],
    ['the link of an entry, taken out', 'UPDATE audit SET details = \'{"note":""}\' WHERE id = 2', ['ENTRY_CHANGED', 'ENTRY_MISSING']],
    ['the links of all, taken out', 'UPDATE audit SET details = \'{"note":""}\'', ['ENTRY_CHANGED', 'ENTRY_CHANGED', 'ENTRY_CHANGED', 'NEWEST_MISSING']],
    ['an entry in the middle, taken out', 'DELETE FROM audit WHERE id = 2', ['ENTRY_MISSING']],
    ['the oldest entry, taken out', 'DELETE FROM audit WHERE id = 1', ['ENTRY_MISSING']],
    ['the newest entry, taken out', 'DELETE FROM audit WHERE id = 3', ['NEWEST_MISSING']],
    ['all of them, taken out', 'DELETE FROM audit', ['NEWEST_MISSING']],
    ['the newest entry and its count, taken out: only the seal tells', "DELETE FROM audit WHERE id = 3; UPDATE cursor SET position = 2 WHERE name = 'audit-entries'", []],
  ])('is found: %s', async (_what, sql, codes) => {
    expect((await tampered(sql)).verdict.findings.map(({ code }) => code)).toEqual(codes);
  });
});

test('readers of deeds do not see the links', async () => {
  const store = await chainedAudit(memoryStore());
  await store.commit([auditAdd('x1', { details: '{"note":"done"}' })]);
  expect((await store.audit({ limit: 1 }))[0]?.details).toBe('{"note":"done"}');
  expect((await store.auditChain({ limit: 1 }))[0]?.details).toContain('$chain');
});

test('entries from before the audit was a chain are counted apart', async () => {
  const store = memoryStore();
  await store.commit([auditAdd('x1')]);
  expect(await verdictOn(store)).toMatchObject({ holds: true, entries: 0, older: 1 });
  await (await chainedAudit(store)).commit([auditAdd('x2')]);
  expect(await verdictOn(store)).toMatchObject({ holds: true, entries: 1, older: 1 });
});

test('two commits under way at once, refused and asked for again, are links of one chain', async () => {
  const inner = memoryStore();
  let isDown = true;
  const store = await chainedAudit({
    ...inner,
    async commit(changes) {
      if (isDown) throw new Fault('STORE_UNAVAILABLE', 'the disk is full');
      return inner.commit(changes);
    },
  });
  const lists = [[auditAdd('x1'), auditAdd('x2')], [auditAdd('x3')]];
  await Promise.allSettled(lists.map((list) => store.commit(list)));
  isDown = false;
  await Promise.all(lists.map((list) => store.commit(list)));
  await Promise.all([store.commit([auditAdd('x4')]), store.commit([auditAdd('x5')])]);
  expect(await verdictOn(inner)).toMatchObject({ holds: true, entries: 5, findings: [] });
});

test('a commit that the store refused is asked for again as the same list, and bound as it was', async () => {
  const inner = memoryStore();
  const asked: (readonly Change[])[] = [];
  let isDown = true;
  const store = await chainedAudit({
    ...inner,
    async commit(changes) {
      asked.push(changes);
      if (isDown) throw new Fault('STORE_UNAVAILABLE', 'the disk is full');
      return inner.commit(changes);
    },
  });
  const list = [auditAdd('x1')];
  await expect(store.commit(list)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  isDown = false;
  expect(await store.commit(list)).toHaveLength(1);
  await store.commit([auditAdd('x2')]);
  expect(asked[1]).toBe(asked[0]);
  expect(await verdictOn(inner)).toMatchObject({ holds: true, entries: 2 });
});
