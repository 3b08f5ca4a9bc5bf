import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { booksStage } from '../books-hub.ts';
import { until } from '../until.ts';

test('lineshaft audit lists what was done; audit verify holds, and fails after the database was altered by hand', { timeout: 240_000 }, async () => {
  await using stage = await booksStage();
  const hub = await stage.hub('state');
  stage.books.loseAnswers('printer', 1);
  await hub.send('begun', 'PO-1');
  await hub.send('ready', 'PO-1');
  const [parked] = await until('the label is parked', async () => {
    const all = await hub.get('/api/exceptions');
    return all.length === 1 && all;
  });
  await hub.post(`/api/exceptions/${parked.id}/mark-done`, { version: parked.version, note: 'it hangs there', value: { number: 'L' } });

  const listed = await stage.lineshaft('audit', '--data', 'state');
  expect(listed.stdout).toMatch(/admin {2}exception\.mark-done/);
  expect(listed.stdout).toContain('"note":"it hangs there"');
  expect(listed.stdout).not.toContain('$chain');
  const sound = await stage.lineshaft('audit', 'verify', '--data', 'state');
  expect(sound).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 entry\nSeal [0-9a-f]{64}\nIt holds\.\n$/) });
  await hub.kill();
  // What is still in the journal goes to its tables, as at any start.
  await (await stage.hub('state')).kill();

  const database = new DatabaseSync(join(stage.folder, 'state', 'hub', 'hub.db'));
  database.exec("UPDATE audit SET actor = 'somebody'");
  database.close();
  await stage.hub('state');
  const altered = await stage.lineshaft('audit', 'verify', '--data', 'state');
  expect(altered).toMatchObject({ code: 1, stdout: expect.stringContaining('NOT SO  ENTRY_CHANGED') });
});
